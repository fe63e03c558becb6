"""What is shown of a comparison, as headings, sentences and tables, and the two ways to write them: for a terminal and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.reports.markdown import inert
from auditor.reports.wording import counted, cut, unheeded, visible

ROOM = 65_000
"""Characters of a page of Markdown: a comment on a pull request may have 65,536."""
RESERVE = 400
"""Of these so many are kept for the last lines."""
CELL, NAME, WIDTH, LAST = 320, 160, 40, 100
"""The most characters of a sentence, of a cell in Markdown, of a cell on a terminal, and there of the last one of a row."""

NONE = "–"
"""What stands in a cell that has nothing to say; Markdown would take a hyphen for a list."""

_NUMBER = re.compile(rf"[<>]? ?[\d,.]+( %)?|{NONE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading with sentences and a table beneath. `count` is the true number of rows where not all of them are here; texts are raw."""

    title: str
    lines: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """How many rows are left out."""
        return max(0, self.count - len(self.rows))


def text(blocks: Sequence[Block], last: str) -> str:
    """The blocks for a terminal, and a last line; nothing in it is a control character, and no line is a command to a build server."""
    lines = [line for block in blocks for line in (*_block(block), "")]
    return "".join(f"{unheeded(line).rstrip()}\n" for line in [*lines, visible(last)])


def _block(block: Block) -> Iterator[str]:
    yield visible(block.title)
    yield from (f"  {cut(visible(line), CELL)}" for line in block.lines)
    limits = [*[WIDTH] * (len(block.heads) - 1), LAST]
    table = [[*map(cut, map(visible, row), limits)] for row in (block.heads, *block.rows)] if block.rows else []
    columns = [_aligned(column) for column in zip(*table, strict=True)]
    yield from ("  " + "  ".join(row) for row in zip(*columns, strict=True))
    if block.more:
        yield f"  and {counted(block.more, 'more row')}; -o json lists all of them"


def _aligned(column: Sequence[str]) -> list[str]:
    """The cells of a column in one width: numbers to the right, words to the left."""
    width, numeric = max(map(len, column)), all(_NUMBER.fullmatch(cell) for cell in column[1:])
    return [cell.rjust(width) if numeric else cell.ljust(width) for cell in column]


def markdown(blocks: Sequence[Block], first: str, last: str, room: int = ROOM) -> str:
    """The blocks as GitHub-flavoured Markdown of at most `room` characters: where there is none left, rows are counted instead."""
    lines, used = [f"## {inert(first)}", ""], len(first) + 2 * CELL
    for block in blocks:
        for line in _page(block, room - RESERVE - used):
            lines.append(line)
            used += len(line) + 1
    return "\n".join([*lines, inert(last), ""])


def _page(block: Block, room: int) -> Iterator[str]:
    """A block in at most so many characters; nothing where not even its heading has room."""
    head = [f"### {inert(block.title, NAME)}", ""]
    body = [f"- {inert(line)}" for line in block.lines]
    heads = [f"| {' | '.join(block.heads)} |", "|" + "---|" * len(block.heads)] if block.rows else []
    rows = [f"| {' | '.join(inert(cell, NAME) for cell in row)} |" for row in block.rows]
    left = room - sum(len(line) + 1 for line in (*head, *heads)) - RESERVE // 2
    if left < 0:
        return
    yield from head
    for lines, noun, above in ((body, "more line", []), (rows, "more row", heads)):
        shown = 0
        for line in lines:
            left -= len(line) + 1
            if left < 0:
                break
            shown += 1
        yield from above if shown else ()
        yield from lines[:shown]
        yield from [""] if shown else []
        missing = len(lines) - shown + (block.more if noun == "more row" else 0)
        yield from [f"and {counted(missing, noun)}", ""] if missing else []
