"""`auditor scan DATASET`: the audit from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import completion
from auditor.cli.options import Checked, Headed, how, separated, together
from auditor.cli.output import FORMATTED, OUTPUTS, check_folders, written
from auditor.model import Severity

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.model import Report

JOIN = "How a split is compared with itself; datasketch: all splits, as a reference that misses too many to pass.  [default: auto]"
ENGINE = "Who judges the suite: Great Expectations (gx), the fast engine, fast and gx for the rest, or both.  [default: auto]"
AGAINST = "A benchmark or other dataset, or a keyed sketch of one, that must not be in the training split (repeatable)."
TABLE = "A table or view of a database that is read (repeatable; default: those whose names say a split)."
EMBARGO = "The least time between training and evaluation records: 7d, 36h, 90m, or a number where times are numbers."
BASELINE = "A saved JSON report: every split is also compared with the profile it has there."
WAIVERS = "Waived findings (default: the nearest auditor-waivers.yaml, looked for as the configuration is)."
KNOWN = "A saved JSON report: what it has does not fail, unless there is more of it."
USE = (
    "What the licence must permit (repeatable): train-commercial, train-research, evaluate, redistribute-data, redistribute-model,"
    " publish-outputs.  [default: what the policy asks for]"
)
WORKERS = "Processes that read files; each one after the first adds its share of --max-memory.  [default: 1]"
MEMORY = "Memory that the audit may use; what needs more is refused.  [default: 2G]"
WORK = "Keep partial results here: what was killed goes on, what is unchanged is not read again."
POLICY = "What is not accepted: default, strict, research, or another of `rules/policies`, or a file.  [default: default]"

RULES: Mapping[str, Any] = {"multiple": True, "callback": separated, "metavar": "RULES", "shell_complete": completion.rules}

HEADINGS = {
    "What is read": ("split", "split_column", "subset", "table", "query"),
    "What the columns are for": ("text", "label", "id", "group", "time", "embargo"),
    "What is looked for": (
        *("config", "select", "ignore", "against", "key", "schema", "schema_engine"),
        *("threshold", "shingle", "join", "drift_baseline"),
    ),
    "What is accepted": ("policy", "use", "fail_on", "waivers", "baseline", "lock"),
    "What comes out": ("output", "evidence", "write_lock", "no_text", "quiet", "verbose", "no_color"),
    "How it is done": ("workers", "max_memory", "work_dir", "dry_run"),
}


def _split(value: str) -> tuple[str, str]:
    name, equals, glob = value.partition("=")
    if not (name and equals and glob):
        raise ValueError(f"{value!r} is not NAME=GLOB, such as train=data/train-*.parquet")
    return name, glob


def _query(value: str) -> tuple[str, str]:
    name, equals, query = value.partition("=")
    if not (name.strip() and equals and query.strip()):
        raise ValueError(f"{value!r} is not SPLIT=SQL: the name of a split, an equals sign and a query")
    return name.strip(), query


def _size(value: str) -> int:
    from auditor.running.work import size

    return size(value)


def _shingle(value: str) -> str:
    from auditor.config import shingle

    return shingle(value)


def _embargo(value: str) -> str:
    from auditor.tabular.embargo import embargo

    return embargo(value)


def _uses(value: str) -> tuple[str, ...]:
    from auditor.licenses.uses import uses

    return uses([each.strip() for each in value.split(",") if each.strip()])


@click.command("scan", cls=Headed, headings=HEADINGS)
@click.argument("dataset")
@click.option("--split", multiple=True, type=Checked("NAME=GLOB", _split), help="Which files make which split (repeatable).")
@click.option("--split-column", metavar="COLUMN", help="The column that names each record's split, where one table holds several.")
@click.option("--subset", multiple=True, metavar="NAME", help="A configuration of a Hugging Face card (repeatable; default: all).")
@click.option("--table", multiple=True, metavar="NAME", help=TABLE)
@click.option("--query", multiple=True, type=Checked("SPLIT=SQL", _query), help="A query whose rows are of a split (repeatable).")
@click.option("--text", multiple=True, metavar="COLUMN", help="A column that is compared as text (repeatable; default: found out).")
@click.option("--label", metavar="COLUMN", help="The column with the label.")
@click.option("--id", metavar="COLUMN", help="The column with the record's key.")
@click.option("--group", metavar="COLUMN", help="The column that names whom or what a record belongs to.")
@click.option("--time", metavar="COLUMN", help="The column with the record's time.")
@click.option("--embargo", type=Checked("GAP", _embargo), help=EMBARGO)
@click.option("--config", metavar="FILE", help="The configuration (default: the nearest auditor.yaml from the working directory upwards).")
@click.option("--select", **RULES, help="Look only for these: ids, names or families.")
@click.option("--ignore", **RULES, help="Do not look for these: ids, names or families.")
@click.option("--against", multiple=True, metavar="PATH", help=AGAINST)
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help="The key of the sketches among --against.")
@click.option("--schema", metavar="FILE", help="A rule file or Great Expectations suite that every split must meet.")
@click.option("--schema-engine", type=click.Choice(["auto", "gx", "fast", "both"]), help=ENGINE)
@click.option("--threshold", type=click.FloatRange(0.1, 1), metavar="FLOAT", help="Jaccard similarity of near duplicates.  [default: 0.8]")
@click.option("--shingle", type=Checked("SHINGLE", _shingle), help="auto, word:N or char:N: what is compared.  [default: auto]")
@click.option("--join", type=click.Choice(["auto", "exact", "lsh", "datasketch"]), help=JOIN)
@click.option("--drift-baseline", metavar="REPORT", help=BASELINE)
@click.option("--policy", shell_complete=completion.policies, metavar="NAME|FILE", help=POLICY)
@click.option("--use", type=Checked("USE", _uses), multiple=True, callback=together, help=USE)
@click.option("--fail-on", type=click.Choice([str(each) for each in Severity]), help="Exit with 1 from this severity on.  [default: high]")
@click.option("--waivers", metavar="FILE", help=WAIVERS)
@click.option("--baseline", metavar="REPORT", help=KNOWN)
@click.option("--lock", metavar="FILE", help="What was stated of licences earlier: say what differs now.")
@click.option("-o", "output", **FORMATTED, help=OUTPUTS)
@click.option("--evidence", type=click.Path(path_type=Path), metavar="DIR", help="Write every pair, cluster and place as Parquet.")
@click.option("--write-lock", type=click.Path(path_type=Path), metavar="FILE", help="Write what is stated of licences, for --lock.")
@click.option("--no-text", is_flag=True, help="Let no record's text into any output.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, metavar="N", help=WORKERS)
@click.option("--max-memory", type=Checked("SIZE", _size), default="2G", metavar="SIZE", help=MEMORY)
@click.option("--work-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help=WORK)
@click.option("--dry-run", is_flag=True, help="Say what would be read, compared and looked for, and audit nothing.")
@click.option("--quiet", is_flag=True, help="No progress; of the text report only the verdict.")
@click.option("--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.option("--no-color", is_flag=True, help="No colours (as the environment variable NO_COLOR).")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.pass_context
def command(ctx: click.Context, /, dataset: str, **options: Any) -> None:
    """Audit DATASET, a folder, file or database: does test data stand in training data, does it keep its schema, may it be used?

    \b
    Example:
      auditor scan my_dataset/ --label label -o text -o html:report.html

    \b
    Exit codes:
      0 may pass   1 may not   2 wrong option or configuration
      3 the audit could not be completed
    """
    from auditor.policy import EXIT_CODES
    from auditor.reports import evidence

    check_folders(options)
    if options["dry_run"]:
        _planned(dataset, options)
        return
    report = _audited(dataset, options)
    if options["evidence"] is not None:
        evidence.write(report, options["evidence"])
    if options["write_lock"] is not None:
        _lock(report, options["write_lock"])
    written(report, options)
    ctx.exit(EXIT_CODES[report.verdict])


def asked_for(place: str, options: Mapping[str, Any]) -> tuple[Config, tuple[Path, ...]]:
    """What is asked for, and the file that says so."""
    from auditor import config

    asked = config.override(config.load(options["config"], Path.cwd(), Path(place)), _of_config(options))
    return asked, (Path(options["config"]),) if options["config"] else ()


def _audited(place: str, options: Mapping[str, Any]) -> Report:
    from auditor.cli.progress import watching
    from auditor.running.auditing import audited

    asked, apart = asked_for(place, options)
    with watching(options) as progress:
        return audited(place, asked, how(options), progress, apart=apart, key=options["key"])


def _planned(place: str, options: Mapping[str, Any]) -> None:
    from auditor.cli.planned import lines
    from auditor.cli.progress import watching
    from auditor.running.auditing import planned

    asked, apart = asked_for(place, options)
    with watching(options) as progress:
        plan = planned(place, asked, how(options), progress, apart=apart, key=options["key"])
    for line in lines(plan):
        click.echo(line)


def _of_config(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that configure the audit, as the configuration has them."""
    from auditor.config import SHAPE

    given = {key: value for key, value in options.items() if key in SHAPE or key == "no_text"}
    if given["fail_on"] is not None:
        given["fail_on"] = Severity.of(given["fail_on"])
    return given


def _lock(report: Report, path: Path) -> None:
    from auditor.doors.files import replacing
    from auditor.licenses import lock

    text = lock.made(report)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
