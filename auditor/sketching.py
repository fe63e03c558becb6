"""Makes the keyed sketch of a dataset: reads what of it counts as a benchmark, and writes digests where there was text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from auditor import against, preview, reading
from auditor.check import Skip, build
from auditor.dataset import Dataset
from auditor.leakage import sketch
from auditor.leakage.sketch import Header, Key
from auditor.model import AuditorError, meant
from auditor.partials import mapped
from auditor.reading import Observed, Observing, Work

OBSERVER = "leakage"
"""The check whose view of records is sketched."""


def chosen(found: Dataset, names: Sequence[str]) -> Dataset:
    """The splits that are sketched: those named; else the evaluation splits, or all where there is none."""
    known = [split.name for split in found.splits]
    for name in names:
        if name not in known:
            raise AuditorError(f"there is no split {name!r}", f"{meant(name, known)}there are {', '.join(known)}")
    if names:
        found = dataclasses.replace(found, splits=tuple(split for split in found.splits if split.name in names))
    return found if names else against.counted(found).dataset


def make(dataset: Dataset, shingle: str, work: Work, key: Key, path: Path) -> tuple[Header, Dataset]:
    """Writes the sketch of all records to a file; what it says of itself, and the dataset as it was read.

    AuditorError where a record was not read, or none: a sketch that lacks something finds nothing of it.
    """
    dataset = preview.settle(dataset, [each for split in dataset.splits for each in reading.previews(work, split, dataset.roles)], shingle)
    check = build(OBSERVER, {"no_text": True, "wanted": ["LEAK001"]})
    context = check.prepare(dataset)
    if isinstance(context, Skip):
        raise AuditorError(f"nothing can be sketched: {context.reason}")
    assert isinstance(context, Mapping)
    observing = Observing(checks=((check, context),), sensitive=None, withheld=True, tables=work.passing.folder)
    observed = list(reading.observe(work, dataset, observing))
    work.engine.rest()
    dataset = dataclasses.replace(dataset, results=tuple(each.result for each in observed))
    for gap in _gaps(dataset, observed):
        raise AuditorError(f"no sketch was made: {gap}", "mend the data, or sketch what can be read", code=3)
    return _written(observed, dataset.shingle, key, path), dataset


def _gaps(dataset: Dataset, observed: Sequence[Observed]) -> Iterator[str]:
    """Why a sketch would not be that of all records."""
    for each in observed:
        refused = sum(trouble.count for trouble in each.result.troubles if not trouble.accepted)
        if each.result.failure:
            yield f"{each.result.shard.path} was not read to its end: {each.result.failure}"
        if refused:
            yield f"{each.result.shard.path}: {refused} records were refused: {each.result.troubles[0].reason}"
        yield from each.errors.values()
    yield from (f"{path} was not read: {reason}" for path, reason in dataset.doubts)
    if not any(each.result.rows for each in observed):
        yield "no record was read"


def _written(observed: Sequence[Observed], shingle: str, key: Key, path: Path) -> Header:
    import numpy as np
    import pyarrow as pa

    from auditor.kernels.records import digests, numbered, numbers, sets_of

    total = pa.concat_tables([mapped(file) for each in observed for file in each.files[OBSERVER]])
    found, tokens = digests(total["digest"]), numbers(total["tokens"])
    filled = tokens > 0
    texts = np.intersect1d(numbered(found)[1], np.flatnonzero(filled))
    if not len(texts):
        raise AuditorError("no sketch was made: no record has a token", "name the columns with text: --text")
    header = Header(
        shingle=shingle, hashes=sketch.hashes(shingle), key=key.check, records=total.num_rows, empty=int((~filled).sum()), items=len(texts)
    )
    sketch.write(path, header, sketch.sketched(found[texts], tokens[texts], sets_of(total["shingles"]).only(texts), key))
    return header
