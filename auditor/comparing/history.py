"""The saved reports of a folder in a row: what each run said of a dataset, and what had changed since the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor import saved
from auditor.baseline import counts
from auditor.comparing import blocks
from auditor.comparing.blocks import NONE, Block
from auditor.comparing.sides import is_report
from auditor.model import AuditorError, Json, Report, Severity
from auditor.reports.views import VERDICTS, leaks
from auditor.reports.wording import counted, moment, number, percent, said

SCHEMA = "auditor/history/1"
BARS = "▁▂▃▄▅▆▇█"
ROWS = 100
"""Runs of a dataset that a page shows, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one report says: `leaked` by evaluation split, `places` of each finding that nobody has waived, by its fingerprint."""

    file: str
    dataset: str
    started: str
    digest: str
    verdict: str
    rows: int | None
    leaked: Mapping[str, float]
    severities: Mapping[str, int]
    waived: int
    concluded: str | None
    places: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The runs of each dataset, the oldest first, and the files that were left out, with the reason."""

    runs: Mapping[str, Sequence[Run]]
    skipped: Sequence[tuple[str, str]]


def history(folder: Path) -> History:
    """The history that the files *.json in a folder tell. AuditorError where none of them is a report."""
    if not folder.is_dir():
        raise AuditorError(f"{folder} is no folder", "name the folder with the JSON reports")
    runs, skipped = [], []
    for path in sorted(each for each in folder.iterdir() if each.suffix.lower() == ".json"):
        try:
            if is_report(str(path)):
                runs.append(_run(path))
            else:
                skipped.append((path.name, "it is no report"))
        except AuditorError as error:
            skipped.append((path.name, f"it is broken: {error.message}"))
        except OSError as error:
            skipped.append((path.name, f"it cannot be read: {error.strerror}"))
    if not runs:
        found = f": {counted(len(skipped), 'file')} *.json, and none is one" if skipped else ""
        cure = "save reports there with `auditor scan DATASET -o json:FOLDER/REPORT.json`"
        raise AuditorError(f"{folder.name} has no report{found}", cure)
    runs.sort(key=lambda run: (run.started, run.file))
    names = sorted({run.dataset for run in runs})
    return History(runs={name: [run for run in runs if run.dataset == name] for name in names}, skipped=skipped)


def _run(path: Path) -> Run:
    report = saved.load(path)
    try:
        return _told(path.name, report)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise AuditorError(f"{path.name} does not have the shape of a report ({type(error).__name__})", saved.CURE) from None


def _told(file: str, report: Report) -> Run:
    rows = [split["rows"] for split in report.dataset["splits"].values()]
    mine = [each for each in report.findings if each.waived is None]
    return Run(
        file=file,
        dataset=str(report.dataset["name"]),
        started=moment(report),
        digest=str(report.dataset["digest"]),
        verdict=report.verdict,
        rows=None if None in rows else sum(rows),
        leaked={leak.split: leak.share for leak in leaks(report)},
        severities={str(level): sum(each.severity == level for each in mine) for level in reversed(Severity)},
        waived=len(report.findings) - len(mine),
        concluded=report.sections.get("license", {}).get("concluded"),
        places=counts(report.findings),
    )


def changes(before: Run | None, run: Run) -> list[str]:
    """What had changed since the run before, in words."""
    if before is None:
        return []
    told = [] if before.digest == run.digest else ["other data"]
    if before.verdict != run.verdict:
        told.append(f"verdict {before.verdict} → {run.verdict}")
    if before.rows is not None and run.rows is not None and before.rows != run.rows:
        told.append(f"rows {run.rows - before.rows:+,}")
    for split in sorted(before.leaked.keys() & run.leaked.keys()):
        was, is_ = before.leaked[split], run.leaked[split]
        told += [f"{split} {'↑' if is_ > was else '↓'} {percent(was)} → {percent(is_)} leaked"] if was != is_ else []
    for word, more, less in (("new", run.places, before.places), ("gone", before.places, run.places)):
        count = len(more.keys() - less.keys())
        told += [f"{counted(count, 'finding')} {word}"] if count else []
    grown = sum(run.places[each] > before.places[each] for each in run.places.keys() & before.places.keys())
    told += [f"{counted(grown, 'finding')} grown"] if grown else []
    if before.concluded != run.concluded:
        told.append(f"licence {said(before.concluded)} → {said(run.concluded)}")
    return told


