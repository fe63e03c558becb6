"""The lines of a stream of bytes, of which a part is held at a time that may also be looked at as bytes."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.kernels.jsonl import PADDING
from auditor.sources.compression import BLOCK

_PAD = b"\n" * PADDING
_MARK = b"\xef\xbb\xbf"


class Window:
    """`data[at:end]` is what has been read and not taken; `PADDING` line feeds follow. A byte order mark at the beginning is dropped.

    `number` lines have been taken. `ended` once nothing more can be read; `failure` is what the source then raised, if it did.
    """

    def __init__(self, source: Iterator[bytes], size: int, limit: int) -> None:
        self.data = bytearray(size + BLOCK + PADDING)
        self.at = self.end = self.number = 0
        self.ended = False
        self.failure: Exception | None = None
        self.limit = limit
        self._source = source
        self._feed = -1

    def take(self, size: int, lines: int) -> None:
        """Moves past so many bytes, which are so many lines."""
        self.at += size
        self.number += lines

    def more(self) -> bool:
        """Reads on: until the data are full, a block more where they are; whether there was anything. Places in `data` change."""
        if self.ended:
            return False
        begun, before = self.number or self.at or self.end, self.end - self.at
        try:
            self._make_room()
            while self.end + BLOCK + PADDING <= len(self.data) and not self.ended:
                block = next(self._source, b"")
                self.ended = not block
                self.data[self.end : self.end + len(block)] = block
                self.end += len(block)
        except Exception as error:  # noqa: BLE001 - it is raised again, after the lines
            self.ended, self.failure = True, error
        if not begun and self.data.startswith(_MARK, 0, self.end):
            self.at = len(_MARK)
        self.data[self.end : self.end + PADDING] = _PAD
        return self.end - self.at > before

    def _make_room(self) -> None:
        """Moves what has not been taken to the front; of data that are full with it, makes more."""
        kept = self.end - self.at
        least, most = kept + BLOCK + PADDING, self.limit + 2 * BLOCK + PADDING
        room = self.data if least <= len(self.data) else bytearray(max(least, min(2 * len(self.data), most)))
        with memoryview(room) as to, memoryview(self.data) as of:
            to[:kept] = of[self.at : self.end]
        self.data, self.at, self.end, self._feed = room, 0, kept, -1

    def line(self) -> bytes | None:
        """The next line with its end (LF, CRLF or CR), b"" where there is none, None for one of more than `limit` bytes.

        What the source raised is raised after all whole lines.
        """
        lost, searched = False, 0
        while not (stop := self._stop(self.at + searched)):
            if lost or self.end - self.at > self.limit:
                lost, self.at = True, max(self.at, self.end - 1)
            searched = max(0, self.end - self.at - 1)
            if not self.more() and self.ended:
                if self.failure is not None:
                    raise self.failure
                stop = self._stop(self.at + searched) or self.end
                break
        lost = lost or stop - self.at > self.limit
        line = None if lost else bytes(memoryview(self.data)[self.at : stop])
        self.take(stop - self.at, int(stop > self.at))
        return line

    def _stop(self, start: int) -> int:
        """Where a line ends that has no end before `start`; 0 where that has not been read."""
        if self._feed < start:
            found = self.data.find(b"\n", start, self.end)
            self._feed = self.end if found < 0 else found
        place = self.data.find(b"\r", start, self._feed)
        if place < 0:
            return self._feed + 1 if self._feed < self.end else 0
        if place + 1 == self.end and not self.ended:
            return 0
        return place + 2 if place + 1 < self.end and self.data[place + 1] == 10 else place + 1
