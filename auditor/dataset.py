"""What a dataset is to everything that looks at one: splits of shards, shards of batches, and the documents beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.model import SHOWN, Json, LedgerEntry

if TYPE_CHECKING:
    import pyarrow as pa

JSON_FIELD = {b"auditor": b"json"}
"""Metadata of a string field whose values are JSON texts (a JSONL column of mixed or nested values)."""

SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "heldout"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
}
"""The split that a token of a name means."""

NAMED = "named by an option, no data"
"""What the ledger says of a file that would be data, had an option not named it for something else."""

OWN_CONFIGURATION = "configuration inside the dataset"
"""How the ledger's note of a configuration, policy or waiver file begins that lies in the dataset."""

CODE = "code inside the dataset"
"""How the ledger's note of a file begins that runs code when common libraries load the dataset."""

DESCRIBED = ("parquet", "arrow")
"""The formats of files that have metadata of their own."""

PREVIEW = 10_000
"""How many records of each split decide which columns are text and how long a shingle is (norm-v1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A file that is read in one go. `path` is relative to the dataset, with `/`; `file` is where it lies. `stamp` tells whether the
    file is still the one whose digest was taken.

    Where one table holds several splits, each is a shard of its own: `column` and `value` say which records are meant (a missing
    value is the text ""), and `primary` is True for the one shard that accounts for the file's refused records.
    `only` are the columns that are looked at, as `folded` has their names (none: all of them): a reader may leave out the others.
    """

    path: str
    file: str
    split: str
    format: str
    bytes: int = 0
    sha256: str = ""
    stamp: str = ""
    ordinal: int = 0
    column: str | None = None
    value: str = ""
    primary: bool = True
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A card, licence or metadata file. `text` is its content, or None where it is no UTF-8 or too long to be one.

    What a data file says of itself is one too, a `header`: its text is a JSON object of texts.
    """

    path: str
    file: str
    bytes: int = 0
    sha256: str = ""
    text: str | None = None
    header: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Records that are used for one purpose; its rows are numbered from 0 through its shards, in their order."""

    name: str
    shards: tuple[Shard, ...]
    config: str | None = None

    @property
    def training(self) -> bool:
        """Whether a model is fitted to it."""
        return is_training(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What the columns are for, by name; `text` empty means: to be found out."""

    text: tuple[str, ...] = ()
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    sensitive: tuple[str, ...] = ()

    @property
    def not_text(self) -> frozenset[str]:
        """The columns that are never chosen as text."""
        return frozenset(filter(None, (self.label, self.id, self.group, self.time, *self.sensitive)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Records of one file that a reader refused (or, `accepted`, took with a doubt), for one reason; the first lines of them."""

    reason: str
    count: int
    lines: tuple[int, ...] = ()
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """What became of a shard: rows accepted, physical records seen, what was refused, and the reason it could not be read to its end."""

    shard: Shard
    rows: int = 0
    physical: int = 0
    troubles: tuple[Trouble, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The dataset as found (`splits` in canonical order, `documents`, `unread` files) and, after the pass, as read (`results`)."""

    name: str
    splits: tuple[Split, ...] = ()
    documents: tuple[Document, ...] = ()
    unread: tuple[LedgerEntry, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()
    """What looks like data of a split and is not read, with the reason: an audit without it is incomplete."""
    roles: Roles = field(default_factory=Roles)
    features: tuple[str, ...] = ()
    """The columns that are neither text nor have a role; where all columns of strings are compared for want of text, they too."""
    shingle: str = "word:5"
    results: tuple[ShardResult, ...] = ()
    against: tuple[Against, ...] = ()

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All shards, in order of their ordinals: by split, then by path."""
        return tuple(shard for split in self.splits for shard in split.shards)

    @property
    def prose(self) -> tuple[str, ...]:
        """The text columns but for those that are compared only for want of text: in CSV files their empty cells are the empty text."""
        return tuple(name for name in self.roles.text if name not in self.features)

    def rows(self, split: str) -> int:
        """How many records of the split were accepted (0 before the pass)."""
        return sum(result.rows for result in self.results if result.shard.split == split)

    def first_rows(self) -> dict[int, int]:
        """The row, in its split, of the first record of each shard, by the shard's ordinal."""
        firsts, totals = {}, dict.fromkeys((split.name for split in self.splits), 0)
        for result in self.results:
            firsts[result.shard.ordinal] = totals[result.shard.split]
            totals[result.shard.split] += result.rows
        return firsts


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Another dataset, whose records must not be in training data: what of it counts, as read, the splits of it that do not, and the
    Arrow files with what a check observed of its records (by name of the check), each with its shard's ordinal.
    """

    dataset: Dataset
    left_out: tuple[str, ...] = ()
    observed: Mapping[str, tuple[tuple[int, Path], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Consecutive records of one shard. `start` is the first one's place among the shard's accepted records.

    `lines` (int64, one a record, from 1) are physical lines where the format has lines, `group` is the row group where it has such.
    `typed` is False where every cell is text and types would have to be inferred (CSV).
    """

    shard: Shard
    start: int
    records: pa.RecordBatch
    lines: Any | None = None
    typed: bool = True
    group: int | None = None


def stamp(status: os.stat_result) -> str:
    """What changes when a file is written to or replaced."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def changed(shard: Shard) -> bool:
    """Whether the shard's file is no longer the one whose digest was taken (False where it was never stamped)."""
    try:
        return bool(shard.stamp) and shard.stamp != stamp(Path(shard.file).stat())
    except OSError:
        return True


class Tally:
    """What a reader notes while it reads a shard; the ledger is made of it."""

    def __init__(self) -> None:
        self.physical = 0
        self._troubles: dict[tuple[str, bool], tuple[int, list[int]]] = {}

    def refuse(self, reason: str, line: int | None = None, count: int = 1) -> None:
        """`count` records were not accepted; `line` is where the first of them begins."""
        self._add((reason, False), line, count)

    def doubt(self, reason: str, line: int | None = None) -> None:
        """A record was accepted although something about it is ambiguous."""
        self._add((reason, True), line, 1)

    def _add(self, key: tuple[str, bool], line: int | None, count: int) -> None:
        number, lines = self._troubles.get(key, (0, []))
        if line is not None and len(lines) < SHOWN:
            lines.append(line)
        self._troubles[key] = (number + count, lines)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Everything noted, by reason."""
        return tuple(
            Trouble(reason=reason, count=count, lines=tuple(lines), accepted=accepted)
            for (reason, accepted), (count, lines) in sorted(self._troubles.items())
        )


class UnreadableError(Exception):
    """A shard cannot be read, or not further than the batches already yielded; the text is the reason.

    `quoting` says that it is in a library's words, which may repeat what stands in the data.
    """

    def __init__(self, reason: str, quoting: bool = False) -> None:
        super().__init__(reason)
        self.quoting = quoting


Reader = Callable[[Shard, Tally], Iterator[Batch]]
"""A way in: yields the records in order, counts every physical one in the tally, raises UnreadableError for what it cannot read."""


def tokens(name: str) -> list[str]:
    """The alphanumeric runs of a name, in lower case: `data-train_v2` is data, train, v2."""
    return "".join(c if c.isalnum() else " " for c in name.lower()).split()


def folded(name: str) -> str:
    """A column's name as it is compared with names that are looked for: in lower case, with _ for white space and hyphens."""
    return "_".join(name.replace("-", " ").casefold().split())


def is_text(field: pa.Field) -> bool:
    """Whether a field holds strings that are not JSON texts."""
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    strings = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(strings) and not is_json(field)


def is_json(field: pa.Field) -> bool:
    """Whether a field holds JSON texts."""
    return JSON_FIELD.items() <= (field.metadata or {}).items()


def texts(batch: Batch, column: str) -> list[str | None]:
    """The column as text: strings as they are, null and a missing column None, everything else as JSON."""
    if column not in batch.records.schema.names:
        return [None] * batch.records.num_rows
    return [value if value is None or isinstance(value, str) else as_json(value) for value in _values(batch, column)]


def text_column(batch: Batch, columns: Sequence[str]) -> pa.LargeStringArray:
    """The columns as one text a record, in this order and joined by line feeds: an array of large strings without nulls, which are ""."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [_strings(batch, column) for column in columns] or [_blank(batch)]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, pa.scalar("\n", pa.large_string()))


def _strings(batch: Batch, column: str) -> pa.LargeStringArray:
    import pyarrow as pa

    if column not in batch.records.schema.names:
        return _blank(batch)
    if not is_text(batch.records.schema.field(column)):
        return pa.array([value or "" for value in texts(batch, column)], pa.large_string())
    found = batch.records.column(column).cast(pa.large_string())
    return found.fill_null("") if found.null_count else found


def _blank(batch: Batch) -> pa.LargeStringArray:
    import pyarrow as pa

    return pa.array([""] * batch.records.num_rows, pa.large_string())


def json_values(batch: Batch, column: str) -> list[str | None]:
    """The column's values as canonical JSON texts, so that equal values are equal texts; null and a missing column None."""
    if column not in batch.records.schema.names:
        return [None] * batch.records.num_rows
    return [None if value is None else as_json(value) for value in _values(batch, column)]


def _values(batch: Batch, column: str) -> list[Any]:
    """The column's values as Python objects, JSON texts parsed."""
    values: list[Any] = batch.records.column(column).to_pylist()
    if not is_json(batch.records.schema.field(column)):
        return values
    return [None if value is None else json.loads(value) for value in values]


def as_json(value: Json) -> str:
    """One value as canonical JSON: keys sorted, no spaces, an integral float as an integer, what JSON has not as its text."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def is_training(split: str) -> bool:
    """Whether a split's name is that of training data: one of its tokens is train or training, or it is all, unlabeled or unsupervised.

    In config/split only the split counts.
    """
    name = split.rpartition("/")[2]
    return bool({"train", "training"} & set(tokens(name))) or name.lower() in {"all", "unlabeled", "unsupervised"}


def canonical(names: list[str]) -> list[str]:
    """Split names in canonical order: training ones, validation, test, then the rest, each by name."""

    def key(name: str) -> tuple[int, str]:
        if is_training(name):
            return 0, name
        place = {"validation": 1, "test": 2}
        return place.get(name.rpartition("/")[2], 3), name

    return sorted(names, key=key)


def as_document(path: str, file: Path, limit: int = 4 << 20) -> Document:
    """The document at `file`; one over `limit` bytes has no text (nobody writes a card of 4 MiB)."""
    import hashlib

    data = file.read_bytes() if file.stat().st_size <= limit else None
    if data is None:
        with file.open("rb") as stream:
            return Document(path=path, file=str(file), bytes=file.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())
    try:
        text: str | None = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    return Document(path=path, file=str(file), bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), text=text)
