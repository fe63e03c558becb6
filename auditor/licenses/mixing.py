"""What a dataset is mixed of: its own licence, those of its parts, and the sources that its documents name, each with its licence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from auditor.dataset import Document
from auditor.licenses import compatibility, crediting, statements
from auditor.licenses.compatibility import Answer
from auditor.licenses.crediting import Credit
from auditor.licenses.expression import Joined, License, parse, render
from auditor.licenses.statements import Statement

SHOWN = 200
"""How many sources, and how many pairs of them, a report lists; the counts are always true."""

_PARTS = {"datapackage-resource", "ro-crate-part", "reuse", "spdx-tag", "parquet-metadata", "arrow-metadata"}
"""How statements are made that speak of a part of the dataset."""


Kind = Literal["own", "part", "upstream", "record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that is in the dataset under a licence: the dataset as a whole, a part of it, what it was made from, or records.

    `expression` is an SPDX expression, None where it is not known. `name`, `authors` and `url` are as the document `file` has them.
    """

    kind: Kind
    expression: str | None
    name: str | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    file: str | None = None
    line: int | None = None


def sources(said: Sequence[Statement], named: Sequence[Credit], records: Iterable[str | None] = ()) -> tuple[Source, ...]:
    """Every source, each once: the dataset's own licence first, then parts, what it was made from, and the licences of records."""
    own = [each for each in said if each.kind != "upstream"]
    found = [*_own(own, named), *_parts(own), *_upstream(said, named)]
    found += [Source(kind="record", expression=each) for each in dict.fromkeys(records)]
    return tuple(dict.fromkeys(found))


def section(found: Sequence[Source]) -> dict[str, Any]:
    """What the report says of the mix: the sources, what they are as a collection and as one adaptation, and each two of them."""
    listed = {"sources": [asdict(each) for each in found[:SHOWN]], "count": len(found)}
    if not found:
        return {**listed, "collection": {}, "adaptation": {}, "pairs": [], "pairs_count": 0}
    expressions = [each.expression for each in found]
    whole, apart = compatibility.mix(expressions), compatibility.collection(expressions)
    parts = {
        "answer": max((each.answer for each in apart), key=compatibility.STRICT.index),
        "parts": [asdict(each) for each in apart[:SHOWN]],
        "count": len(apart),
    }
    stated = _as_stated(found)
    settled = stated is not None and stated.answer == "allow"  # what the others allow is no source that forbids it
    adaptation = {
        "answer": "allow" if settled else whole.answer,
        "outcomes": list(dict.fromkeys([*([stated.under] if stated is not None and settled else []), *whole.outcomes])),
        "unclear": list(whole.unclear),
        "as_stated": asdict(stated) if stated is not None else None,
    }
    pairs = [asdict(each) for each in whole.pairs[:SHOWN]]
    return {**listed, "collection": parts, "adaptation": adaptation, "pairs": pairs, "pairs_count": whole.pairs_count}


def _as_stated(found: Sequence[Source]) -> Answer | None:
    """Whether all other sources may be published under the dataset's own licence; None where it has not one, or there are no others."""
    own = {each.expression for each in found if each.kind == "own"}
    others = [each.expression for each in found if each.kind != "own"]
    under = own.pop() if len(own) == 1 else None
    if under is None or not others or not isinstance(parse(under), License):
        return None
    return compatibility.may(others, under)


def _own(own: Sequence[Statement], named: Sequence[Credit]) -> Iterator[Source]:
    """The licence that is concluded for the whole; of one that joins several by AND, each."""
    stated = [each for each in own if not each.empty]
    if not stated:
        return
    credit = min(
        (each for each in named if each.kind == "own"), key=lambda each: not each.authors, default=Credit(kind="own", file="", name=None)
    )
    concluded = statements.concluded(own)
    terms = statements.known(stated[0].resolution, None) if concluded is None else None
    for each in _operands(concluded) if concluded else [terms]:
        place = next((one for one in stated if one.expression and each and each in one.expression), stated[0])
        yield _source("own", each, credit, place.file, place.line)


def _operands(expression: str) -> list[str]:
    tree = parse(expression)
    return [render(part) for part in tree.parts] if isinstance(tree, Joined) and tree.by == "AND" else [render(tree)]


def _parts(own: Sequence[Statement]) -> Iterator[Source]:
    for each in own:
        folder = each.file.rpartition("/")[0]
        if each.method in _PARTS or (each.method == "license-file" and folder):
            yield Source(
                kind="part",
                expression=statements.known(each.resolution, each.expression),
                name=folder or each.file,
                file=each.file,
                line=each.line,
            )


def _upstream(said: Sequence[Statement], named: Sequence[Credit]) -> Iterator[Source]:
    """What the dataset was made from, by name; and licences of sources that have none."""
    upstream = [each for each in said if each.kind == "upstream"]
    stated = {(each.file, statements.known(each.resolution, each.expression)): each.line for each in reversed(upstream)}
    for credit in named:
        if credit.kind == "upstream":
            yield _source("upstream", credit.expression, credit, credit.file, stated.pop((credit.file, credit.expression), None))
    for (file, expression), line in stated.items():
        yield Source(kind="upstream", expression=expression, file=file, line=line)


def _source(kind: Kind, expression: str | None, credit: Credit, file: str, line: int | None) -> Source:
    about = {"name": credit.name, "url": credit.url}
    return Source(kind=kind, expression=expression, authors=credit.authors, file=file, line=line, **about)


def of(documents: Sequence[Document], records: Iterable[str | None] = ()) -> tuple[Source, ...]:
    """The sources that documents name, and the licences of records beside them."""
    return sources(statements.find(documents), crediting.find(documents), records)
