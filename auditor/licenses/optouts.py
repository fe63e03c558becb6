"""Opt-outs that were saved with a crawl: robots.txt, ai.txt, tdmrep.json, rsl.xml. They are recorded, never fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.dataset import Document
from auditor.licenses.vocabularies import table

MOST = 1_000
"""Opt-outs that are told of one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A line of `file` by which somebody reserves the use of their works for training."""

    file: str
    line: int
    signal: str
    text: str


def find(documents: tuple[Document, ...]) -> tuple[OptOut, ...]:
    """The opt-outs in all documents of the known names, in the order of files and lines."""
    return tuple(each for document in documents for each in _read(document))


def looked(documents: tuple[Document, ...]) -> int:
    """How many documents could hold one."""
    return sum(_reader(each.path) is not None for each in documents)


def _read(document: Document) -> list[OptOut]:
    reader = _reader(document.path)
    if reader is None or document.text is None:
        return []
    found = islice(reader(document.text), MOST)
    return [OptOut(file=document.path, line=line, signal=signal, text=" ".join(text.split())[:200]) for line, signal, text in found]


def _reader(path: str) -> Callable[[str], Iterator[tuple[int, str, str]]] | None:
    name = path.rpartition("/")[2].casefold()
    return {"robots.txt": _robots, "ai.txt": _robots, "tdmrep.json": _tdmrep, "rsl.xml": _rsl}.get(name)


def _robots(text: str) -> Iterator[tuple[int, str, str]]:
    """Groups that shut an agent that collects for training out of everything, and signals that reserve training."""
    crawlers = {str(each).casefold() for each in table("crawlers")["agents"]}
    agents: set[str] = set()
    heading = False
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        field, said = key.casefold(), value.casefold()
        if field == "user-agent":
            agents = {*agents, said} if heading else {said}
            heading = True
            continue
        heading = False
        if field == "disallow" and value in {"/", "/*", "*"} and agents & crawlers:
            yield number, "robots", f"{', '.join(sorted(agents & crawlers))}: {line.strip()}"
        elif field in {"content-signal", "content-usage"} and re.search(r"\b(?:ai-train|train-ai)\s*=\s*(?:no?|n)\b", said):
            yield number, field, line.strip()


def _tdmrep(text: str) -> Iterator[tuple[int, str, str]]:
    """TDM Reservation Protocol: `tdm-reservation` is 1 (any other value is no reservation)."""
    try:
        rules = json.loads(text)
    except (ValueError, RecursionError):
        return
    for each in rules if isinstance(rules, list) else []:
        if isinstance(each, dict) and each.get("tdm-reservation") in {1, "1"} and each.get("tdm-reservation") is not True:
            yield 1, "tdmrep", f"{each.get('location', '*')}: tdm-reservation 1"


def _rsl(text: str) -> Iterator[tuple[int, str, str]]:
    """Really Simple Licensing 1.0: uses that are prohibited (read as text, no XML is parsed)."""
    for match in re.finditer(r"<prohibits[^>]{0,200}>([^<]{0,500})</prohibits>", text, re.IGNORECASE):
        if re.search(r"\b(?:all|ai-all|ai-train|train-ai)\b", match[1]):
            yield text.count("\n", 0, match.start()) + 1, "rsl", match[0]
