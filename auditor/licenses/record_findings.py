"""What is wrong with the licences of records, as findings with the records they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditor.dataset import Dataset
from auditor.licenses import expression, statements
from auditor.licenses.generators import by_terms, named
from auditor.licenses.groups import stricter
from auditor.licenses.record_terms import Terms
from auditor.licenses.records import Column, known
from auditor.model import Finding, Json, Location, Outcome, Rule, Severity, found

if TYPE_CHECKING:
    from auditor.licenses.record_places import Places

MOST = 100
"""Licences that are told one by one: of findings of a rule, and of the licences of a split."""

SHOWN = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The columns of licences by split, further ones beside them, why there is none (`note`), and whether values are withheld."""

    dataset: Dataset
    licences: Mapping[str, Column]
    others: Mapping[str, Column]
    no_text: bool
    note: str

    def shown(self, text: str | None) -> str | None:
        """A value as it may be shown."""
        return None if text is None or self.no_text else text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    def places(self, *meant: tuple[Column, frozenset[str | None]]) -> Places:
        """The records with some values."""
        from auditor.licenses.record_places import Places

        return Places(meant, self.paths)

    def beside(self, column: Column) -> Mapping[str, int]:
        """The licences that a further column says and the first of its split says of no record, with their records."""
        return {name: rows for name, rows in column.by_license.items() if name not in self.licences[column.split].by_license}

    @property
    def paths(self) -> Mapping[int, str]:
        """The files, by the ordinals of their shards."""
        return {shard.ordinal: shard.path for shard in self.dataset.shards}

    @property
    def rows(self) -> int:
        """The records of the splits that have a column of licences."""
        return sum(column.rows for column in self.licences.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a rule: its outcome, its findings, and what the report's section says of it."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    section: Mapping[str, Json] = field(default_factory=dict)


def _outcome(rule: Rule, examined: int, findings: Sequence[Finding], note: str = "", beyond: int = 0) -> Outcome:
    """The outcome of a rule that looked at `examined` records; `beyond` are broken ones that no finding tells of."""
    if not examined:
        return Outcome(rule=rule.id, name=rule.name, status="skipped", note=note or "no record was read")
    count = sum(each.count for each in findings) + beyond
    return Outcome(rule=rule.id, name=rule.name, status="failed" if count else "passed", examined=examined, found=count, note=note)


def _share(rows: int, column: Column) -> str:
    return f"{rows:,} of {column.rows:,} records of {column.split} ({rows / column.rows:.2%})"


def _under(column: Column, licence: str) -> frozenset[str | None]:
    """The values that mean a licence."""
    return frozenset(value for value, each in column.meanings.items() if each.expression == licence)


# ── no licence ────────────────────────────────────────────────────────────────────────────────────────────────────────


def unknown(audited: Audited, rule: Rule, allowed: float) -> Told:
    """One finding for each split of whose records more than a share state no licence that can be kept to."""
    findings = []
    for column in audited.licences.values():
        reasons = column.unknown
        rows = sum(reasons.values())
        if not rows or rows <= allowed * column.rows:
            continue
        values = [value for value in column.counts if column.meanings[value].expression is None]
        listed = [{"text": audited.shown(value), "rows": column.counts[value]} for value in values[:10]]
        evidence = {
            "share": round(rows / column.rows, 6),
            "allowed": allowed,
            "reasons": reasons,
            "values": listed,
            "different": len(values),
        }
        parts = [f"{count:,} {_REASONS[why]}" for why, count in reasons.items()]
        message = f"{column.name}: {_share(rows, column)} state no licence that can be kept to: {', '.join(parts)}."
        where = audited.places((column, frozenset(values)))
        findings.append(found(rule, message, f"{column.split}\n{column.name}", where=where, count=rows, evidence=evidence))
    return Told(outcome=_outcome(rule, audited.rows, findings, audited.note or _notes(audited)), findings=tuple(findings))


_REASONS = {"none": "without any", "family": "with a family of licences only", "unresolved": "with words that mean none"}


def _notes(audited: Audited) -> str:
    """What is to be known of the columns that were looked at."""
    lacking = [split.name for split in audited.dataset.splits if split.name not in audited.licences and audited.dataset.rows(split.name)]
    notes = [f"{', '.join(lacking)} has no such column"] if lacking else []
    more = {column.split: column.overlooked for column in audited.licences.values() if column.overlooked}
    notes += [f"{count:,} different values in {split} were not looked at, and count as unknown" for split, count in more.items()]
    return "; ".join(notes)


# ── another licence than the documents say ────────────────────────────────────────────────────────────────────────────


def disagreeing(audited: Audited, rule: Rule) -> Told:
    """One finding for each licence of records that is none of those concluded from the documents."""
    said = [each for each in statements.find(audited.dataset.documents) if each.kind != "upstream"]
    whole = statements.concluded(said)
    if whole is None or not audited.licences:
        empty = all(each.empty for each in said)
        note = "no document states a licence" if empty else "what licence the documents state is not clear"
        return Told(outcome=_outcome(rule, 0, (), audited.note or note))
    among, findings, beyond = set(expression.ids(whole)), list[Finding](), 0
    columns = {**audited.licences, **audited.others}
    by_license = {split: column.by_license for split, column in audited.licences.items()}
    by_license |= {name: audited.beside(column) for name, column in audited.others.items()}
    for licence in known(columns.values()):
        rows = {name: counts[licence] for name, counts in by_license.items() if licence in counts}
        if not rows or (set(expression.ids(licence)) <= among and stricter(whole, licence) == whole):
            continue
        if len(findings) == MOST:
            beyond += sum(rows.values())
            continue
        forbids = stricter(whole, licence) == licence
        strict = licence if forbids else whole if stricter(licence, whole) == whole else None
        shares = "; ".join(
            _share(count, columns[name]) + f" by {columns[name].name}" * (name in audited.others) for name, count in rows.items()
        )
        verdict = f"{strict} is the stricter one" if strict is not None else "neither is the stricter one"
        message = f"{licence}: {shares}; the documents say {whole}, and {verdict}."
        evidence = {"dataset": whole, "records": licence, "stricter": strict, "rows": rows}
        where = audited.places(*((columns[name], _under(columns[name], licence)) for name in rows))
        severity = rule.severity if forbids else Severity.LOW
        details: dict[str, Any] = {"where": where, "count": sum(rows.values()), "evidence": evidence, "severity": severity}
        findings.append(found(rule, message, f"{whole}\n{licence}", **details))
    examined = sum(sum(column.by_license.values()) for column in audited.licences.values())
    note = _beyond(beyond) if examined else "no licence of a record is known"
    return Told(outcome=_outcome(rule, examined, findings, note, beyond), findings=tuple(findings))


def _beyond(rows: int) -> str:
    return f"{rows:,} of them are of further licences, which are not listed one by one" if rows else ""


# ── one text under two licences ───────────────────────────────────────────────────────────────────────────────────────


def copied(audited: Audited, rule: Rule, compared: Any) -> Told:
    """One finding for each two licences under which duplicates stand; `compared` is the conclusion of the comparison of texts, or None."""
    licences = known(audited.licences.values())
    if not licences:
        return Told(outcome=_outcome(rule, 0, (), audited.note or "no licence of a record is known"))
    tables = compared.tables if compared is not None else {}
    if "clusters" not in tables:
        return Told(outcome=_outcome(rule, 0, (), "no texts were compared: select LEAK and DUP too"))
    from auditor.kernels.pairing import CLUSTER_CAP
    from auditor.licenses.copies import Pairs, copies

    names = [split.name for split in audited.dataset.splits]
    some, count = copies(audited.licences, names, tables["clusters"], tables["pairs"], CLUSTER_CAP, licences)
    findings, listed = [], []
    for each in some:
        loose, strict = each.licences
        forbids = stricter(loose, strict) == strict
        numbers = {"identical": each.identical, "near": each.near, "clusters": each.clusters, "records": each.records}
        evidence = {"licenses": [loose, strict], "stricter": strict if forbids else None, **numbers, "linked_clusters": each.linked}
        told = [f"{count:,} {kind}" for kind, count in (("identical", each.identical), ("nearly identical", each.near)) if count]
        pairs = f"{' and '.join(told)} pair{'s' if each.identical + each.near != 1 else ''} of records" if told else "records"
        message = f"{loose} and {strict}: {pairs}, in {each.clusters:,} cluster{'s' if each.clusters != 1 else ''} of duplicates"
        message += f"; {strict} is the stricter licence." if forbids else "."
        where = Pairs(each, audited.licences, names, audited.paths)
        subject = "\n".join(sorted(each.licences))
        findings.append(found(rule, message, subject, where=where, count=each.count, evidence=evidence))
        listed.append(evidence)
    examined = sum(sum(column.by_license.values()) for column in audited.licences.values())
    beyond = count - sum(each.count for each in some)
    section = {"copies": {"pairs_of_licenses": listed, "count": count}}
    note = f"{beyond:,} of them are between further licences, which are not listed" if beyond else ""
    return Told(outcome=_outcome(rule, examined, findings, note, beyond), findings=tuple(findings), section=section)


# ── a use that is denied ──────────────────────────────────────────────────────────────────────────────────────────────


def denied(audited: Audited, rule: Rule, terms: Terms) -> Told:
    """One finding for each split and licence of its records that is denied for what is asked of the split."""
    findings, examined, beyond = list[Finding](), 0, 0
    for column in (*audited.licences.values(), *audited.others.values()):
        split, first = column.split, audited.licences[column.split] is column
        if not terms.asks(split):
            continue
        examined += column.rows if first else 0
        for licence, values in _kinds(column).items():
            if not first and licence not in audited.beside(column):
                continue
            denial = terms.denial(split, column.meanings[values[0]])
            rows = sum(column.counts[value] for value in values)
            if denial is None:
                continue
            if len(findings) == MOST:
                beyond += rows
                continue
            name = column.meanings[values[0]].expression or "what is not understood"
            message = f"{name}: {_share(rows, column)}{'' if first else f' by {column.name}'}; {denial.reason}."
            evidence = {"denied": True, "license": licence, "use": denial.use, "clause": denial.clause, "source": denial.source}
            details: dict[str, Any] = {"where": audited.places((column, frozenset(values))), "count": rows, "evidence": evidence}
            findings.append(found(rule, message, f"{split}\n{licence}" if first else f"{split}\n{column.name}\n{licence}", **details))
    note = audited.note or ("" if examined else "the policy denies no licence and asks for no use")
    return Told(outcome=_outcome(rule, examined, findings, note or _beyond(beyond), beyond), findings=tuple(findings))


def _kinds(column: Column) -> Mapping[str, Sequence[str | None]]:
    """The values of each licence, and of each reason why there is none."""
    kinds: dict[str, list[str | None]] = {}
    for value in column.counts:
        meaning = column.meanings[value]
        kinds.setdefault(meaning.expression or meaning.why, []).append(value)
    return kinds


# ── outputs of models ─────────────────────────────────────────────────────────────────────────────────────────────────

_SEVERITIES = {"restricted": Severity.MEDIUM, "named": Severity.LOW, "unclear": Severity.INFO}
_WORDS = {"restricted": "some uses of it are forbidden", "named": "under a condition", "unclear": "not clear"}


def written(audited: Audited, rule: Rule, generators: Mapping[str, Column]) -> Told:
    """One finding for each terms of models that ask for something."""
    by_split = {split: by_terms(column) for split, column in generators.items()}
    findings, listed = [], []
    for terms in dict.fromkeys(each for some in by_split.values() for each in some):
        models = {split: some[terms] for split, some in by_split.items() if terms in some}
        rows = {split: sum(names.values()) for split, names in models.items()}
        names = sorted({name for some in models.values() for name in some})
        about: dict[str, Json] = {name: getattr(terms, name) for name in ("id", "title", "outputs", "told", "clause", "source", "as_of")}
        about["rows"] = rows
        about["models"] = [] if audited.no_text else [audited.shown(name) for name in names[:MOST]]
        listed.append(about)
        if terms.outputs == "free":
            continue
        shares = "; ".join(_share(count, generators[split]) for split, count in rows.items())
        message = f"{terms.title} ({_WORDS[terms.outputs]}): {shares}. {terms.told}"
        where = tuple(Location(split=split, column=generators[split].name) for split in rows)
        details: dict[str, Any] = {"where": where, "count": sum(rows.values()), "evidence": about, "severity": _SEVERITIES[terms.outputs]}
        findings.append(found(rule, message, terms.id, **details))
    examined = sum(column.counts[value] for column in generators.values() for value in column.counts if value is not None)
    unlisted = sum(
        rows for column in generators.values() for value, rows in column.counts.items() if value is not None and value not in named(column)
    )
    note = f"{unlisted:,} records name a model that is not in the table" if unlisted else ""
    section: dict[str, Json] = {"generators": {"columns": {split: column.name for split, column in generators.items()}, "terms": listed}}
    note = note if examined else "no column of the records names a model of the table"
    return Told(outcome=_outcome(rule, examined, findings, note), findings=tuple(findings), section=section)


# ── the section of the report ─────────────────────────────────────────────────────────────────────────────────────────


def section(audited: Audited) -> dict[str, Json]:
    """The columns, and the shares of the licences of each split."""
    return {
        "columns": {split: column.name for split, column in audited.licences.items()},
        "splits": {split: _shares(audited, column) for split, column in audited.licences.items()},
    }


def _shares(audited: Audited, column: Column) -> dict[str, Json]:
    first: dict[str | None, str | None] = {}
    rows: dict[str | None, int] = {}
    for value, count in column.counts.items():
        licence = column.meanings[value].expression
        key = licence if licence is not None else f"\0{value}" if value is not None else None
        first.setdefault(key, value)
        rows[key] = rows.get(key, 0) + count
    ordered = sorted(rows, key=lambda key: (-rows[key], key is None, key or ""))
    listed = [
        {
            "expression": column.meanings[first[key]].expression,
            "text": audited.shown(first[key]),
            "rows": rows[key],
            "share": round(rows[key] / column.rows, 6),
        }
        for key in ordered[:MOST]
    ]
    rest = ordered[MOST:]
    unlisted = {"licenses": len(rest), "rows": sum(rows[key] for key in rest)}
    return {"rows": column.rows, "licenses": listed, "unlisted": unlisted, "unknown_rows": sum(column.unknown.values())}
