"""`auditor waive FINGERPRINT`: an exception with a reason, an owner and an end, written where `auditor scan` finds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.model import Finding, Report
    from auditor.waivers.file import Waiver

SHORTEST = 8
"""Digits of a fingerprint that are enough where a report is named and no other begins with them."""


@click.command("waive")
@click.argument("fingerprint")
@click.option("--until", required=True, metavar="DATE", help="The last day, such as 2027-01-31; at most 366 days ahead.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is accepted.")
@click.option("--owner", required=True, metavar="WHO", help="Who answers for it.")
@click.option("--ticket", metavar="TEXT", help="Where it is followed up.")
@click.option("--report", type=click.Path(path_type=Path), metavar="REPORT", help="The JSON report that has the finding.")
@click.option("--waivers", type=click.Path(path_type=Path), metavar="FILE", help="The file to write to.")
@click.option("--config", metavar="FILE", help="The configuration (default: as `auditor scan` finds it).")
def command(
    fingerprint: str, until: str, reason: str, owner: str, ticket: str | None, report: Path | None, waivers: Path | None, config: str | None
) -> None:
    """Accept a finding, or one place of it, for a time: FINGERPRINT stands in the JSON report and in findings.parquet.

    The waiver goes to auditor-waivers.yaml beside the configuration, or in the working directory. With --report the beginning of the
    fingerprint is enough, and a waiver of a finding covers as many places as the report counts; without it, one. What is waived stays in
    every report, marked as such. When a waiver ends, or the finding grows, it counts again.

    \b
    Example:
      auditor waive 6f1c2d3e --report report.json --until 2027-01-31 --owner jane@example.org --reason "quotations of one law"

    \b
    Exit codes:
      0 written   2 wrong option or file
    """
    from auditor import config as configuration
    from auditor.doors.files import replacing
    from auditor.reports.wording import visible
    from auditor.waivers import file

    print_, finding, places = _meant(fingerprint.lower(), report)
    path = waivers or configuration.waivers_file(config, Path.cwd())
    rule = None if finding is None else finding.rule
    said = {"until": until, "owner": owner, "reason": reason, "ticket": ticket}
    waiver = _checked(fingerprint=print_, places=places, rule=rule, file=path.name, **said)
    text, entry = file.added(path, waiver)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    covered = "" if finding is None else f", {visible(finding.message)}"
    click.echo(f"{path.name}: waived until {waiver.until}{covered}\n{visible(entry, keep=chr(10))}", nl=False)


def _checked(**said: Any) -> Waiver:
    """The waiver, which must not have ended, nor last too long."""
    from auditor.running.judging import now
    from auditor.waivers import file

    today = now().date()
    try:
        waiver = file.made(**said)
    except ValueError as error:
        raise AuditorError(f"--{error}", "see `auditor waive --help`") from None
    if waiver.until < today:
        raise AuditorError(f"--until: {waiver.until} is past", f"name a day from {today} on")
    file.not_beyond(waiver, today)
    return waiver


def _meant(given: str, path: Path | None) -> tuple[str, Finding | None, int]:
    """The fingerprint that is meant, the finding that it is of or that has the place, and how many places a waiver of it covers."""
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST},32}}", given):
        raise AuditorError(f"{given!r} is no fingerprint", f"a fingerprint has 32 hexadecimal digits; its first {SHORTEST} are the least")
    if path is None:
        if len(given) < 32:
            raise AuditorError(f"{given} is only the beginning of a fingerprint", "name the report that has it with --report")
        return given, None, 1
    from auditor import saved

    report = saved.load(path)
    found = _beginning(report, given)
    if len(found) > 1:
        raise AuditorError(
            f"{given} is the beginning of {len(found)} fingerprints in {path.name}", f"give more digits: {', '.join(sorted(found)[:5])}"
        )
    if not found and len(given) == 32 and any(len(each.where) < each.count for each in report.findings):
        return given, None, 1  # a place that the report does not list
    if not found:
        raise AuditorError(f"no finding or place in {path.name} has the fingerprint {given}", "look it up in the JSON report")
    ((print_, finding),) = found.items()
    return print_, finding, finding.count if print_ == finding.fingerprint else 1


def _beginning(report: Report, given: str) -> dict[str, Finding]:
    """The fingerprints that begin so, of findings and of places, each with its finding."""
    places = {print_: each for each in report.findings for place in each.where if (print_ := each.fingerprint_at(place)).startswith(given)}
    return places | {each.fingerprint: each for each in report.findings if each.fingerprint.startswith(given)}
