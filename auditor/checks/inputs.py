"""What the reader refused or died of, what was left out although it looks like data, and what the dataset says about its own audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, tally
from auditor.dataset import CODE, OWN_CONFIGURATION, Dataset, ShardResult, Trouble
from auditor.model import Example, Finding, Json, Location, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

_GOOD = Example(files={"train.jsonl": '{"text": "The ferry leaves at nine"}\n'})

INPUT001 = Rule(
    id="INPUT001",
    name="refused-record",
    severity=Severity.MEDIUM,
    summary="The reader refused records: bad UTF-8, a row with too few or too many cells, a truncated line, ...",
    why="Another reader may take the same bytes as something else: what a refused record says is not known, so it was not audited.",
    fix="Mend the records at the lines named, or let the policy allow a share of refused records (input.rejected).",
    failing=Example(files={"train.jsonl": '{"text": "The ferry leaves at nine"}\n{"text": "The ferry lea\n'}),
    passing=_GOOD,
)
INPUT002 = Rule(
    id="INPUT002",
    name="unreadable-file",
    severity=Severity.HIGH,
    summary="A data file could not be read, or not to its end.",
    why="What was not read was not audited: a leak or a fault may stand there.",
    fix="Replace the file by a sound copy, convert it to a format that is read, or move it out of the dataset.",
    failing=Example(files={**_GOOD.files, "test.parquet": "this is no Parquet file"}),
    passing=_GOOD,
)
INPUT003 = Rule(
    id="INPUT003",
    name="unparsable-document",
    severity=Severity.MEDIUM,
    summary="A card or metadata file cannot be parsed.",
    why="Licence, splits and provenance are read from documents; what a broken one says is lost.",
    fix="Mend the YAML or JSON at the place named.",
    failing=Example(files={"README.md": "---\nlicense: [mit\n---\n# A card\n", **_GOOD.files}),
    passing=Example(files={"README.md": "---\nlicense: mit\n---\n# A card\n", **_GOOD.files}),
)
INPUT004 = Rule(
    id="INPUT004",
    name="dataset-configures-its-audit",
    severity=Severity.LOW,
    summary="A configuration, policy or waiver file lies in the dataset; it was not read.",
    why="A dataset must not judge itself: whoever ships the data would choose what is looked for.",
    fix="Name the file by an option (--config, --policy) if it is meant, or remove it from the dataset.",
    failing=Example(files={**_GOOD.files, "auditor.yaml": "policy: research\n"}),
    passing=_GOOD,
)
INPUT005 = Rule(
    id="INPUT005",
    name="data-file-not-read",
    severity=Severity.MEDIUM,
    summary="A file that by its name is data of a split is of a kind that is not read.",
    why="A split that was left out silently would make every comparison with it pass.",
    fix="Convert it to CSV, JSONL, JSON, Parquet or Arrow, or move it out of the dataset.",
    failing=Example(files={**_GOOD.files, "test.xlsx": "no spreadsheet"}),
    passing=_GOOD,
)
INPUT006 = Rule(
    id="INPUT006",
    name="ambiguous-record",
    severity=Severity.LOW,
    summary="Records were read although something about them is ambiguous, such as a JSON key that stands twice.",
    why="Readers disagree about such records: what was audited may not be what is trained on.",
    fix="Rewrite the records at the lines named so that there is one way to read them.",
    failing=Example(files={"train.jsonl": '{"text": "The ferry leaves at nine", "note": 1, "note": 2}\n'}),
    passing=_GOOD,
)
INPUT007 = Rule(
    id="INPUT007",
    name="code-in-dataset",
    severity=Severity.MEDIUM,
    summary="A file of the dataset runs code when common libraries load it: a loading script or a pickle. It was not read.",
    why="Who loads the dataset with such a library runs whatever the file says, on their machine and with their rights.",
    fix="Ship the data as CSV, JSONL, JSON, Parquet or Arrow, and remove the file; loading scripts are no longer needed for them.",
    failing=Example(files={**_GOOD.files, "loader.py": "import datasets\n\nclass Ferries(datasets.GeneratorBasedBuilder):\n    pass\n"}),
    passing=Example(files={**_GOOD.files, "count.py": "print(sum(1 for _ in open('train.jsonl')))\n"}),
)


@dataclass(frozen=True, kw_only=True)
class Inputs(Check):
    """Turns what the readers noted into findings; it looks at no record itself."""

    name: ClassVar[str] = "inputs"
    rules: ClassVar[tuple[Rule, ...]] = (INPUT001, INPUT002, INPUT003, INPUT004, INPUT005, INPUT006, INPUT007)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding per file and reason."""
        findings = (*_of_records(dataset), *_of_files(dataset), *_of_documents(dataset))
        records = sum(result.physical for result in dataset.results)
        files = len({shard.path for shard in dataset.shards}) + len(dataset.documents) + len(dataset.unread)
        examined = {"INPUT001": records, "INPUT006": records, "INPUT002": len(dataset.results), "INPUT003": len(dataset.documents)}
        outcomes = tuple(
            tally(rule, examined.get(rule.id, files), sum(each.count for each in findings if each.rule == rule.id)) for rule in self.rules
        )
        return Conclusion(outcomes=outcomes, findings=findings)


def _of_records(dataset: Dataset) -> Iterator[Finding]:
    for result in dataset.results:
        for trouble in result.troubles:
            rule = INPUT006 if trouble.accepted else INPUT001
            plural = "s" if trouble.count != 1 else ""
            fate = "read in doubt" if trouble.accepted else "refused"
            message = f"{result.shard.path}: {trouble.count:,} record{plural} {fate}: {trouble.reason}"
            where = tuple(_places(result, trouble))
            yield found(rule, message, f"{result.shard.path} {trouble.reason}", where=where, count=trouble.count)


def _places(result: ShardResult, trouble: Trouble) -> Iterator[Location]:
    for line in trouble.lines or (None,):
        yield Location(split=result.shard.split, file=result.shard.path, line=line)


def _of_files(dataset: Dataset) -> Iterator[Finding]:
    failures = {result.shard.path: result.failure for result in dataset.results if result.failure}
    for rule, troubles in ((INPUT002, failures.items()), (INPUT005, dataset.doubts)):
        for path, reason in troubles:
            yield found(rule, f"{path}: {reason}", path, where=(Location(file=path),))
    for entry in dataset.unread:
        for rule, beginning in ((INPUT004, OWN_CONFIGURATION), (INPUT007, CODE)):
            if entry.note.startswith(beginning):
                yield found(rule, f"{entry.file}: {entry.note}", entry.file, where=(Location(file=entry.file),))


def _of_documents(dataset: Dataset) -> Iterator[Finding]:
    from auditor.licenses.statements import troubles

    for path, reason in troubles(dataset.documents):
        yield found(INPUT003, f"{path}: {reason}", f"{path} {reason}", where=(Location(file=path),))
