"""The text kernel: on any code points, tokens and shingles exactly as the readable reference has them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from auditor.kernels import norm, reference, shingles
from auditor.kernels.texts import of_strings

from .target import Outcome, Target, hold

_BLOCKS = (
    *((0x20, 0x7F), (0x20, 0x7F), (0x00, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xEFF)),
    *((0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x3000, 0x30FF), (0x3400, 0x34FF), (0xA640, 0xA6FF), (0xAC00, 0xACFF)),
    *((0xD800, 0xDFFF), (0xFB00, 0xFDFF), (0xFE00, 0xFFFF), (0x10400, 0x104FF), (0x1D400, 0x1D7FF), (0x1F600, 0x1F64F)),
    *((0x20000, 0x200FF), (0xE0000, 0xE01EF), (0x0, 0x10FFFF)),
)
"""Ranges of code points in which folding, composing and segmenting go wrong."""
SEPARATOR = "\x1e"


def _texts(rng: Random) -> bytes:
    """Three texts at most, parted by a control character."""
    return SEPARATOR.join(_one(rng) for _ in range(rng.randint(1, 3))).encode("utf-8", "surrogatepass")


def _one(rng: Random) -> str:
    parts = []
    for _ in range(rng.randint(0, 8)):
        first, last = rng.choice(_BLOCKS)
        word = "".join(chr(rng.randint(first, last)) for _ in range(rng.choice((1, 2, 3, 6))))
        parts.append(word * rng.choice((1,) * 14 + (2, 40)))
    return rng.choice((" ", "", " ", "\n", "_")).join(parts)


def _compared(data: bytes, _: Path) -> Outcome:
    texts = data.decode("utf-8", "surrogatepass").split(SEPARATOR)
    kind, length = ("word", "char")[len(data) % 2], (1, 2, 3, 5, 8, 64)[len(data) // 2 % 6]
    try:
        records = of_strings(texts)
    except UnicodeEncodeError:
        return Outcome(accepted=False, told={"refused": "a lone surrogate"})
    found = shingles.shingled(records, f"{kind}:{length}")
    tokens = norm.tokenize(records)
    for place, text in enumerate(texts):
        expected = reference.tokens(text)
        ends = slice(int(tokens.firsts[place]), int(tokens.firsts[place + 1]))
        spans = zip(tokens.starts[ends].tolist(), tokens.ends[ends].tolist(), strict=True)
        hold(["".join(map(chr, tokens.points[a:b].tolist())) for a, b in spans] == expected, "other tokens than the reference")
        hold(int(found.counts[place]) == len(expected), "another number of tokens than the reference")
        first, last = found.shingles.offsets[place : place + 2].tolist()
        hold(
            sorted(found.shingles.values[first:last].tolist()) == sorted(reference.shingles(text, kind, length)),
            "other shingles than the reference",
        )
        hold(tuple(found.digests[place].tolist()) == reference.token_digest(text), "another digest than the reference")
    return Outcome(accepted=True, told={"tokens": found.counts.tolist()})


TARGETS = (Target(name="norm-v1", make=_texts, run=_compared, ending="txt", weight=2),)
