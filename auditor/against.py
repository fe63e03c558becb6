"""The datasets of --against: told apart by their names, cut to what of them counts, and as they stand in the ledger."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from auditor.dataset import Against, Dataset, Shard, ShardResult, Split
from auditor.leakage.sketch import ENDING


def told_apart(found: Sequence[Dataset]) -> Iterator[Dataset]:
    """The datasets, each with a name that no other has: `evals`, `evals (2)`."""
    seen: Counter[str] = Counter()
    for each in found:
        seen[each.name] += 1
        yield each if seen[each.name] == 1 else dataclasses.replace(each, name=f"{each.name} ({seen[each.name]})")


def counted(found: Dataset) -> Against:
    """What of a dataset must not be in training data: its evaluation splits, or everything where it has none."""
    some = [split for split in found.splits if not split.training] or list(found.splits)
    ordinals = itertools.count()
    splits = tuple(Split(name=each.name, shards=tuple(_shard(s, next(ordinals)) for s in each.shards), config=each.config) for each in some)
    left_out = tuple(each.name for each in found.splits if each not in some)
    return Against(dataset=dataclasses.replace(found, splits=splits), left_out=left_out)


def _shard(found: Shard, ordinal: int) -> Shard:
    """The shard under its number here; a file that is named as a keyed sketch is read as one."""
    return dataclasses.replace(found, ordinal=ordinal, format="sketch" if found.path.endswith(ENDING) else found.format)


def listed(other: Dataset) -> Dataset:
    """The dataset as ledger and gaps name it: no file of it can be taken for one of the dataset that is audited."""
    prefix = f"--against {other.name}: "

    def named(result: ShardResult) -> ShardResult:
        return dataclasses.replace(result, shard=dataclasses.replace(result.shard, path=prefix + result.shard.path))

    return dataclasses.replace(
        other,
        results=tuple(map(named, other.results)),
        unread=tuple(dataclasses.replace(each, file=prefix + each.file) for each in other.unread),
        doubts=tuple((prefix + path, reason) for path, reason in other.doubts),
    )
