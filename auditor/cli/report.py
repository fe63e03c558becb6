"""`auditor report SAVED.json`: a saved report in other formats, or judged anew, without the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import completion
from auditor.cli.options import Headed
from auditor.cli.output import FORMATTED, OUTPUTS, written
from auditor.model import AuditorError, Severity

if TYPE_CHECKING:
    from auditor.model import Report

HEADINGS = {
    "What is accepted": ("policy", "fail_on", "waivers", "baseline", "lock"),
    "What comes out": ("output", "quiet", "no_color"),
}
POLICY = "Judge by this policy instead of the one of the audit: default, strict, research, or a file."
WAIVERS = "Judge with the waivers in this file instead of those of the audit."


@click.command("report", cls=Headed, headings=HEADINGS)
@click.argument("saved", type=click.Path(path_type=Path))
@click.option("--policy", shell_complete=completion.policies, metavar="NAME|FILE", help=POLICY)
@click.option("--fail-on", type=click.Choice([str(each) for each in Severity]), help="Exit with 1 from this severity on.")
@click.option("--waivers", metavar="FILE", help=WAIVERS)
@click.option("--baseline", metavar="REPORT", help="A saved JSON report: what it has does not fail, unless there is more of it.")
@click.option("--lock", metavar="FILE", help="What was stated of licences earlier: say what differs now.")
@click.option("-o", "output", **FORMATTED, help=OUTPUTS)
@click.option("--quiet", is_flag=True, help="Of the text report only the verdict.")
@click.option("--no-color", is_flag=True, help="No colours (as the environment variable NO_COLOR).")
@click.pass_context
def command(ctx: click.Context, /, saved: Path, **options: Any) -> None:
    """Write the JSON report SAVED in other formats, and judge it anew where an option under "What is accepted" is given.

    The data is not read. What was found stays; how bad it is, what is waived, and the verdict may change. A report that is not judged
    anew says what it said on its day; one that is, is judged by today's date (which waivers have ended by then counts).

    \b
    Example:
      auditor scan my_dataset/ -o json:report.json
      auditor report report.json -o html:report.html --fail-on medium

    \b
    Exit codes:
      0 may pass   1 may not   2 wrong option or file
      3 the audit could not be completed
    """
    from auditor import saved as reports
    from auditor.policy import EXIT_CODES

    report = reports.load(saved)
    try:
        report = _judged(report, options)
        written(report, options)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise AuditorError(f"{saved.name} does not have the shape of a report ({type(error).__name__})", reports.CURE) from None
    ctx.exit(EXIT_CODES[report.verdict])


def _judged(report: Report, options: dict[str, Any]) -> Report:
    asked = {name: options[name] for name in HEADINGS["What is accepted"] if options[name] is not None}
    if not asked:
        return report
    from auditor.running.judging import again

    if "fail_on" in asked:
        asked["fail_on"] = Severity.of(asked["fail_on"])
    return again(report, **asked)
