"""Records of two versions paired by what they hold: each as often as it stands on both sides, so that copies are counted one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.dataset import canonical
from auditor.model import Json

if TYPE_CHECKING:
    import pyarrow as pa

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

EXAMPLES = 5
"""How many records of each kind are named."""

NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of one side, in the order of their splits: the number of each one's split, its row there, and its keys.

    `keys` are uint64 of shape (records, 2) by name: `key` is over all values, `rest` over those beside the label, `id` over the id; the
    last two stand there only where such a column was named, and are zeros where there is no value.
    """

    split: I64
    row: I64
    keys: Mapping[str, U64]


def records(table: pa.Table, names: Sequence[str], splits: Sequence[str]) -> Records:
    """The table `contents` of an audit whose splits are called `names`; they are numbered as in `splits`."""
    numbers = np.array([splits.index(name) for name in names], np.int64)
    columns = [name for name in ("key", "rest", "id") if f"{name}_0" in table.column_names]
    keys = {name: np.stack([table[f"{name}_{half}"].to_numpy() for half in (0, 1)], axis=1) for name in columns}
    split = numbers[table["split"].to_numpy()]
    order = np.argsort(split, kind="stable")
    return Records(split=split[order], row=table["row"].to_numpy()[order], keys={name: each[order] for name, each in keys.items()})


def matched(left: NDArray[Any], right: NDArray[Any]) -> tuple[I64, I64]:
    """Which rows of one array equal which of the other: pairs of places, each place once, as many as both sides have; the first of equal
    ones are taken first.
    """
    both = np.concatenate([left, right])
    if not len(both):
        return NOTHING, NOTHING
    order = np.lexsort(both.T)
    ranked = both[order]
    group = np.zeros(len(both), np.int64)
    group[order[1:]] = np.cumsum((ranked[1:] != ranked[:-1]).any(axis=1))
    sides = order[order < len(left)], order[order >= len(left)]
    counts = [np.bincount(group[side], minlength=len(both)) for side in sides]
    least = np.minimum(*counts)
    chosen = []
    for side in sides:
        mine = group[side]
        chosen.append(side[np.arange(len(mine)) - np.searchsorted(mine, mine) < least[mine]])
    return chosen[0], chosen[1] - len(left)


def paired(old: Records, new: Records, key: str, left: I64, right: I64) -> tuple[I64, I64]:
    """Of the records at these places those with equal keys, in pairs: within one split first, then across, in the order of the splits."""
    left, right = (places[side.keys[key][places].any(axis=1) | (key == "key")] for side, places in ((old, left), (new, right)))
    values = [side.keys[key][places] for side, places in ((old, left), (new, right))]
    within = [np.column_stack([each, side.split[places].astype(np.uint64)]) for each, side, places in
              zip(values, (old, new), (left, right), strict=True)]  # fmt: skip
    here = matched(*within)
    rest = [np.delete(np.arange(len(places)), taken) for places, taken in zip((left, right), here, strict=True)]
    there = matched(values[0][rest[0]], values[1][rest[1]])
    return (
        np.concatenate([left[here[0]], left[rest[0]][there[0]]]),
        np.concatenate([right[here[1]], right[rest[1]][there[1]]]),
    )


def compared(old: Records, new: Records, splits: Sequence[str]) -> dict[str, Json]:
    """What became of the records, in the JSON diff's words: how many were kept, and the flows of those that were `moved`, `relabelled`
    (all but the label is equal) or `changed` (the id is equal); what is left was `removed`, or `added`.
    """
    left, right = np.arange(len(old.split)), np.arange(len(new.split))
    found: dict[str, Json] = {"kept": 0, "moved": [], "relabelled": None, "changed": None}
    for name, key in (("moved", "key"), ("relabelled", "rest"), ("changed", "id")):
        if key not in old.keys or key not in new.keys:
            continue
        a, b = paired(old, new, key, left, right)
        left, right = np.setdiff1d(left, a), np.setdiff1d(right, b)
        if name == "moved":
            apart = old.split[a] != new.split[b]
            found["kept"] = int((~apart).sum())
            a, b = a[apart], b[apart]
        found[name] = _flows(old, new, a, b, splits)
    return {**found, "removed": _by_split(old, left, splits), "added": _by_split(new, right, splits)}


def _flows(old: Records, new: Records, left: I64, right: I64, splits: Sequence[str]) -> list[Json]:
    """How many of these pairs go from which split to which, with the rows of some."""
    flow = old.split[left] * len(splits) + new.split[right]
    order = np.lexsort((new.row[right], old.row[left], flow))
    flows = []
    for number, first, count in zip(*np.unique(flow[order], return_index=True, return_counts=True), strict=True):
        some = order[first : first + min(count, EXAMPLES)]
        rows = np.column_stack([old.row[left[some]], new.row[right[some]]]).tolist()
        before, after = divmod(int(number), len(splits))
        flows.append({"from": splits[before], "to": splits[after], "rows": int(count), "examples": rows})
    return flows


def _by_split(side: Records, places: I64, splits: Sequence[str]) -> list[Json]:
    """How many of these records are in which split, with the rows of some."""
    numbers, first, count = np.unique(side.split[places], return_index=True, return_counts=True)
    return [
        {"split": splits[number], "rows": int(many), "examples": np.sort(side.row[places[at : at + many]])[:EXAMPLES].tolist()}
        for number, at, many in zip(numbers.tolist(), first.tolist(), count.tolist(), strict=True)
    ]


def together(*names: Iterable[str]) -> list[str]:
    """The splits of both sides, in canonical order."""
    return canonical(list(dict.fromkeys(name for side in names for name in side)))
