"""The texts of licences known again: what tells a text from its sisters decides, never a score alone, and what is left over is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.licenses import spdx
from auditor.licenses.names import GNU
from auditor.licenses.text_index import TextIndex, bigrams, index, text_words

MOST = 100_000
"""Words of a document that are compared; what follows counts as left over."""

SEVERAL = 20
"""Licence texts that are looked for in one document."""

CANDIDATES = 12
RUN = 2
"""Neighbouring bigrams that must all be of a licence before their words count as its own: "of the" says nothing."""

GAPS, SHARE, LEAST = 6, 0.1, 0.55
"""A text is that of a licence if it lacks at most GAPS + SHARE of its bigrams (names are filled in), and LEAST of them stand there."""

MARGIN = 0.25
"""Of what two sisters do not share, how much more must speak for the one, from 0 (as much) to 1 (all of it)."""

PIECE = 12
"""Neighbouring bigrams that are all of some licence, in what is left over: a piece of one that does not stand there whole."""

GRANTS = (
    *(
        "hereby granted",
        "any person",
        "of charge",
        "without restriction",
        "copy modify",
        "modify merge",
        "distribute sublicense",
        "or sell",
    ),
    *("without modification", "royalty free", "grants you", "any purpose"),
)
"""Neighbouring words by which licences permit: a text that lacks one of them that its licence has permits less."""

GAP = "¶"
"""Stands in what is left over where words of a licence stood."""


_GRANTS = tuple(each for words in GRANTS for each in bigrams(words.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A licence whose text stands in a document. `ids` are several where the texts are identical, or nothing tells them apart; `lacks`
    are the words of its grant that are not there.
    """

    ids: tuple[str, ...]
    alike: bool
    lacks: tuple[str, ...] = ()

    @property
    def id(self) -> str | None:
        """What stands for the ids: of identical texts the plainest (GNU: "only", no more is granted by it); None of different ones."""
        return spdx.successor(min(self.ids, key=lambda each: (len(each), each))) if self.alike else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The licence texts in a document, and the words that are of none, with GAP where some were taken out.

    `pieces` are stretches of the rest that are licence text all the same: a clause that the licence found does not have.
    """

    matches: tuple[Match, ...]
    rest: tuple[str, ...]
    pieces: tuple[str, ...] = ()


def read(text: str, known: TextIndex | None = None) -> Texts:
    """The licences whose texts (those of the package's index, or of another) stand in a document, the one that explains most first."""
    words, known = text_words(text), known or index()
    rest = words[:MOST]
    matches: list[Match] = []
    there = frozenset(bigrams(rest))
    while len(matches) < SEVERAL and (found := _best(known, rest)) is not None:
        match, rest = found
        matches.append(replace(match, lacks=_lacking(known, match, there)))
    return Texts(matches=tuple(matches), rest=(*rest, *words[MOST:]), pieces=_pieces(known, rest, matches) if matches else ())


def _best(known: TextIndex, words: list[str]) -> tuple[Match, list[str]] | None:
    """The text that explains most of the words, and the words without it; None where no text stands there whole."""
    hashes = bigrams(words)
    sets = dict(zip(hashes, known.found(hashes), strict=True))
    hits = known.hits(sets.values())
    scored = sorted(((2 * count - known.texts[text].size, -text) for text, count in hits.items()), reverse=True)[:CANDIDATES]
    ranked = [-text for _, text in scored]
    whole = [text for text in ranked if _stands(hits[text], known.texts[text].size)]
    if not whole:
        return None
    best = whole[0]
    ids = known.texts[best].ids
    alike = {text for text, each in enumerate(known.texts) if each.ids == ids}
    own = {number for number in set(sets.values()) if number >= 0 and not alike.isdisjoint(known.sets[number])}
    sisters = [text for text in whole if text not in alike and not _told(known, hits, best, text)]
    left = _without(words, [sets[each] for each in hashes], own)
    return (_match(known, [best, *sisters]), left) if len(left) < len(words) else None


def _lacking(known: TextIndex, match: Match, there: frozenset[int]) -> tuple[str, ...]:
    """Which of `GRANTS` the licence's text has and the document has not."""
    texts = {number for number, each in enumerate(known.texts) if set(each.ids) <= set(match.ids)}
    sets = [known.sets[number] if number >= 0 else () for number in known.found(_GRANTS)]
    return tuple(
        words for words, each, holders in zip(GRANTS, _GRANTS, sets, strict=True) if each not in there and texts and texts <= {*holders}
    )


def _stands(hits: int, size: int) -> bool:
    return size - hits <= GAPS + SHARE * size and hits >= LEAST * size


def _told(known: TextIndex, hits: dict[int, int], best: int, other: int) -> bool:
    """Whether what only one of two texts has speaks clearly for the best: found of its own, and missing of the other's."""
    sizes = known.texts[best].size + known.texts[other].size
    speaks = (2 * hits[best] - known.texts[best].size) - (2 * hits[other] - known.texts[other].size)
    if speaks >= MARGIN * sizes:
        return True
    differing = sizes - 2 * known.shared(best, other)
    return differing > 0 and speaks >= MARGIN * differing


def _match(known: TextIndex, texts: list[int]) -> Match:
    groups = [known.texts[each].ids for each in texts]
    ids = tuple(dict.fromkeys(each for group in groups for each in group))
    return Match(ids=ids, alike=all(set(group) == set(groups[0]) for group in groups))


def _without(words: list[str], sets: list[int], own: set[int]) -> list[str]:
    """The words outside runs of the licence's bigrams, with one GAP for each run."""
    covered = bytearray(len(words))
    for begun, end in _runs([each in own for each in sets], RUN):
        covered[begun:end] = b"\1" * (end - begun)
    left: list[str] = []
    for word, inside in zip(words, covered, strict=True):
        if not inside:
            left.append(word)
        elif not left or left[-1] != GAP:
            left.append(GAP)
    return left


def _pieces(known: TextIndex, words: list[str], matches: list[Match]) -> tuple[str, ...]:
    """The stretches that are of other texts; those of the GNU licences share their notices and appendices."""
    own = {_family(each) for match in matches for each in match.ids} & GNU
    ours = {text for text, each in enumerate(known.texts) if own & set(map(_family, each.ids))}
    foreign = [number >= 0 and ours.isdisjoint(known.sets[number]) for number in known.found(bigrams(words))]
    return tuple(" ".join(words[begun:end]) for begun, end in _runs(foreign, PIECE))


def _family(license_id: str) -> str:
    return license_id.partition("-")[0]


def _runs(flags: list[bool], least: int) -> Iterator[tuple[int, int]]:
    """The words, from and to, of each run of at least so many bigrams that are marked."""
    begun = 0
    for place, flag in enumerate((*flags, False)):
        if not flag:
            if place - begun >= least:
                yield begun, place + 1
            begun = place + 1
