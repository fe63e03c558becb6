"""The columns of two versions: which there are and of which types, and how far what stands in them has moved, from their profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from auditor.comparing.contents import together
from auditor.dataset import Roles
from auditor.model import AuditorError, Json, Report

if TYPE_CHECKING:
    from auditor.checks.drift import Asked
    from auditor.drift.distributions import Distribution

Profile = Mapping[str, Mapping[str, Mapping[str, Json]]]
"""What a profile says of each column, by split and name."""


def schema(old: Report, new: Report) -> list[Json] | None:
    """Columns that came, went or have values of other types, by split; null where one side has no profile."""
    before, after = _profile(old), _profile(new)
    if before is None or after is None:
        return None
    rows: list[Json] = []
    for split in (name for name in together(before, after) if name in before and name in after):
        for column in sorted(before[split].keys() | after[split].keys()):
            was, is_ = (types(side[split][column]) if column in side[split] else None for side in (before, after))
            if was != is_:
                change = "added" if was is None else "removed" if is_ is None else "type"
                rows.append({"split": split, "column": column, "change": change, "before": was, "after": is_})
    return rows


def _profile(report: Report) -> Profile | None:
    splits = report.sections.get("profile", {}).get("splits")
    return None if splits is None else {name: split["columns"] for name, split in splits.items()}


def types(column: Mapping[str, Json]) -> str:
    """What the values of a column are, in words: `integer`, `number`, `string`, `string (date)` where all texts read as dates; a column of
    whole numbers and fractions holds numbers.
    """
    kinds, forms = dict(column["types"]), column.get("forms", {})
    if "number" in kinds and "integer" in kinds:
        kinds["number"] += kinds.pop("integer")
    words = []
    for kind in sorted(kinds):
        read = [form for form in ("integer", "number", "boolean", "date", "datetime") if kind == "string" and forms.get(form)]
        whole = sum(forms[form] for form in read) + forms.get("empty", 0) == kinds[kind]
        form = "number" if set(read) == {"integer", "number"} else read[0] if len(read) == 1 else None
        words.append(f"{kind} ({form})" if form and whole else kind)
    return " or ".join(words) or "nothing"


def drift(old: Report, new: Report) -> dict[str, Json]:
    """How far columns have moved, by the rules of drift: the worst first. `compared` is the number of columns that were compared, and
    `unknown` says why none was.
    """
    sides = [side.sections.get("profile") for side in (old, new)]
    if None in sides:
        return {"compared": 0, "columns": [], "unknown": "one side has no profile"}
    from auditor.drift.saved import distributions

    try:
        before, after = map(distributions, sides)
    except AuditorError:
        return {"compared": 0, "columns": [], "unknown": "one side has numbers beyond what can be compared"}
    return _drifted(before, after, _roles(new), together(before, after))


def _roles(report: Report) -> Roles:
    label, key, group, time = (report.config.get(name) for name in ("label", "id", "group", "time"))
    return Roles(label=label, id=key, group=group, time=time)


def _drifted(before: Mapping[str, Any], after: Mapping[str, Any], roles: Roles, names: Sequence[str]) -> dict[str, Json]:
    from auditor.checks.drift import FALSE, finding, questions
    from auditor.kernels.statistics_intervals import adjusted

    splits = [name for name in names if name in before and name in after]
    asked = [each for name in splits for each in questions(f"{name} before", before[name], name, after[name], roles)]
    chances = adjusted([each.drift.p for each in asked])
    columns: dict[tuple[str, str], dict[str, Json]] = {}
    for each, p in zip(asked, chances, strict=True):
        row = columns.setdefault((each.split, each.column), {"split": each.split, "column": each.column, "size": 0.0, "drifted": []})
        row["size"] = max(row["size"], _size(each))
        row |= {name: value for name, value in each.drift.evidence.items() if name in _SHOWN}
        if each.rule.name == "new-categories":
            row |= _categories(before[each.split][each.column], after[each.split][each.column])
        if each.drift.large and p <= FALSE:
            found = finding(each, p)
            row["drifted"].append({"rule": found.rule, "severity": str(found.severity), "message": found.message})
    moved = [row for row in columns.values() if row["size"] or row.get("new_categories") or row.get("vanished_categories")]
    moved.sort(key=lambda row: (not row["drifted"], -row["size"], splits.index(row["split"]), row["column"]))
    return {"compared": len(columns), "columns": moved, "unknown": None}


_SHOWN = frozenset({"psi", "psi_cut", "ks", "wasserstein", "jensen_shannon", "missing_before", "missing_after"})


def _size(asked: Asked) -> float:
    """How large an effect is, as a part of the one from which a rule of drift speaks."""
    from auditor.drift import compared

    found = asked.drift.evidence
    parts = [abs(found.get("missing_after", 0) - found.get("missing_before", 0)) / compared.LACKING]
    parts += [found.get("wasserstein", 0) / compared.SHIFT, found.get("ks", 0) / compared.DISTANCE]
    parts += [found.get("psi", 0) / found.get("psi_cut", 1), found.get("jensen_shannon", 0) / compared.DISTANCE]
    return float(f"{max(parts):.6g}")


def _categories(before: Distribution, after: Distribution) -> dict[str, Json]:
    """The categories of only one side: how many, and the most frequent with their records."""
    from auditor.drift.compared import new

    found: dict[str, Json] = {}
    for name, left, right in (("new", before.categories, after.categories), ("vanished", after.categories, before.categories)):
        evidence = new(left or {}, right or {}).evidence
        found |= {f"{name}_categories": int(evidence["categories"]), name: evidence["new"]}
    return found
