"""Quality of columns: what is missing, constant, mixed, misspelt, garbled, outlying or there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, skipped, tally
from auditor.dataset import Batch, Dataset
from auditor.model import Finding, Json, Location, Rule, Severity, found
from auditor.quality import catalogue as rules

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.quality.columns import Effect, Sheet

FEW, PART = 100, 0.005
"""How many numbers of a column can be outlying on each side, and which share of them (or two): more are a heavy tail."""

READ = frozenset({"csv", "tsv"})
"""The formats in which every cell is text."""


@dataclass(frozen=True, kw_only=True)
class Quality(Check):
    """Looks at every cell for itself, and at the profiles of the columns; `no_text` withholds values."""

    name: ClassVar[str] = "quality"
    rules: ClassVar[tuple[Rule, ...]] = rules.RULES
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True
    beside: ClassVar[str] = "profile"

    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json]:
        """The columns of which no number is kept."""
        return {"veiled": list(dataset.roles.sensitive)}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """Rows as auditor/quality/glances.py says."""
        from auditor.quality.glances import observed

        return observed(batch, context)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding of each rule for each column that breaks it."""
        records = sum(dataset.rows(split.name) for split in dataset.splits)
        if total is None or not records:
            return Conclusion(outcomes=tuple(skipped(rule, "no record was read") for rule in self.rules))
        from auditor.profiles.gathered import by_split
        from auditor.quality.columns import Sheet

        rows = {split.name: dataset.rows(split.name) for split in dataset.splits}
        sheet = Sheet(splits=by_split(context["beside"]), rows=rows, hidden=dataset.roles.label)
        ways: dict[str, Callable[[], Answer]] = {
            rules.NULL_TOKENS.id: lambda: _null(sheet, total, dataset),
            rules.GARBLED.id: lambda: _garbled(sheet, total, dataset),
            rules.OUTLYING.id: lambda: _outlying(sheet, total, dataset, self.no_text),
            rules.DUPLICATE.id: lambda: _twice(sheet, total, dataset),
        }
        outcomes, findings = [], list[Finding]()
        for rule in self.rules:
            if self.wants(rule):
                reason, seen = ways[rule.id]() if rule.id in ways else _of_profile(rule, sheet, dataset, self.no_text)
                findings += seen
                outcomes.append(skipped(rule, reason) if reason else tally(rule, records, sum(each.count for each in seen)))
        return Conclusion(outcomes=tuple(outcomes), findings=tuple(findings))


Answer = tuple[str, Sequence[Finding]]
"""Why a rule could not be looked for, or nothing; and its findings."""


def _of_profile(rule: Rule, sheet: Sheet, dataset: Dataset, no_text: bool) -> Answer:
    """The findings of a rule that is answered from the profiles alone."""
    from auditor.quality import columns

    records = sum(sheet.rows.values())
    pairs = list(_pairs(dataset))
    read = {split.name: any(shard.format in READ for shard in split.shards) for split in dataset.splits}
    ways: Mapping[str, tuple[str, Callable[[], Iterable[Effect]]]] = {
        rules.MISSING.id: ("", lambda: columns.missing(sheet)),
        rules.MISSING_DIFFERS.id: ("" if pairs else "there is only one split", lambda: columns.missing_differs(sheet, pairs)),
        rules.CONSTANT.id: (_fewer(records, columns.FEWEST), lambda: columns.constant(sheet)),
        rules.NEARLY_CONSTANT.id: (_fewer(records, columns.LARGE), lambda: columns.nearly_constant(sheet)),
        rules.MIXED.id: ("", lambda: columns.mixed(sheet, read)),
        rules.VARIANTS.id: (_no_categories(sheet, no_text), lambda: columns.variants(sheet)),
    }
    reason, way = ways[rule.id]
    return reason, [] if reason else [_finding(rule, each, _at(each, sheet)) for each in way()]


