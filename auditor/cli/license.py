"""`auditor license`: a licence name as an SPDX expression, and whether sources under several licences may be mixed."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.licenses import Resolution
    from auditor.licenses.compatibility import Answer, Mix, Reason

UNDER = "Ask whether the mix may be published under this licence (default: list all that may)."
MIX = "Ask whether sources under the licences NAME may become one dataset."
NO_ADVICE = (
    "What licence texts say, by rules/licenses/compatibility.yaml; no legal advice. Training is another question: auditor scan --use."
)
SAID = {"allow": "yes", "unclear": "unclear", "deny": "no"}
FIRST = 12
"""Licences that are named in a line of the answer for people."""


@click.command("license")
@click.argument("name", nargs=-1, required=True)
@click.option("--mix", "mixing", is_flag=True, help=MIX)
@click.option("--under", metavar="LICENSE", help=UNDER)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to answer.")
@click.pass_context
def command(ctx: click.Context, name: tuple[str, ...], mixing: bool, under: str | None, form: str) -> None:
    """Turn the licence NAME into an SPDX expression; `-` reads names from standard input, one a line.

    Nothing is guessed: a family ("gpl"), a name without its version or several licences at once are said to be ambiguous.
    With --mix, NAMEs are the licences of sources that are to become one dataset.

    \b
    Example:
      auditor license "CC BY-NC-SA 4.0"
      auditor license --mix CC-BY-4.0 ODbL-1.0
      auditor license --mix CC-BY-4.0 MIT --under CC-BY-SA-4.0

    \b
    Exit codes:
      0 all resolved; with --mix: yes   1 not all; with --mix: no, or unclear   2 wrong option or name
    """
    from auditor.licenses import resolve

    if under is not None and not mixing:
        raise click.UsageError("--under is the licence of a mix: give --mix and the licences of its sources", ctx)
    if not mixing and len(name) > 1:
        raise click.UsageError(f"one NAME is expected, not {len(name)}: quote a name of several words, or ask with --mix", ctx)
    names = _given(name)
    if mixing:
        ctx.exit(_mixed(names, under, form))
    found = [resolve(each) for each in names]
    for each in found:
        click.echo(_as_json(each) if form == "json" else _as_text(each, len(found) > 1))
    ctx.exit(0 if all(each.status == "resolved" for each in found) else 1)


def _given(name: tuple[str, ...]) -> list[str]:
    """The names, or the lines of standard input."""
    if name != ("-",):
        return list(name)
    names = sys.stdin.buffer.read().decode("utf-8", "replace").split("\n")
    if names[-1] == "":
        names.pop()
    return [each.removesuffix("\r") for each in names]


def _as_json(found: Resolution) -> str:
    fields = ("input", "expression", "status", "suggestions")
    return json.dumps({field: getattr(found, field) for field in fields})


def _as_text(found: Resolution, several: bool) -> str:
    from auditor.reports.wording import visible

    answer = found.expression or found.status
    if found.note:
        answer += f" ({found.note})"
    if found.suggestions and not found.expression:
        answer += f"; did you mean {', '.join(found.suggestions)}?"
    return visible(f"{found.input}: {answer}" if several else answer)


# ── mixing ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mixed(names: list[str], under: str | None, form: str) -> int:
    """The answer is printed; 0 where it is yes."""
    from auditor.licenses.compatibility import collection, may, mix

    if not names:
        raise AuditorError("no licence is named", "give the licences of the sources: auditor license --mix CC-BY-4.0 ODbL-1.0")
    sources = [_expression(each) for each in names]
    apart = collection(sources)
    if under is None:
        found = mix(sources)
        click.echo(json.dumps({**asdict(found), "collection": _listed(apart)}) if form == "json" else _mix_text(found, apart))
        return 0 if found.answer == "allow" else 1
    try:
        answer = may(sources, _expression(under))
    except ValueError as error:
        raise AuditorError(f"--under: {error}", "name the one licence of the whole") from None
    click.echo(json.dumps({**asdict(answer), "collection": _listed(apart)}) if form == "json" else _answer_text(answer, apart))
    return 0 if answer.answer == "allow" else 1


def _expression(name: str) -> str:
    """The expression that a name means; a LicenseRef stays one, and terms that are not on the SPDX list become one."""
    from auditor.licenses import resolve
    from auditor.licenses.expression import parse, render

    found = resolve(name)
    if found.expression is not None:
        return found.expression
    if found.reason == "reference":
        return render(parse(name.strip()))
    if found.reason == "public-domain":
        return "LicenseRef-public-domain"
    if found.reference is not None:
        return found.reference
    proposed = f"did you mean {', '.join(found.suggestions)}? " if found.suggestions else ""
    raise AuditorError(f"{name!r} is not one licence: {found.note}", f"{proposed}name an SPDX id such as CC-BY-4.0")


def _listed(reasons: tuple[Reason, ...]) -> list[dict[str, object]]:
    return [asdict(each) for each in reasons]


def _answer_text(found: Answer, apart: tuple[Reason, ...]) -> str:
    lines = [f"As one dataset under {found.under}: {SAID[found.answer]}"]
    lines += [line for each in found.reasons for line in _reason(each, SAID[each.answer])]
    return "\n".join([*lines, *_collection_text(apart)])


def _mix_text(found: Mix, apart: tuple[Reason, ...]) -> str:
    if found.outcomes:
        lines = [f"As one dataset: yes, under {_some(found.outcomes)}"]
    elif found.unclear:
        lines = [f"As one dataset: unclear; perhaps under {_some(found.unclear)}"]
    else:
        lines = ["As one dataset: no, there is no licence under which all of it may be published"]
    for pair in found.pairs:
        if pair.answer != "allow":
            lines += [f"  {pair.left} with {pair.right}: {SAID[pair.answer]}", *(f"    {each}" for each in pair.reason.split("; "))]
    return "\n".join([*lines, *_collection_text(apart)])


def _collection_text(apart: tuple[Reason, ...]) -> list[str]:
    known = all(each.answer == "allow" for each in apart)
    head = "As a collection of parts that stay apart: " + ("yes, each part under its own licence" if known else "unclear")
    return ["", head, *(line for each in apart for line in _reason(each)), "", NO_ADVICE]


def _reason(reason: Reason, answer: str = "") -> list[str]:
    """Two lines: who says what, and where."""
    chosen = f" (of {reason.source}, {reason.chosen} is chosen)" if reason.chosen else ""
    said = f"  {reason.license or 'a source'}{chosen}: " + (f"{answer}; " if answer else "") + reason.text
    said += f" ({reason.clause})" if answer and reason.clause else ""
    return [said, *([f"    {reason.url}"] if reason.url else [])]


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - FIRST
    return ", ".join(names[:FIRST]) + (f" and {more} more" if more > 0 else "")
