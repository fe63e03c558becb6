"""Reads JSON: an array of objects, or one object whose only array of objects is the data, element by element."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import blocks
from auditor.sources.limits import held
from auditor.sources.lines import batches
from auditor.sources.values import Decoder, build, wrong

_SPACE = re.compile(r"[ \t\n\r]*")
_OPENING = re.compile(r"\[[ \t\n\r]*")
_LONGEST = len("\\ud83d\\ude00") + 4
"""A syntax error so near to the end of what is held may be a token of which the rest is not yet read."""

Records = Iterator[tuple[int, dict[str, Any], int]]


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a JSON document (RFC 8259); UnreadableError, after those before it, at a syntax error."""
    return batches(shard, _records(_Text(blocks(shard.file), Decoder(tally)), tally), build, tally)


class _Text:
    """The text of a file, of which only the part from `at` on, and not much more than one value, is held.

    Bytes that are no UTF-8 stand in it as lone surrogates, so that only the record they are in is refused.
    """

    def __init__(self, source: Iterator[bytes], decoder: Decoder) -> None:
        self.line, self.decoder = 1, decoder
        self._source, self._bytes = source, codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text, self._at, self._gone, self._ended, self._limit = "", 0, 0, False, held()

    def peek(self) -> str:
        """The next character that is no white space, or "" at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._forward(space.end() if space else self._at)
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def step(self) -> str:
        """The next character that is no white space, and past it."""
        mark = self.peek()
        self._forward(self._at + len(mark))
        return mark

    def value(self) -> tuple[Any, str]:
        """The value that begins here, and its text."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.decode(self._text, self._at)
                if end + len("e+") < len(self._text) or self._ended:  # 1.5 may be the beginning of 1.5e+3
                    break
            except json.JSONDecodeError as error:
                open_string = error.msg.startswith("Unterminated string")
                if self._ended or not (open_string or error.pos > len(self._text) - _LONGEST):
                    cut = open_string or error.pos >= len(self._text.rstrip())
                    raise self.error("truncated: it ends inside a value" if cut else wrong(error), error.pos) from error
            except (ValueError, RecursionError, MemoryError) as error:
                raise self.error(wrong(error)) from error
            self._more()
        text = self._text[self._at : end]
        self._forward(end)
        return value, text

    def opens_objects(self) -> bool:
        """Whether an array whose first element is an object begins here."""
        while (opening := _OPENING.match(self._text, self._at)) and opening.end() == len(self._text) and not self._ended:
            self._more()
        return opening is not None and self._text[opening.end() : opening.end() + 1] == "{"

    def error(self, reason: str, at: int | None = None) -> UnreadableError:
        """What is wrong, and where."""
        place = self._at if at is None else at
        line = self.line + self._text.count("\n", self._at, place)
        return UnreadableError(f"{reason} (line {line}, character {self._gone + place + 1} of the file)")

    def _forward(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _more(self) -> None:
        """Reads on, as much as is held, so that a long value is tried a few times only; UnreadableError where too much is held."""
        if len(self._text) - self._at > self._limit:
            raise self.error(f"a record of over {self._limit >> 20} Mi characters: more with --max-memory")
        text, self._text = self._text[self._at :], ""
        wanted = min(2 * len(text), self._limit)
        while len(text) <= wanted and not self._ended:
            block = next(self._source, b"")
            self._ended = not block
            text += self._bytes.decode(block, final=self._ended)  # a local name: so the library need not copy all of it
        self._gone += self._at
        self._text, self._at = text, 0
        if not self._gone:
            self._text = self._text.removeprefix("\ufeff")


def _records(text: _Text, tally: Tally) -> Records:
    if text.peek() not in {"[", "{"}:
        raise text.error("neither an array of objects nor an object that holds one")
    yield from (_elements if text.step() == "[" else _members)(text, tally)
    if text.peek():
        raise text.error("something follows the end of the data")


def _elements(text: _Text, tally: Tally) -> Records:
    """The objects of an array whose bracket has been read."""
    mark = text.peek()
    if mark == "]":
        text.step()
    while mark != "]":
        text.peek()
        line = text.line
        value, source = text.value()
        sound = _is_utf8(source)
        admitted = sound and text.decoder.admit(value, source, line)
        tally.physical += 1  # not before: where memory runs out, the record is neither accepted nor refused
        if not sound:
            tally.refuse("invalid UTF-8", line)
        elif admitted:
            yield line, value, len(source)
        mark = text.step()
        if mark not in {",", "]"}:
            raise text.error("expecting , or ] after a record" if mark else "truncated: the array does not end")


def _members(text: _Text, tally: Tally) -> Records:
    """The objects of the one array of objects in an object whose brace has been read."""
    arrays, mark = 0, text.peek()
    while mark != "}":
        if text.peek() != '"':
            raise text.error("expecting a name" if text.peek() else "truncated: the object does not end")
        text.value()
        if text.step() != ":":
            raise text.error("expecting : after a name")
        text.peek()
        if text.opens_objects():
            arrays += 1
            if arrays > 1:
                raise text.error("more than one array of objects; make a JSONL file of each")
            text.step()
            yield from _elements(text, tally)
        else:
            text.value()
        mark = text.step()
        if mark not in {",", "}"}:
            raise text.error("expecting , or } after a member" if mark else "truncated: the object does not end")
    if not arrays:
        raise text.error("an object without an array of objects")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