def _pairs(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """The first split of each configuration with each of the others."""
    for config in dict.fromkeys(split.config for split in dataset.splits):
        first, *others = (split.name for split in dataset.splits if split.config == config)
        yield from ((first, other) for other in others)


def _fewer(records: int, wanted: int) -> str:
    return "" if records >= wanted else f"there are fewer than {wanted:,} records"


def _no_texts(sheet: Sheet) -> str:
    texts = any(column.of("string") for columns in sheet.splits.values() for column in columns.values())
    return "" if texts else "there is no column of texts"


def _no_categories(sheet: Sheet, no_text: bool) -> str:
    from auditor.quality.columns import categories

    if next(categories(sheet), None):
        return ""
    return _no_texts(sheet) or ("texts may not be looked at (--no-text)" if no_text else "no column of few texts may be looked at")


def _at(effect: Effect, sheet: Sheet) -> Sequence[Location]:
    """The splits that an effect is about, else those that have the column."""
    names = effect.splits or tuple(split for split, columns in sheet.splits.items() if effect.column in columns)
    return tuple(Location(split=split, column=effect.column) for split in names)


def _finding(rule: Rule, effect: Effect, where: Sequence[Location]) -> Finding:
    severity = Severity.MEDIUM if effect.severe else rule.severity
    message = f"{effect.column}: {effect.message}"
    return found(rule, message, effect.column, severity=severity, where=where, count=effect.count, evidence=effect.evidence)


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cells(total: pa.Table, kinds: Sequence[str], column: str) -> pa.Table:
    """What was observed of these kinds in a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return total.filter(pc.and_(pc.is_in(total["kind"], pa.array(kinds)), pc.equal(total["column"], column)))


def _null(sheet: Sheet, total: pa.Table, dataset: Dataset) -> Answer:
    import pyarrow as pa
    import pyarrow.compute as pc

    from auditor.kernels.columns_strings import TOKENS
    from auditor.quality.columns import null_tokens
    from auditor.quality.places import Cells

    findings = []
    for effect in null_tokens(sheet):
        meant = pa.array([float(TOKENS.index(token)) for token in effect.evidence["tokens"]])
        cells = _cells(total, ["null"], effect.column)
        where = Cells(cells.filter(pc.is_in(cells["number"], meant)), dataset)
        findings.append(_finding(rules.NULL_TOKENS, effect, where or _at(effect, sheet)))
    return _no_texts(sheet), findings


def _garbled(sheet: Sheet, total: pa.Table, dataset: Dataset) -> Answer:
    from auditor.kernels.statistics_intervals import wilson
    from auditor.quality.columns import Effect
    from auditor.quality.places import Cells

    findings = []
    for name in sheet.names:
        kinds = {kind: _cells(total, [kind], name).num_rows for kind in ("garbled", "lost")}
        if not any(kinds.values()):
            continue
        keys = [("column", "min"), ("line", "min"), ("high", "min"), ("low", "min")]
        cells = _cells(total, ["garbled", "lost"], name).group_by(["shard", "row"]).aggregate(keys)
        cells = cells.rename_columns([each.removesuffix("_min") for each in cells.column_names])
        texts = sheet.pooled(name)[0].of("string")
        share, interval = cells.num_rows / texts, [round(each, 6) for each in wilson(cells.num_rows, texts)]
        ways = f"{kinds['garbled']:,} read in a wrong encoding, {kinds['lost']:,} with U+FFFD"
        message = f"{cells.num_rows:,} of {texts:,} texts are garbled ({ways})"
        evidence = {**kinds, "texts": texts, "share": round(share, 6), "interval": interval}
        effect = Effect(column=name, splits=(), message=message, count=cells.num_rows, evidence=evidence)
        findings.append(_finding(rules.GARBLED, effect, Cells(cells, dataset)))
    return _no_texts(sheet), findings


def _outlying(sheet: Sheet, total: pa.Table, dataset: Dataset, no_text: bool) -> Answer:
    import pyarrow as pa
    import pyarrow.compute as pc

    from auditor.quality.columns import Effect, fences
    from auditor.quality.places import Cells

    roles, findings, looked = dataset.roles, [], False
    for name in sheet.names:
        edges = fences(sheet.pooled(name)[0]) if name not in {roles.label, roles.id, roles.group, roles.time, *roles.sensitive} else None
        if edges is None:
            continue
        looked = True
        cells = _cells(total, ["extreme"], name)
        sides = [cells.filter(pc.less(cells["number"], edges.low)), cells.filter(pc.greater(cells["number"], edges.high))]
        below, above = (side.num_rows for side in sides)
        if not (below or above) or max(below, above) > FEW or below + above > max(2, PART * edges.count):
            continue
        message = f"{below + above:,} of {edges.count:,} numbers lie far from all others ({below:,} below, {above:,} above)"
        evidence = {"below": below, "above": above, "numbers": edges.count}
        if not no_text:
            evidence |= {name: getattr(edges, name) for name in ("low", "high", "median", "deviation", "quartiles")}
        effect = Effect(column=name, splits=(), message=message, count=below + above, evidence=evidence)
        findings.append(_finding(rules.OUTLYING, effect, Cells(pa.concat_tables(sides), dataset)))
    return "" if looked else "there is no column of 30 numbers or more", findings


def _twice(sheet: Sheet, total: pa.Table, dataset: Dataset) -> Answer:
    import pyarrow.compute as pc

    from auditor.quality.columns import Effect

    sums: dict[str, dict[int, tuple[int, int]]] = {}
    for cell in total.filter(pc.equal(total["kind"], "content")).select(["column", "shard", "high", "low"]).to_pylist():
        if cell["column"] != dataset.roles.label:
            mine = sums.setdefault(cell["column"], {})
            high, low = mine.get(cell["shard"], (0, 0))
            mine[cell["shard"]] = (high + cell["high"]) % 2**64, (low + cell["low"]) % 2**64
    groups: dict[tuple[tuple[int, tuple[int, int]], ...], list[str]] = {}
    for name in sheet.names:
        contents = tuple(sorted((shard, both) for shard, both in sums.get(name, {}).items() if both != (0, 0)))
        if contents and sheet.pooled(name)[0].distinct != 1:
            groups.setdefault(contents, []).append(name)
    findings = []
    for first, *others in (names for names in groups.values() if len(names) > 1):
        message = f"the same as {', '.join(others)}"
        effect = Effect(column=first, splits=(), message=message, count=len(others), evidence={"columns": others})
        findings.append(_finding(rules.DUPLICATE, effect, _at(effect, sheet)))
    return "" if len(sheet.names) > 1 else "there is only one column", findings
