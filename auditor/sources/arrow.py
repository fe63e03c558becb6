"""Reads Arrow IPC, as a file or as a stream (what `save_to_disk` of Hugging Face datasets writes)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import compression, whole
from auditor.sources.tables import batches, check_structure, named_once

if TYPE_CHECKING:
    import pyarrow as pa


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of an Arrow IPC file or stream; no value is looked at before its batch has been validated in full."""
    return batches(shard, _parts(shard.file), tally)


def _parts(file: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        for part in _stored(file):
            check_structure(part)
            yield part
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"damaged or truncated Arrow data: {str(error).splitlines()[0][:120]}") from error


def _stored(file: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with Path(file).open("rb") as raw:
        head = raw.read(10)
    with pa.BufferReader(whole(file)) if compression(head) else pa.OSFile(file) as source:
        is_file = source.read(6) == b"ARROW1"
        source.seek(0)
        reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
        named_once(reader.schema.names)
        if is_file:
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)
        else:
            yield from reader
