"""Control records among the real ones: they pass the same joins, and are told apart from the real ones behind them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.kernels.joins import Joined, Known, Pairs, concatenated
from auditor.kernels.pairing import CONTAINMENT, RELATIONS, Comparison, Join, Records, Wanted, compared
from auditor.kernels.records import Observed
from auditor.kernels.sets import I64, Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of control records: the `relations` of the pairs of them that were reported, by their places among the controls
    (the lower first), how each split was joined with itself, how others were, and how many pairs of a control and a real text a join
    made that are none.
    """

    relations: Mapping[tuple[int, int], str]
    joins: Mapping[int, str]
    across: str
    mixed: int
    controls: Records
    threshold: float

    def is_pair(self, left: int, right: int) -> bool:
        """Whether two controls are a pair all the same that was not planted as one: short shingles may coincide."""
        texts = self.controls.text[[left, right]]
        return _is_pair(self.controls.texts, int(texts[0]), int(texts[1]), self.threshold)


def _is_pair(texts: Collection, left: int, right: int, threshold: float) -> bool:
    """Whether two texts are near or the right one is contained in the left one, by sets of Python."""
    a, b = (set(texts.take(np.array([each])).values.tolist()) for each in (left, right))
    return bool(b) and (len(a & b) / len(a | b) >= threshold or len(a & b) / len(b) >= CONTAINMENT)


def beside(
    real: pa.Table, controls: pa.Table, places: Mapping[int, int], firsts: Mapping[int, int]
) -> tuple[pa.Table, dict[int, int], dict[int, int]]:
    """Real records and, behind them, the controls, whose `shard` is the place of their split: each split has a shard more for them.
    Beside the table the places of all shards, and the rows with which they begin.
    """
    first = 1 + max(places, default=-1)
    at = controls.schema.get_field_index("shard")
    moved = controls.set_column(at, "shard", pa.array(controls["shard"].to_numpy() + first))
    more = {first + place: place for place in set(places.values())}
    return pa.concat_tables([real, moved.select(real.schema.names)]), {**places, **more}, {**firsts, **dict.fromkeys(more, 0)}


def parted(everyone: Observed, count: int) -> tuple[Observed, Records]:
    """The first `count` records, and the ones behind them with their texts numbered anew."""
    records = everyone.records
    texts = int(np.searchsorted(everyone.founders, count))  # texts are numbered in order of first appearance
    seen = dataclasses.replace(
        everyone,
        records=_of_texts(records, slice(count), 0, texts),
        row=everyone.row[:count],
        shard=everyone.shard[:count],
        line=everyone.line[:count],
        tokens=everyone.tokens[:count],
        raw=everyone.raw[:count],
        label=everyone.label[:count],
        founders=everyone.founders[:texts],
        observed=everyone.observed.slice(0, count),
    )
    return seen, _of_texts(records, slice(count, None), texts, len(records.texts))


def _of_texts(records: Records, some: slice, first: int, last: int) -> Records:
    texts = np.arange(first, last)
    return Records(
        split=records.split[some],
        text=np.maximum(records.text[some] - first, -1),
        texts=records.texts.only(texts),
        tokens=records.tokens[texts],
        keys=None if records.keys is None else records.keys.only(texts),
    )


def unknown(known: Mapping[Join, Known], texts: int) -> dict[Join, Known]:
    """What is known of joins, where there are `texts` in all: nothing of those that are behind the ones of which something is known."""

    def longer(known: Known) -> Known:
        left, right = (np.pad(side, (0, texts - len(side))) for side in (known.left, known.right))
        return Known(pairs=known.pairs, left=left, right=right)

    return {join: longer(each) for join, each in known.items()}


def apart(joined: Mapping[Join, Joined], texts: int) -> tuple[Mapping[Join, Joined], Mapping[Join, Joined], Pairs]:
    """The pairs of two of the first `texts`; those of two of the others, numbered anew; and the rest."""
    real, controls, mixed = {}, {}, []
    for join, each in joined.items():
        left, right = each.pairs.left < texts, each.pairs.right < texts
        real[join] = Joined(pairs=each.pairs.where(left & right), whole=each.whole)
        theirs = each.pairs.where(~left & ~right)
        pairs = Pairs(left=theirs.left - texts, right=theirs.right - texts, overlap=theirs.overlap)
        controls[join] = Joined(pairs=pairs, whole=each.whole)
        mixed.append(each.pairs.where(left != right))
    return real, controls, concatenated(mixed)


def recovered(controls: Records, counts: I64, wanted: Wanted, joined: Mapping[Join, Joined], mixed: int) -> Recovered:
    """What a comparison reports of the controls, of whose texts `counts` says how often each stands in each split."""
    found: Comparison = compared(controls, counts, wanted, joined)
    listed = found.listed
    pairs = zip(listed.left.tolist(), listed.right.tolist(), listed.relation.tolist(), strict=True)
    return Recovered(
        relations={(a, b): RELATIONS[kind] for a, b, kind in pairs},
        joins=found.joins,
        across=next((way for left, right, way in joined if left != right), "exact"),
        mixed=mixed,
        controls=controls,
        threshold=wanted.threshold,
    )


def invented(pairs: Pairs, texts: Collection, threshold: float) -> int:
    """How many of some pairs of texts are none, although their overlaps say so."""
    left, right = texts.sizes[pairs.left], texts.sizes[pairs.right]
    said = pairs.where((pairs.overlap / (left + right - pairs.overlap) >= threshold) | (pairs.overlap / right >= CONTAINMENT))
    ends = zip(said.left.tolist(), said.right.tolist(), strict=True)
    return sum(not _is_pair(texts, a, b, threshold) for a, b in ends)
