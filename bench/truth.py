"""Every pair of documents at or above a similarity, by an exact join that shares no code with the product: the truth to measure against.

`norm-v1` is written out here in plain Python; a shingle is numbered by what it is, not by a hash; candidates come from the rarest shingles
(prefix filter: two sets with Jaccard >= t share one of the |A| - ceil(t|A|) + 1 rarest of either), overlaps are counted, not estimated.
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Tokens = Callable[[str], list[str]]

SIMILAR, CONTAINED, CONTAINED_TOKENS, WORDS = 0.5, 0.9, 8, 5
SINGLES = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF)),
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFF)),
)


def norm_v1() -> Tokens:
    """The tokens of a text by norm-v1."""
    if unicodedata.unidata_version != "14.0.0":
        raise SystemExit("the truth is told by Unicode 14.0.0, which is that of Python 3.11")
    single = {code for first, last in SINGLES for code in range(first, last + 1)}
    several: list[int] = []
    singles: list[int] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] in "LMN" or chr(code) == "_":
            (singles if code in single else several).append(code)
    pattern = re.compile(f"[{_ranges(several)}]+|[{_ranges(singles)}]")
    return lambda text: pattern.findall(folded(text))


def words(text: str) -> list[str]:
    """The tokens of a text by what most tools call words."""
    return re.findall(r"\w+", text.lower())


def _ranges(codes: Sequence[int]) -> str:
    edges = [place for place in range(1, len(codes)) if codes[place] != codes[place - 1] + 1]
    return "".join(f"\\U{codes[a]:08x}-\\U{codes[b - 1]:08x}" for a, b in zip([0, *edges], [*edges, len(codes)], strict=True))


FORMATS = {code: None for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"}


def folded(text: str) -> str:
    """The text in NFKC, case folded, without code points of category Cf."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return text if text.isascii() else text.translate(FORMATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingled:
    """Sets of shingle numbers (ascending by how often each occurs), set i at values[offsets[i]:offsets[i + 1]]; tokens of each text;
    `same` is equal where the token sequences are.
    """

    offsets: I64
    values: I64
    tokens: I64
    same: I64


def shingled(texts: Sequence[str], tokenize: Tokens) -> Shingled:
    """The sets of 5-grams of the texts' tokens; a text of fewer has one shingle, the whole."""
    numbers = dict[str, int]()
    sequences = [[numbers.setdefault(token, len(numbers)) for token in tokenize(text)] for text in texts]
    known = dict[tuple[int, ...], int]()
    same = np.array([known.setdefault(tuple(each), len(known)) for each in sequences], np.int64)
    tokens = np.array([len(each) for each in sequences], np.int64)
    flat = np.array([token for each in sequences for token in each], np.int64)
    owner = np.repeat(np.arange(len(texts)), tokens)
    del sequences
    keys = flat
    starts = np.cumsum(tokens) - tokens
    for step in range(1, WORDS):
        keys = np.unique(keys[: len(flat) - step] * np.int64(len(numbers) + 1) + flat[step:], return_inverse=True)[1].astype(np.int64)
    full = np.flatnonzero(np.arange(len(keys)) - starts[owner[: len(keys)]] + WORDS <= tokens[owner[: len(keys)]])
    short = np.flatnonzero((tokens > 0) & (tokens < WORDS))
    return _sets(
        np.concatenate([owner[full], short]), np.concatenate([keys[full], same[short] + len(keys)]), len(texts), tokens, same
    )


def _sets(owner: I64, keys: I64, count: int, tokens: I64, same: I64) -> Shingled:
    """Distinct keys of each owner, numbered so that rarer ones come first."""
    keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    pairs = np.unique(owner << np.int64(32) | keys)
    owner, keys = pairs >> np.int64(32), pairs & np.int64(0xFFFFFFFF)
    rank = np.empty(int(keys.max(initial=-1)) + 1, np.int64)
    rank[np.argsort(np.bincount(keys), kind="stable")] = np.arange(len(rank))
    pairs = np.sort(owner << np.int64(32) | rank[keys])
    offsets = np.append(0, np.cumsum(np.bincount(owner, minlength=count)))
    return Shingled(offsets=offsets, values=pairs & np.int64(0xFFFFFFFF), tokens=tokens, same=same)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """The texts that hold a shingle: texts[offsets[shingle]:offsets[shingle + 1]], ascending."""

    offsets: I64
    texts: I64

    def of(self, shingles: I64) -> I64:
        """The texts that hold one of these shingles, each once."""
        found = [self.texts[self.offsets[each] : self.offsets[each + 1]] for each in shingles.tolist()]
        return np.unique(np.concatenate([*found, np.zeros(0, np.int64)]))


