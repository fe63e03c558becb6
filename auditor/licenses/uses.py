"""What may be done with data under a licence expression: of AND the strictest licence counts, of OR the one that permits most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.licenses import expression
from auditor.licenses.expression import License
from auditor.licenses.facts import ANSWERS, USES, Answer, Cell, fact
from auditor.model import Json, meant

UNKNOWN = Cell(answer="unclear", clause="", source="", note="nobody has looked at this licence")
ADDED = Cell(answer="unclear", clause="", source="", note="an addition of the owner's own goes with it, which nobody has looked at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What may be done: the answer, the licences and cells it rests on, and, of an expression with OR, what was chosen of it."""

    answer: Answer
    because: tuple[tuple[str, Cell], ...] = ()
    chosen: str | None = None


def judged(found: str | None, use: str) -> Judged:
    """What an expression permits of one use; None, where the licence is not known, is unclear."""
    if found is None:
        return Judged(answer="unclear")
    tree = expression.parse(found)
    rank, best = expression.chosen(tree, lambda one: ANSWERS.index(cell(one, use).answer))
    cells = {expression.render(one): cell(one, use) for one in expression.licenses(best)}
    because = tuple((name, each) for name, each in cells.items() if each.answer == ANSWERS[rank])
    return Judged(answer=ANSWERS[rank], because=because, chosen=None if best == tree else expression.render(best))


def together(found: Sequence[Judged]) -> Judged:
    """What several statements permit that all hold: what the strictest does; unclear where there is none."""
    if not found:
        return judged(None, "")
    rank = max(ANSWERS.index(each.answer) for each in found)
    because = dict(pair for each in found for pair in each.because if each.answer == ANSWERS[rank])
    return Judged(answer=ANSWERS[rank], because=tuple(because.items()), chosen=next((each.chosen for each in found if each.chosen), None))


def judged_as_json(found: Judged) -> dict[str, Json]:
    """The answer as the report has it."""
    because = [{"license": name, "clause": each.clause, "source": each.source, "note": each.note} for name, each in found.because]
    return {"answer": found.answer, "because": because, "chosen": found.chosen}


def cell(one: License, use: str) -> Cell:
    """What one licence says of a use. An exception of the SPDX list only permits more; an addition of somebody's own may forbid."""
    known = fact(one.id)
    found = known.uses[use] if known is not None else UNKNOWN
    own = (one.exception or "").startswith("AdditionRef-")
    return ADDED if own and found.answer != "deny" else found


def asked(use: Sequence[str], roles: Mapping[str, Sequence[str]], split: str) -> tuple[str, ...]:
    """The uses that are asked for of a split: those of its role, else `use`. A role is the name of a split, of any configuration."""
    own = roles.get(split, roles.get(split.rpartition("/")[2]))
    return tuple(own if own is not None else use)


def roles(value: Json) -> dict[str, tuple[str, ...]]:
    """The uses by the split that they are asked of, from a mapping such as {test: {use: [evaluate]}}; ValueError for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) and set(each) == {"use"} for each in value.values()):
        raise ValueError(f"a mapping such as `test: {{use: [evaluate]}}` is expected, not {value!r}")
    return {str(split): uses(each["use"]) for split, each in value.items()}


def uses(value: Json) -> tuple[str, ...]:
    """A use, or a list of them, each once and in the order of USES; ValueError says what is expected instead."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"a use or a list of uses is expected, not {value!r}")
    for item in items:
        if item not in USES:
            raise ValueError(f"there is no use {item!r}; {meant(item, USES)}known are {', '.join(USES)}")
    return tuple(each for each in USES if each in items)
