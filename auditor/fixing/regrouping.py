"""Splits made anew, so that records which belong together (similar ones, and those of a group) are all in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from auditor.fixing.content import I64, Content
from auditor.kernels.forest import components
from auditor.model import Report

Edges = list[tuple[I64, I64]]


def edges_of(report: Report, placed: Mapping[str, I64]) -> Edges:
    """What the pairs and clusters of a report join, as numbers of records."""
    edges: Edges = []
    if "pairs" in report.tables:
        pairs = report.tables["pairs"]
        sides = [_numbers(pairs[f"{side}_split"].to_pylist(), pairs[f"{side}_row"].to_pylist(), placed) for side in ("left", "right")]
        edges.append((sides[0], sides[1]))
    if "clusters" in report.tables:
        clusters = report.tables["clusters"]
        members, cluster = _numbers(clusters["split"].to_pylist(), clusters["row"].to_pylist(), placed), clusters["cluster"].to_numpy()
        edges.append(_chained(members, cluster))
    return edges


def edges_of_groups(content: Content) -> Edges:
    """What the groups join."""
    codes = content.told["group"].combine_chunks().dictionary_encode()
    known = np.flatnonzero(codes.is_valid().to_numpy(zero_copy_only=False))
    return [_chained(known, codes.indices.drop_null().to_numpy())]


def _numbers(splits: Iterable[str], rows: Iterable[int], placed: Mapping[str, I64]) -> I64:
    return np.array([placed[split][row] for split, row in zip(splits, rows, strict=True)], np.int64)


def _chained(members: I64, keys: I64) -> tuple[I64, I64]:
    """Each member joined with the next one of the same key."""
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    return members[order][same], members[order][same + 1]


def assigned(content: Content, edges: Edges) -> I64:
    """For each record the place of its new split (-1: it is in none).

    What lies within one split stays there. The other components go, the largest first and equal ones by their contents, whole into
    the split that lacks most of its size.
    """
    names = list(content.splits)
    home = np.full(content.size, -1)
    for place, records in enumerate(content.in_splits(content.whole()).values()):
        home[records] = place
    left, right = (np.concatenate([np.zeros(0, np.int64), *(each[side] for each in edges)]) for side in (0, 1))
    roots = components(content.size, left, right)
    low, high = np.full(content.size, len(names)), np.full(content.size, -1)
    np.minimum.at(low, roots, home)
    np.maximum.at(high, roots, home)
    astray = (low != high)[roots] & (home >= 0)
    lacking = np.bincount(home[astray], minlength=len(names))
    members = np.flatnonzero(astray)
    order = np.argsort(roots[members], kind="stable")
    parts = np.split(members[order], np.flatnonzero(np.diff(roots[members[order]])) + 1) if len(members) else []
    digests = content.told["digest"]
    for part in sorted(parts, key=lambda each: (-len(each), min(digests[int(record)].as_py() for record in each))):
        chosen = int(np.argmax(lacking))
        home[part] = chosen
        lacking[chosen] -= len(part)
    return home


def held(content: Content, home: I64) -> list[I64]:
    """The records of each file: those that stay, in their order, then those that come, at the end of a split's last file."""
    before = np.full(content.size, -1)
    for place, records in enumerate(content.in_splits(content.whole()).values()):
        before[records] = place
    moved, files = home != before, content.whole()
    found = [records[~moved[records]] for records in files]
    for place, shards in enumerate(content.splits.values()):
        coming = np.flatnonzero(moved & (home == place))
        if len(coming):
            last = content.place(shards[-1])
            found[last] = np.concatenate([found[last], coming])
    return found