def postings(sets: Shingled, chosen: Sequence[int], share: float) -> Postings:
    """Of these texts, by the shingles of their prefix for this share; with share 0, by all."""
    owners, values = [], []
    for text in chosen:
        first, last = int(sets.offsets[text]), int(sets.offsets[text + 1])
        kept = sets.values[first : first + prefix(last - first, share)]
        values.append(kept)
        owners.append(np.full(len(kept), text))
    owner, value = np.concatenate([*owners, np.zeros(0, np.int64)]), np.concatenate([*values, np.zeros(0, np.int64)])
    order = np.argsort(value, kind="stable")
    counts = np.bincount(value, minlength=int(sets.values.max(initial=0)) + 1)
    return Postings(offsets=np.append(0, np.cumsum(counts)), texts=owner[order])


def prefix(size: int, share: float) -> int:
    """How many of the rarest shingles of a set of this size one must share that shares `share` of them."""
    return size - math.ceil(size * share - 1e-9) + 1 if size and share else size


def pairs(sets: Shingled, border: int) -> Iterator[tuple[int, I64, I64]]:
    """(text, earlier texts, overlaps): all pairs with Jaccard >= SIMILAR, and those of a text from `border` on with an earlier one than
    `border` that holds CONTAINED of it.
    """
    sizes, mark = np.diff(sets.offsets), np.zeros(int(sets.values.max(initial=0)) + 1, np.bool_)
    near = postings(sets, range(len(sizes)), SIMILAR)
    whole = postings(sets, range(border), 0)
    for text in range(len(sizes)):
        own = sets.values[sets.offsets[text] : sets.offsets[text + 1]]
        found = near.of(own[: prefix(len(own), SIMILAR)])
        found = found[(found < text) & (np.minimum(sizes[found], len(own)) >= SIMILAR * np.maximum(sizes[found], len(own)))]
        if text >= border and sets.tokens[text] >= CONTAINED_TOKENS:
            found = np.union1d(found, whole.of(own[: prefix(len(own), CONTAINED)]))
        if not len(found):
            continue
        mark[own] = True
        overlaps = np.array([np.count_nonzero(mark[sets.values[sets.offsets[each] : sets.offsets[each + 1]]]) for each in found.tolist()])
        mark[own] = False
        kept = overlaps / (sizes[found] + len(own) - overlaps) >= SIMILAR
        if text >= border:
            kept |= (found < border) & (overlaps / len(own) >= CONTAINED) & (sets.tokens[text] >= CONTAINED_TOKENS)
        if kept.any():
            yield text, found[kept], overlaps[kept]


def table(train: Sequence[str], test: Sequence[str], tokenize: Tokens) -> pa.Table:
    """The pairs, the training document or the earlier one on the left: splits, rows, overlap, jaccard, containment_right, identical."""
    sets, border = shingled([*train, *test], tokenize), len(train)
    sizes = np.diff(sets.offsets)
    found = list(pairs(sets, border))
    right = np.repeat([each[0] for each in found], [len(each[1]) for each in found]).astype(np.int64)
    left = np.concatenate([*(each[1] for each in found), np.zeros(0, np.int64)])
    overlap = np.concatenate([*(each[2] for each in found), np.zeros(0, np.int64)])
    columns = {}
    for side, rows in (("left", left), ("right", right)):
        columns[f"{side}_split"] = pa.array(np.where(rows < border, "train", "test"))
        columns[f"{side}_row"] = pa.array(np.where(rows < border, rows, rows - border))
    columns["overlap"] = pa.array(overlap)
    columns["jaccard"] = pa.array(overlap / (sizes[left] + sizes[right] - overlap))
    columns["containment_right"] = pa.array(overlap / sizes[right])
    columns["identical"] = pa.array(sets.same[left] == sets.same[right])
    return pa.table(columns)


def write(folder: Path, train: Sequence[str], test: Sequence[str]) -> None:
    """Writes the pairs by norm-v1 (truth.parquet) and by plain words (truth-words.parquet), and prints how many there are."""
    for name, tokenize in (("truth", norm_v1()), ("truth-words", words)):
        made = table(train, test, tokenize)
        pq.write_table(made, folder / f"{name}.parquet")
        jaccard, across = made.column("jaccard").to_numpy(), pc.not_equal(made.column("left_split"), made.column("right_split")).to_numpy()
        for least in (0.5, 0.7, 0.8):
            near = jaccard >= least
            print(f"{name}: {int(near.sum()):,} pairs with Jaccard >= {least}, {int((across & near).sum()):,} across splits", flush=True)
