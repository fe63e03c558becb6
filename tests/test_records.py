"""Observed records as arrays: the same however the table is cut into pieces."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels.minhash import band_keys
from auditor.kernels.records import Observed, gather, of_shards
from auditor.kernels.shingles import shingled
from auditor.kernels.texts import of_strings

TEXTS = ["", "The museum opens at ten", "the museum opens at TEN!", "Where may I leave my wet umbrella", "--", "Guided tours start now"]
LABELS = ["a", "b", None]
SPLITS = {0: 0, 1: 0, 2: 1}


def table(rows: list[tuple[str, str | None, int]], bands: bool) -> pa.Table:
    """What is observed of rows of (text, label, shard)."""
    found = shingled(of_strings([text for text, _, _ in rows]), "word:2")
    keys = band_keys(found.shingles, 0.8)
    raw = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text, _, _ in rows]
    columns = {
        "row": pa.array(np.arange(len(rows))),
        "line": pa.array(np.arange(len(rows)) + 2),
        "tokens": pa.array(found.counts),
        "digest": pa.array([each.tobytes() for each in found.digests], pa.binary(16)),
        "raw": pa.array(raw, pa.binary(16)),
        "label": pa.array([label for _, label, _ in rows], pa.large_string()),
        "text": pa.array([text for text, _, _ in rows], pa.large_string()),
        "shingles": pa.LargeListArray.from_arrays(pa.array(found.shingles.offsets), pa.array(found.shingles.values)),
        "shard": pa.array([shard for _, _, shard in rows], pa.int64()),
    }
    banded = {"bands": pa.StructArray.from_arrays(list(map(pa.array, keys)), list(map(str, range(len(keys)))))}
    return pa.table(columns | (banded if bands else {}))


def gathered(observed: pa.Table) -> Observed:
    return gather(observed, SPLITS, {0: 0, 1: 100, 2: 0})


rows_of = st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(LABELS), st.integers(0, 2)), max_size=20)


@given(rows_of, st.lists(st.integers(0, 20), max_size=6), st.booleans())
@settings(max_examples=200, deadline=None)
def test_pieces_make_no_difference(rows: list[tuple[str, str | None, int]], cuts: list[int], bands: bool) -> None:
    rows = sorted(rows, key=lambda row: row[2])
    observed = table(rows, bands)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    seen = gathered(pa.concat_tables([observed.slice(a, b - a) for a, b in pairwise(edges)]))
    assert seen.row.tolist() == [place + 100 * (shard == 1) for place, (_, _, shard) in enumerate(rows)]
    assert seen.line.tolist() == [place + 2 for place in range(len(rows))]
    assert seen.records.split.tolist() == [SPLITS[shard] for _, _, shard in rows]
    assert [seen.labels[number] if number >= 0 else None for number in seen.label.tolist()] == [label for _, label, _ in rows]
    assert [seen.text(place) for place in range(len(rows))] == [text for text, _, _ in rows]
    assert [seen.raw_digest(place) for place in range(len(rows))] == [
        hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text, _, _ in rows
    ]
    assert_texts(seen, [text for text, _, _ in rows], bands)


def assert_texts(seen: Observed, texts: list[str], bands: bool) -> None:
    """Texts are numbered by their tokens in order of first appearance; shingles, counts and band keys are those of the first."""
    known = [text.lower().strip("!-") for text in texts]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(known))}
    assert seen.records.text.tolist() == [numbers[text] if text else -1 for text in known]
    alone = shingled(of_strings(list(numbers)), "word:2")
    assert seen.records.tokens.tolist() == alone.counts.tolist()
    taken = seen.records.texts.take(np.arange(len(numbers)))
    assert (taken.offsets.tolist(), taken.values.tolist()) == (alone.shingles.offsets.tolist(), alone.shingles.values.tolist())
    assert (seen.records.keys is not None) == bands
    if seen.records.keys is not None and texts:
        columns = list(seen.records.keys)
        assert np.stack(columns).tolist() == band_keys(alone.shingles, 0.8).tolist()


@pytest.mark.parametrize(("shards", "kept"), [([0, 1, 2], [0, 1, 2, 3, 4]), ([0, 2], [0, 1, 4]), ([1], [2, 3]), ([7], [])])
def test_the_records_of_some_shards_are_not_copied(shards: list[int], kept: list[int]) -> None:
    observed = table([(text, None, shard) for text, shard in zip(TEXTS, [0, 0, 1, 1, 2], strict=False)], bands=False)
    found = of_shards(observed, shards)
    assert found["row"].to_pylist() == kept
    addresses = {observed["row"].chunk(0).buffers()[1].address}
    assert {chunk.buffers()[1].address for chunk in found["row"].chunks if len(chunk)} <= addresses


def test_raw_texts_are_told_apart() -> None:
    seen = gathered(table([(TEXTS[1], None, 0), (TEXTS[2], None, 0), (TEXTS[1], None, 2)], bands=False))
    assert seen.records.text.tolist() == [0, 0, 0]
    assert seen.raw_identical(np.array([0, 0, 1]), np.array([1, 2, 2])).tolist() == [False, True, False]
