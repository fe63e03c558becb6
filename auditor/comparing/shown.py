"""A diff in words, as a reviewer reads it: what got worse first, then rows, leakage, findings, columns, licence, files and judgement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.comparing import blocks
from auditor.comparing.blocks import NONE, Block
from auditor.comparing.diff import Diff, unchanged
from auditor.comparing.sides import Side
from auditor.model import Json, family
from auditor.reports.views import VERDICTS
from auditor.reports.wording import counted, number, percent, said

ROWS = 25
"""Rows that a table has at most."""

LITTLE = 0.5
"""Columns that have moved by less than this part of what a rule of drift tells are only counted."""


def text(diff: Diff) -> str:
    """The diff for a terminal."""
    return blocks.text([_sides(diff), *_blocks(diff)], verdict_line(diff))


def markdown(diff: Diff) -> str:
    """The diff as a comment on a pull request."""
    return blocks.markdown([*_blocks(diff), _sides(diff)], verdict_line(diff), "Made by auditor diff.")


def verdict_line(diff: Diff) -> str:
    """The whole diff in one line."""
    if diff.incomplete:
        reasons = {"old": diff.old, "new": diff.new}[diff.incomplete[0]].report.reasons
        return f"INCOMPLETE: the {diff.incomplete[0]} version could not be audited: {reasons[0] if reasons else 'its report says so'}"
    level = str(diff.fail_on)
    if diff.failing:
        return f"WORSE: {counted(diff.failing, 'change')} for the worse at or above {level}"
    if diff.worse:
        return f"NOT WORSE: {counted(len(diff.worse), 'change')} for the worse, all below {level}"
    return "NOT WORSE: nothing differs" if unchanged(diff) else "NOT WORSE: it differs, and nothing got worse"


def _sides(diff: Diff) -> Block:
    rows = [_side("old", diff.old), _side("new", diff.new)]
    return Block(title="Compared", heads=("", "name", "digest", "known from", "auditor", "verdict"), rows=rows)


def _side(word: str, side: Side) -> Sequence[str]:
    report = side.report
    digest = str(report.dataset.get("digest"))[:19]
    return word, side.name, digest, "its report" if side.saved else "the data", report.version, VERDICTS[report.verdict]


def _blocks(diff: Diff) -> Iterator[Block]:
    parts = diff.parts
    if diff.worse:
        rows = [(str(each.severity), each.part, each.message) for each in diff.worse]
        worse = [f"{severity} · {part} · {message}" for severity, part, message in rows[:ROWS]]
        more = [f"and {counted(len(rows) - ROWS, 'more change')}; -o json lists all of them"] if len(rows) > ROWS else []
        yield Block(title=f"Worse ({number(len(rows))})", lines=[*worse, *more])
    yield from (
        _rows(parts), *_leakage(parts["leakage"]), *_findings(parts["findings"]), *_schema(parts), *_drift(parts["drift"]),
        *_licence(parts["license"]), *_files(parts["files"]), *_judgement(parts),
    )  # fmt: skip


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[str] = ()) -> Iterator[Block]:
    """A block, where it has anything to say."""
    if rows or lines:
        yield Block(title=title, lines=lines, heads=heads, rows=rows[:ROWS], count=len(rows))


def _rows(parts: Mapping[str, Json]) -> Block:
    found, heads = parts["records"], ["split", "before", "after"]
    counts = {row["split"]: [_count(row["before"]), _count(row["after"])] for row in parts["splits"]}
    if "unknown" in found:
        return Block(title="Rows", lines=[found["unknown"]], heads=heads, rows=[[name, *row] for name, row in counts.items()])
    flows = {kind: found[kind] or () for kind in ("moved", "relabelled", "changed")}
    heads += ["added", "removed", *("moved in", "moved out"), *(kind for kind in ("relabelled", "changed") if found[kind] is not None)]
    for name, row in counts.items():
        row += [_sum(found["added"], "split", name), _sum(found["removed"], "split", name)]
        row += [_sum(flows["moved"], "to", name), _sum(flows["moved"], "from", name)]
        row += [_sum(flows[kind], "to", name) for kind in ("relabelled", "changed") if found[kind] is not None]
    by = [f"compared by the {counted(len(found['columns']), 'column')} that both have"] if found["columns"] else []
    lines = [*by, f"{counted(found['kept'], 'row')} kept", *_flows(flows), *_ends(found)]
    table = [[name, *row] for name, row in counts.items()]
    return Block(title="Rows", lines=lines, heads=heads, rows=table[:ROWS], count=len(table))


def _sum(rows: Sequence[Json], key: str, name: str) -> str:
    return number(sum(row["rows"] for row in rows if row[key] == name))


def _flows(flows: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    words = {"moved": "moved", "relabelled": "with another label", "changed": "with other contents under the same id"}
    for kind, rows in flows.items():
        for row in rows[:ROWS]:
            some = ", ".join(f"{number(before)} → {number(after)}" for before, after in row["examples"])
            way = f"from {row['from']} to {row['to']}" if row["from"] != row["to"] else f"in {row['to']}"
            yield f"{counted(row['rows'], 'row')} {words[kind]} {way} (at {some}{_and_more(row)})"
        if len(rows) > ROWS:
            yield f"and rows {words[kind]} between {counted(len(rows) - ROWS, 'more pair')} of splits"


def _ends(found: Mapping[str, Json]) -> Iterator[str]:
    for kind, place in (("added", "to"), ("removed", "from")):
        for row in found[kind][:ROWS]:
            some = ", ".join(map(number, row["examples"]))
            yield f"{counted(row['rows'], 'row')} {kind} {place} {row['split']} (at {some}{_and_more(row)})"


def _and_more(row: Json) -> str:
    return ", ..." if row["rows"] > len(row["examples"]) else ""


def _count(value: int | None) -> str:
    return NONE if value is None else number(value)


def _share(value: float | None) -> str:
    return NONE if value is None else percent(value)


def _leakage(rows: Sequence[Json]) -> Iterator[Block]:
    changed = [row for row in rows if row["before"] != row["after"]]
    table = [(row["right"], row["left"], _share(row["before"]), _share(row["after"]), _trend(row)) for row in changed]
    same = len(rows) - len(changed)
    if rows:
        lines = [f"{counted(same, 'pair')} of splits as before"] if same else []
        yield from _table("Leakage", ("of", "stands in", "before", "after", ""), table, lines)


def _trend(row: Mapping[str, Json]) -> str:
    if row["before"] is None or row["after"] is None:
        return "not compared before" if row["before"] is None else "not compared any more"
    return "↑ worse" if row["after"] > row["before"] else "↓ better"


def _findings(found: Mapping[str, Json]) -> Iterator[Block]:
    rows = [
        (kind, row["severity"], row["rule"], number(row["before"]), number(row["after"]), row["message"])
        for kind in ("new", "grown", "shrunk", "gone")
        for row in found[kind]
    ]
    lines = [f"{counted(found['same'], 'finding')} as before"] if found["same"] else []
    yield from _table("Findings", ("change", "severity", "rule", "before", "after", "what"), rows, lines)


def _schema(parts: Mapping[str, Json]) -> Iterator[Block]:
    rows, found = parts["schema_changes"], parts["findings"]
    lines = [] if rows is not None else ["columns are not known: one side has no profile"]
    for kinds, word in ((("new", "grown"), "broken"), (("gone",), "healed")):
        some = [row["message"] for kind in kinds for row in found[kind] if family(row["rule"]) == "SCHM"]
        lines += [f"{word}: {message}" for message in some[:ROWS]]
    table = [(row["split"], row["column"], row["change"], row["before"] or NONE, row["after"] or NONE) for row in rows or ()]
    yield from _table("Schema", ("split", "column", "change", "before", "after"), table, lines)


def _drift(found: Mapping[str, Json]) -> Iterator[Block]:
    moved = found["columns"]
    large = [row for row in moved if row["drifted"] or row["size"] >= LITTLE or row.get("new") or row.get("vanished")]
    drifted, rows = sum(bool(row["drifted"]) for row in moved), [_column(row) for row in large]
    lines = [f"not compared: {found['unknown']}"] if found["unknown"] else []
    if moved:
        little = f"; {number(len(moved) - len(large))} moved so little that they are not shown" if len(moved) > len(large) else ""
        lines = [f"{number(drifted)} of {counted(found['compared'], 'column')} drifted{little}"]
    heads = ("split", "column", "drift", "PSI", "KS", "JS", "missing before", "after", "categories")
    yield from _table("Distribution", heads, rows, lines)


def _column(row: Mapping[str, Json]) -> Sequence[str]:
    measures = [f"{row[name]:.3f}" if name in row else NONE for name in ("psi", "ks", "jensen_shannon")]
    missing = [_share(row.get(f"missing_{when}")) for when in ("before", "after")]
    changes = [
        f"{number(row[f'{kind}_categories'])} {kind}: {', '.join(name for name, _ in row[kind][:3])}".removesuffix(": ")
        for kind in ("new", "vanished")
        if row.get(f"{kind}_categories")
    ]
    return row["split"], row["column"], " ".join(each["rule"] for each in row["drifted"]) or NONE, *measures, *missing, "; ".join(changes)


def _licence(found: Mapping[str, Json] | None) -> Iterator[Block]:
    if found is None:
        yield Block(title="Licence", lines=["not compared: not both sides looked at licences"])
        return
    rows = [(row["name"], said(row["before"]), said(row["after"])) for row in found["expressions"]]
    rows += [(f"use: {row['use']}", row["before"], row["after"] + (" (stricter)" if row["stricter"] else "")) for row in found["uses"]]
    lines = [row["message"] for row in found["changes"]]
    more = [f"and {counted(len(lines) - ROWS, 'more statement')}"] if len(lines) > ROWS else []
    advice = ["This is what documents state; it is no legal advice."] if rows or lines else []
    yield from _table("Licence", ("", "before", "after"), rows, [*lines[:ROWS], *more, *advice])


def _files(found: Mapping[str, Json]) -> Iterator[Block]:
    rows: list[Sequence[str]] = [(kind, path) for kind in ("added", "removed", "changed") for path in found[kind]]
    rows += [("renamed", f"{row['from']} → {row['to']}") for row in found["renamed"]]
    yield from _table("Files", ("change", "file"), rows)


def _judgement(parts: Mapping[str, Json]) -> Iterator[Block]:
    found: Mapping[str, Any] = parts["judgement"]
    rows = [(name, found[name]["before"], found[name]["after"]) for name in ("verdict", "version")]
    rows = [row for row in rows if row[1] != row[2]]
    for what, some in (("policy", found["policy"]), ("option", found["options"])):
        rows += [(f"{what} {row['name']}", said(row["before"]), said(row["after"])) for row in some]
    lines = [f"looked for only {when}: {', '.join(found['rules'][f'only_{when}'])}" for when in ("before", "after")
             if found["rules"][f"only_{when}"]]  # fmt: skip
    for word, some in (("waived now", parts["waivers"]["begun"]), ("waived no longer", parts["waivers"]["ended"])):
        lines += [f"{word}: {row['rule']} {row['message']} ({said(row['waived'])})" for row in some[:ROWS]]
    yield from _table("Judgement", ("", "before", "after"), rows, lines)
