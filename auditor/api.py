"""Audits for programs and notebooks: `audit(data)` gives the report as a value. The audit runs in a process of its own."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from auditor import model, saved
from auditor.model import AuditorError

if TYPE_CHECKING:
    import pandas as pd

JUDGED = (0, 1, 3)
"""Exit codes of an audit that wrote its report."""


class NotAcceptedError(AssertionError):
    """A dataset that may not pass: the verdict and the reasons for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(model.Report):
    """The audit as one value, with what a notebook or a test asks of it.

    Of a finding's places at most 100 are listed; `count` says how many there are, and `evidence=` of `audit` writes all of them.
    """

    @property
    def ok(self) -> bool:
        """Whether the dataset may pass; what could not be completed may not."""
        return self.verdict in {"pass", "pass-with-waivers"}

    def assert_ok(self) -> None:
        """NotAcceptedError, with the reasons, unless the dataset may pass."""
        if not self.ok:
            from auditor.reports.views import verdict_line
            from auditor.reports.wording import visible

            raise NotAcceptedError("\n".join([verdict_line(self), *(f"  {visible(each)}" for each in self.reasons)]))

    def to_pandas(self) -> pd.DataFrame:
        """A row for each finding, the worst first, with its first place; `count` says how many places there are."""
        import pandas as pd

        from auditor.reports.views import ordered

        return pd.DataFrame([_row(each) for each in ordered(self)], columns=list(_COLUMNS))

    def render(self, form: str) -> str:
        """The report in a format of `auditor scan -o`: text, json, html, markdown, ..."""
        from auditor.reports import render

        return render(form, self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, what became of each family of rules, and the findings; no script."""
        from auditor.reports.scorecard import render

        return render(self)


_COLUMNS = ("rule", "name", "severity", "message", "count", "waived", "split", "row", "column", "file", "line", "fingerprint")


def _row(finding: model.Finding) -> tuple[Any, ...]:
    first = next(iter(finding.where), model.Location())
    place = (first.split, first.row, first.column, first.file, first.line)
    said = (finding.rule, finding.name, str(finding.severity), finding.message, finding.count, finding.waived is not None)
    return (*said, *place, finding.fingerprint)


def audit(
    data: Any,
    *,
    split: Mapping[str, str] | None = None,
    split_column: str | None = None,
    text: Sequence[str] = (),
    label: str | None = None,
    id: str | None = None,  # noqa: A002 - as the option is called
    group: str | None = None,
    time: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    against: Sequence[str | Path] = (),
    schema: str | Path | None = None,
    policy: str | Path | None = None,
    use: Sequence[str] = (),
    fail_on: str | None = None,
    config: str | Path | None = None,
    waivers: str | Path | None = None,
    baseline: str | Path | None = None,
    evidence: str | Path | None = None,
    no_text: bool = False,
    workers: int = 1,
    max_memory: str | None = None,
) -> Report:
    """The report on a dataset: a path, or frames in memory, which become Parquet files in a folder that is removed again.

    A frame alone is the split `all`; a mapping {"train": frame, "test": frame} has one a split. The keywords are the options of
    `auditor scan`. The limits on memory and the lock on the network are those of the process that audits, not of this one.
    AuditorError where a keyword is wrong or nothing could be audited; an audit that was begun and could not be completed is a report.
    """
    arguments = list(_arguments({name: value for name, value in locals().items() if name != "data"}))
    if isinstance(data, str | Path):
        return scanned(data, arguments)
    with TemporaryDirectory(prefix="auditor-") as folder:
        return scanned(_placed(data, Path(folder) / "dataframe"), arguments)


def scanned(place: str | Path, arguments: Sequence[str]) -> Report:
    """The report on the dataset at `place`, by `auditor scan` with these arguments in a process of its own. Errors as in `audit`."""
    with TemporaryDirectory(prefix="auditor-") as folder:
        out = Path(folder) / "report.json"
        command = [sys.executable, "-P", "-m", "auditor", "scan", str(place), "--quiet", "-o", f"json:{out}", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode not in JUDGED or not out.is_file():
            raise _error(run)
        report = saved.load(out)
    return Report(**{field.name: getattr(report, field.name) for field in dataclasses.fields(report)})


def _arguments(options: Mapping[str, Any]) -> Iterator[str]:
    """The options of the command line that the keywords stand for."""
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            yield flag
        elif isinstance(value, Mapping):
            yield from (f"{flag}={key}={item}" for key, item in value.items())
        elif isinstance(value, list | tuple):
            yield from (f"{flag}={each}" for each in value)
        elif value is not None and value is not False:
            yield f"{flag}={value}"


def _error(run: subprocess.CompletedProcess[str]) -> AuditorError:
    """What the process that audited said on its way out."""
    message, _, cure = run.stderr.strip().removeprefix("auditor: ").partition("\n  cure: ")
    return AuditorError(message or f"the audit ended with status {run.returncode}", cure, code=max(run.returncode, 2))


def _placed(data: Any, home: Path) -> Path:
    """The folder, with a file for each frame."""
    home.mkdir()
    for name, frame in (data if isinstance(data, Mapping) else {"all": data}).items():
        _write(frame, str(name), home)
    return home


def _write(frame: Any, name: str, home: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not name or name.startswith((".", "_")) or "/" in name or "\0" in name:
        raise AuditorError(f"{name!r} cannot be the name of a split", "name the frames train, validation and test, say")
    if type(frame).__module__.partition(".")[0] == "polars":
        frame = frame.to_arrow()
    try:
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, home / f"{name}.parquet")
    except (AttributeError, TypeError, pa.ArrowException) as error:
        kind = f"{type(frame).__module__}.{type(frame).__name__}"
        cure = "give a path, or frames of pandas, polars or Arrow whose columns hold one type each"
        raise AuditorError(f"{name}: a {kind} cannot be written as a table ({str(error).splitlines()[0]})", cure) from error
