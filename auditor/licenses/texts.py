"""The texts of licences known again: by title and phrases, with what tells one from its sisters deciding, never a score."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from auditor.licenses import spdx
from auditor.licenses.vocabularies import table

_WORD = re.compile(r"[^\W_]+")
_CC4 = re.compile(
    r" bound by the terms and conditions of this creative commons attribution((?: [a-z]+){0,4}?) 4 0 international public license "
)
_CC = re.compile(r" attribution((?: [a-z]+){0,4}?) ([123]) ([05]) (?:unported|generic|license|creative commons corporation) ")
_MOST = 3_900
"""Words of a Creative Commons licence at most, with preface and notice; a longer text holds something else too."""


def read(text: str) -> str | None:
    """The SPDX id of the licence whose text this is, and nothing more than it; None where that is not certain."""
    words = _WORD.findall(text.casefold())
    line, first = f" {' '.join(words)} ", f" {' '.join(words[: table('texts')['first']])} "
    if len(words) <= _MOST and (found := _creative_commons(line, first)) is not None:
        return found
    known = {spdx.successor(each["id"]) for each in table("texts")["licenses"] if len(words) <= each["most"] and _is(each, line, first)}
    return known.pop() if len(known) == 1 else None


def _is(each: dict[str, Any], line: str, first: str) -> bool:
    titled = "title" not in each or any(f" {title} " in first for title in each["title"])
    whole = all(f" {phrase} " in line for phrase in each["all"]) and not any(f" {phrase} " in line for phrase in each.get("none", ()))
    return titled and whole and not any(f" {word} " in line for word in _foreign() if word not in each.get("own", ()))


@cache
def _foreign() -> tuple[str, ...]:
    return tuple(table("texts")["foreign"])


def _creative_commons(line: str, first: str) -> str | None:
    """A legal code of Creative Commons: its name says the elements, and its clauses must say the same."""
    match = _CC4.search(line)
    if match is not None:
        said = {
            "NC": " for noncommercial purposes only " in line,
            "ND": " but not share adapted material " in line,
            "SA": " compatible license means a license listed at " in line,
        }
        return _named(match[1], "4.0", said)
    match = _CC.search(first)
    if match is None or " provided under the terms of this creative commons public license " not in line:
        return None
    derived = " create and reproduce adaptations " in line or " create and reproduce derivative works " in line
    said = {
        "NC": " primarily intended for or directed toward commercial advantage " in line,
        "ND": not derived,
        "SA": " with the same license elements " in line or " a derivative work only under the terms of this license " in line,
    }
    return _named(match[1], f"{match[2]}.{match[3]}", said)


def _named(elements: str, version: str, said: dict[str, bool]) -> str | None:
    squeezed = elements.replace(" ", "")
    named = {"NC": "noncommercial" in squeezed, "ND": "noderiv" in squeezed, "SA": "sharealike" in squeezed}
    rest = re.sub(r"noncommercial|noderivatives|noderivs|sharealike", "", squeezed)
    if rest or named != said:
        return None
    kind = "-".join(["BY", *(element for element in ("NC", "ND", "SA") if named[element])])
    return spdx.licenses().get(f"cc-{kind}-{version}".casefold())
