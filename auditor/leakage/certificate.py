"""What the control pairs of a run say of it: the recall of each join, pairs that were invented, and whether both are good enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.kernels.statistics_intervals import wilson
from auditor.leakage.controls import Control
from auditor.model import Json

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.kernels.planted import Recovered

NEAR_PAIRS = 400
"""Near pairs that are planted between splits, and within them: where all are found, Wilson's interval for the recall begins at 0.99."""
FEWEST = 8
"""Near pairs that are planted in each of many configurations at least."""

SHOWN, DECIDING = 1.96, 3.29
"""Standard normal quantiles: of the interval that is shown (95 %), and of the one that makes an audit incomplete (99.9 %)."""

KINDS = ("near", "contained", "identical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`section` is `leakage.controls` of the report; `gaps` say in words what is not as it must be."""

    section: Mapping[str, Json]
    gaps: tuple[str, ...]


def batch(controls: Sequence[Control], columns: Sequence[str]) -> tuple[pa.RecordBatch, list[int]]:
    """The records of the controls, with their texts in the first of the columns, and the place of the split of each (ascending)."""
    import pyarrow as pa

    ordered = _ordered(controls)
    texts = [controls[number].right if side else controls[number].left for _, number, side in ordered]
    nothing = [pa.nulls(len(texts), pa.string()) for _ in columns[1:]]
    return pa.RecordBatch.from_arrays([pa.array(texts, pa.string()), *nothing], names=list(columns)), [place for place, _, _ in ordered]


def _ordered(controls: Sequence[Control]) -> list[tuple[int, int, int]]:
    """The two records of each control, by split: the place of the split, the number of the control, and the side (0 or 1)."""
    return sorted((control.places[side], number, side) for number, control in enumerate(controls) for side in (0, 1))


def certified(planted: Sequence[tuple[Sequence[Control], Recovered]], threshold: float) -> Certificate:
    """The certificate of comparisons, from what was planted in each and what became of it."""
    tallies: dict[tuple[str, str, str], _Tally] = {}
    strays = 0
    for controls, found in planted:
        reported = dict(found.relations)
        for control, pair in zip(controls, _pairs(controls), strict=True):
            way = found.across if control.across else found.joins[control.places[0]]
            scope = "across" if control.across else "within"
            tallies.setdefault((scope, way, control.relation or ""), _Tally()).add(control, reported.pop(pair, None), way, threshold)
        strays += sum(not found.is_pair(*pair) for pair in reported) + found.mixed
    rows = [_row(*key, tally) for key, tally in sorted(tallies.items(), key=lambda each: (each[0][:2], _place(each[0][2])))]
    gaps = tuple(_gap(row) for row in rows if not row["met"])
    if strays:
        gaps += (f"the joins reported {strays:,} pairs with control records that are none",)
    section = {
        "planted": sum(row["planted"] for row in rows if row["kind"]),
        "recovered": sum(row["recovered"] for row in rows if row["kind"]),
        "spurious": sum(row["reported"] for row in rows if not row["kind"]) + strays,
        "recall": [_shown(row, "recovered", "recall", bound=row["bound"], target=row["target"]) for row in rows if row["kind"]],
        "false_positives": [_shown(row, "reported", "rate") for row in rows if not row["kind"]],
    }
    return Certificate(section=section if rows else {}, gaps=gaps)


def _pairs(controls: Sequence[Control]) -> list[tuple[int, int]]:
    """The places of each control's two records in their batch."""
    place = {(number, side): at for at, (_, number, side) in enumerate(_ordered(controls))}
    return [(place[number, 0], place[number, 1]) for number in range(len(controls))]


def _place(kind: str) -> int:
    return KINDS.index(kind) if kind else len(KINDS)


class _Tally:
    """Controls of one kind in one join: how many, how many of them were reported as they are, and otherwise; the recall by theory."""

    def __init__(self) -> None:
        self.planted = self.right = self.wrong = 0
        self.bound = 0.0

    def add(self, control: Control, reported: str | None, way: str, threshold: float) -> None:
        """Counts a control and the relation by which it was reported (None: it was not)."""
        self.planted += 1
        self.right += reported is not None and reported == control.relation
        self.wrong += reported is not None and reported != control.relation
        self.bound += 1.0 if control.relation == "identical" else _by_theory(way, control.jaccard, threshold)


def _by_theory(way: str, jaccard: float, threshold: float) -> float:
    """The probability with which a join finds a pair of this similarity."""
    from auditor.kernels.banding import datasketch_parameters
    from auditor.kernels.minhash import banding, found_share

    if way == "exact":
        return 1.0
    return found_share(jaccard, *(banding(threshold) if way == "lsh" else datasketch_parameters(threshold)))


def _row(scope: str, way: str, kind: str, tally: _Tally) -> dict[str, Json]:
    from auditor.kernels.minhash import RECALL

    bound = round(tally.bound / tally.planted, 6)
    target = 1.0 if way == "exact" or kind == "identical" else RECALL
    high = wilson(tally.right, tally.planted, DECIDING)[1]
    met = (tally.right == tally.planted if target == 1 else high >= target) if kind else True
    return {
        "join": way,
        "scope": scope,
        "kind": kind,
        "planted": tally.planted,
        "recovered": tally.right,
        "reported": tally.wrong,
        "bound": bound,
        "target": target,
        "met": met and not tally.wrong,
    }


def _shown(row: Mapping[str, Json], counted: str, share: str, **more: Json) -> dict[str, Json]:
    low, high = wilson(row[counted], row["planted"], SHOWN)
    names = ("join", "scope", "kind", "planted", counted) if row["kind"] else ("join", "scope", "planted", counted)
    measured = {share: round(row[counted] / row["planted"], 6), "wilson_low": round(low, 6), "wilson_high": round(high, 6)}
    return {name: row[name] for name in names} | measured | more


def _gap(row: Mapping[str, Json]) -> str:
    where = f"{row['scope']} splits by the join {row['join']}"
    if row["reported"]:
        kind = f"{row['kind']} ones" if row["kind"] else "those that are none"
        return f"control pairs {where}: {row['reported']:,} of {row['planted']:,} planted ({kind}) were reported as what they are not"
    found = f"{row['recovered']:,} of {row['planted']:,} planted {row['kind']} pairs were found"
    return f"control pairs {where}: {found}, which is below the target of {row['target']:.4g}: pairs of the data are missed as well"


def ends(rows: Sequence[int], across: bool, within: bool) -> Iterator[tuple[int, int]]:
    """The pairs of places of splits that have records and are compared."""
    for right, count in enumerate(rows):
        for left in range(right + 1):
            if rows[left] and count and (within if left == right else across):
                yield left, right