def document(found: History, last: int | None = None) -> dict[str, Json]:
    """The history as `auditor/history/1` has it, of each dataset the last runs only where so many are asked for."""
    runs = {name: [_row(*pair) for pair in _pairs(some, last)] for name, some in found.runs.items()}
    datasets = [{"name": name, "runs": rows, "count": len(found.runs[name])} for name, rows in runs.items()]
    return {"schema": SCHEMA, "datasets": datasets, "skipped": [{"file": file, "why": why} for file, why in found.skipped]}


def _pairs(runs: Sequence[Run], last: int | None) -> list[tuple[Run | None, Run]]:
    """Each run with the one before."""
    pairs: list[tuple[Run | None, Run]] = list(zip([None, *runs], runs, strict=False))
    return pairs if last is None else pairs[-last:]


def _row(before: Run | None, run: Run) -> dict[str, Json]:
    names = ("file", "started", "digest", "verdict", "rows", "leaked", "severities", "waived", "concluded")
    return {name: getattr(run, name) for name in names} | {"findings": len(run.places), "changes": changes(before, run)}


def text(found: History, last: int | None = None) -> str:
    """The history for a terminal."""
    return blocks.text(list(_blocks(found, last)), summary(found))


def markdown(found: History, last: int | None = None) -> str:
    """The history as Markdown, short enough for a comment."""
    return blocks.markdown(list(_blocks(found, last)), summary(found), "Made by auditor history.")


def summary(found: History) -> str:
    """What was read, in one line."""
    count = sum(map(len, found.runs.values()))
    skipped = f"; {counted(len(found.skipped), 'file')} left out" if found.skipped else ""
    return f"{counted(count, 'report')} on {counted(len(found.runs), 'dataset')}{skipped}"


def _blocks(found: History, last: int | None) -> Iterator[Block]:
    heads = ("run", "digest", "verdict", "rows", "leaked", "findings", "licence", "file", "since the one before")
    for name, runs in found.runs.items():
        pairs = _pairs(runs, last)[-ROWS:]
        yield Block(title=name, lines=list(_trends([run for _, run in pairs])), heads=heads, rows=[_cells(*pair) for pair in pairs],
                    count=len(runs))  # fmt: skip
    if found.skipped:
        some = [f"{file}: {why}" for file, why in found.skipped[:ROWS]]
        more = [f"and {counted(len(found.skipped) - ROWS, 'more file')}"] if len(found.skipped) > ROWS else []
        yield Block(title="Left out", lines=[*some, *more])


def _cells(before: Run | None, run: Run) -> Sequence[str]:
    leaked = ", ".join(f"{split} {percent(share)}" for split, share in run.leaked.items()) or NONE
    found = ", ".join(f"{count} {level}" for level, count in run.severities.items() if count) or "none"
    found += f" ({number(run.waived)} waived)" if run.waived else ""
    return (
        run.started, run.digest.removeprefix("sha256:")[:12], VERDICTS[run.verdict], NONE if run.rows is None else number(run.rows),
        leaked, found, said(run.concluded), run.file, "; ".join(changes(before, run)) or (NONE if before is None else "nothing"),
    )  # fmt: skip


def _trends(runs: Sequence[Run]) -> Iterator[str]:
    """For each split that leaks and was in several runs a bar a run, as high as its share of the highest."""
    for split in dict.fromkeys(split for run in runs for split in run.leaked):
        shares = [run.leaked[split] for run in runs if split in run.leaked]
        if len(shares) > 1 and max(shares):
            bars = "".join(BARS[min(len(BARS) - 1, int(share / max(shares) * len(BARS)))] for share in shares)
            yield f"{split} leaked: {bars} from {percent(shares[0])} to {percent(shares[-1])}"
