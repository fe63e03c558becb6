"""Licences: whether what is stated fits data at all: defaults, dead addresses, licences for programs and models, sources, opt-outs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, tally
from auditor.dataset import Dataset
from auditor.licenses import expression, optouts, statements, urls
from auditor.licenses.groups import groups_of, stricter
from auditor.licenses.metadata import HEADER
from auditor.licenses.statements import Statement
from auditor.licenses.vocabularies import table
from auditor.model import Example, Finding, Json, Location, Outcome, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

_DATA = {"train.csv": "text,label\nthe first record of two,a\nthe second record of two,b\n"}


def _card(license_line: str, **more: str) -> Example:
    return Example(files={**_DATA, "README.md": f"---\n{license_line}\n---\n# A dataset\n", **more})


def _croissant(upstream: str) -> Example:
    source = f'{{"@type": "Dataset", "name": "Source", "license": "{upstream}"}}'
    text = f'{{"@context": {{}}, "@type": "Dataset", "recordSet": [], "license": "CC-BY-4.0", "isBasedOn": {source}}}\n'
    return Example(files={**_DATA, "croissant.json": text})


def _kaggle(title: str) -> Example:
    return Example(files={**_DATA, "dataset-metadata.json": f'{{"title": "{title}", "licenses": [{{"name": "CC0-1.0"}}]}}\n'})


TEMPLATE = Rule(
    id="LIC009",
    name="license-template-default",
    severity=Severity.MEDIUM,
    summary="A licence stands in a template that nobody filled in.",
    why="`kaggle datasets init` writes CC0-1.0 into every new file. What nobody chose, nobody granted.",
    fix="Ask the owner which licence is meant, and fill in the template.",
    failing=_kaggle("INSERT_TITLE_HERE"),
    passing=_kaggle("Recipe steps"),
)
DEAD = Rule(
    id="LIC010",
    name="license-address-wrong",
    severity=Severity.LOW,
    summary="The address of a licence leads to no licence.",
    why="Whoever follows it finds nothing to keep to, and whoever made it may have meant another licence.",
    fix="Give the licence's own address, such as https://creativecommons.org/licenses/by/4.0/, or the SPDX id.",
    failing=_card("license: other\nlicense_name: ours\nlicense_link: https://choosealicense.com/licenses/undefined/"),
    passing=_card("license: other\nlicense_name: CC BY 4.0\nlicense_link: https://creativecommons.org/licenses/by/4.0/"),
)
SOFTWARE = Rule(
    id="LIC011",
    name="license-for-software",
    severity=Severity.INFO,
    summary="The licence was written for programs.",
    why='MIT licenses "the Software". Whether records are that, what a copy of it is, and what it means for a model, it does not say.',
    fix="For your own data choose a licence for data (CC-BY-4.0, ODC-By-1.0, CDLA-Permissive-2.0). Else ask whether the data is meant.",
    failing=_card("license: mit"),
    passing=_card("license: cc-by-4.0"),
)
MODEL = Rule(
    id="LIC012",
    name="license-for-models",
    severity=Severity.MEDIUM,
    summary="The licence is one for models (RAIL, Llama, Gemma, ...).",
    why="The RAIL licences say that the data is not licensed under them. A dataset under one of them may have no licence at all.",
    fix="Ask the owner under what the data itself is given.",
    failing=_card("license: openrail"),
    passing=_card("license: cdla-permissive-2.0"),
)
RELICENSED = Rule(
    id="LIC024",
    name="license-looser-than-source",
    severity=Severity.HIGH,
    summary="A source that the dataset names is under a stricter licence than the dataset.",
    why="Nobody can give more rights than they were given: terms against commercial use or changes stay on what was derived.",
    fix="Keep to the stricter licence, leave out what comes from that source, or get another licence from its owner.",
    failing=_croissant("CC-BY-NC-4.0"),
    passing=_croissant("CC0-1.0"),
)
OPT_OUT = Rule(
    id="LIC027",
    name="opt-out-present",
    severity=Severity.MEDIUM,
    summary="A file saved with the data reserves the use of its sources for training (robots.txt, ai.txt, tdmrep.json, rsl.xml).",
    why="In the European Union such a reservation takes works out of the exception for text and data mining (Directive 2019/790, 4(3)).",
    fix="Leave out what comes from these places, or have a licence for it. That no such file lies here proves nothing.",
    failing=Example(files={**_DATA, "robots.txt": "User-agent: GPTBot\nDisallow: /\n"}),
    passing=Example(files={**_DATA, "robots.txt": "User-agent: *\nDisallow: /private\n"}),
)
CONTENTS = Rule(
    id="LIC028",
    name="license-of-database-only",
    severity=Severity.LOW,
    summary="ODbL is stated, and no licence for the contents of the database.",
    why="ODbL-1.0 covers the database, not the texts or pictures in it (its section 2.4). On Kaggle these then stay their authors'.",
    fix="State the licence of the contents too, for instance DbCL-1.0.",
    failing=_card("license: odbl"),
    passing=_card("license: [odbl, cc-by-4.0]"),
)
BEFORE_4 = Rule(
    id="LIC029",
    name="license-without-database-right",
    severity=Severity.INFO,
    summary="A Creative Commons licence before 4.0 is on a dataset.",
    why="Before 4.0 these licences do not grant the database right of the European Union; some of its ports waive it, others are silent.",
    fix="Where you own the data, move to the 4.0 licence. Else ask, if you take substantial parts of the database in the Union.",
    failing=_card("license: cc-by-3.0"),
    passing=_card("license: cc-by-4.0"),
)

_BEFORE_4 = re.compile(r"CC-(?:BY|SA)\b.*-[123]\.\d(?:-\w+)?")
_RULES = (TEMPLATE, DEAD, SOFTWARE, MODEL, RELICENSED, OPT_OUT, CONTENTS, BEFORE_4)


@dataclass(frozen=True, kw_only=True)
class LicenseFit(Check):
    """What the statements about the licence are worth for a dataset."""

    name: ClassVar[str] = "license-fit"
    rules: ClassVar[tuple[Rule, ...]] = _RULES
    metadata: ClassVar[tuple[str, ...]] = HEADER

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding per statement, source or file with opt-outs."""
        said = statements.find(dataset.documents)
        own = [each for each in said if each.kind != "upstream"]
        findings = [finding for each in own for finding in _about(each)]
        findings += [*_relicensed(said), *_opted_out(optouts.find(dataset.documents)), *_contents(own)]
        findings = [each for each in findings if any(rule.id == each.rule and self.wants(rule) for rule in self.rules)]
        examined = {
            RELICENSED.id: sum(each.kind == "upstream" for each in said),
            OPT_OUT.id: optouts.looked(dataset.documents),
        }
        outcomes = tuple(self._outcome(rule, examined.get(rule.id, len(own)), findings) for rule in self.rules if self.wants(rule))
        return Conclusion(outcomes=outcomes, findings=tuple(findings))

    def _outcome(self, rule: Rule, examined: int, findings: Sequence[Finding]) -> Outcome:
        note = "" if examined else _NOTHING.get(rule.id, "no document states a licence")
        return tally(rule, examined, sum(each.rule == rule.id for each in findings), note)


_NOTHING = {
    RELICENSED.id: "no document names the licence of a source",
    OPT_OUT.id: "no robots.txt, ai.txt, tdmrep.json or rsl.xml lies with the data",
}


def _about(statement: Statement) -> list[Finding]:
    """What is wrong with one statement."""
    shown, findings = repr(statement.text), []
    if statement.resolution.reason == "template":
        findings.append(_one(TEMPLATE, statement, f"{shown} is no evidence: {statement.resolution.note}."))
    nowhere = filter(_leads_nowhere, _addresses(statement))
    findings.extend(_one(DEAD, statement, f"{address} leads to no licence.") for address in nowhere)
    ids = expression.ids(statement.expression) if statement.expression else ()
    programs = [each for each in ids if "software" in groups_of(each)]
    if programs:
        findings.append(_one(SOFTWARE, statement, f"{' and '.join(programs)} was written for programs, not for data."))
    if statement.expression is None and _model_terms().search(statement.text):
        findings.append(_one(MODEL, statement, f"{shown} is about models; it may license none of the data."))
    old = [each for each in ids if _BEFORE_4.fullmatch(each)]
    if old:
        findings.append(_one(BEFORE_4, statement, f"{' and '.join(old)} does not speak of database rights as 4.0 does."))
    return findings


def _addresses(statement: Statement) -> list[str]:
    return [each.rstrip(".,;:") for text in (statement.text, *statement.others) for each in urls.URL.findall(text)]


def _leads_nowhere(address: str) -> bool:
    """Whether an address on a host of licences names none, or one that is no longer there."""
    return any(re.fullmatch(each, urls.bare(address)) for each in table("addresses")["dead"]) or (
        any(re.match(each, urls.bare(address)) for each in table("addresses")["licenses"]) and not urls.names_one(address)
    )


def _model_terms() -> re.Pattern[str]:
    return re.compile("|".join(map(str, table("addresses")["models"])), re.IGNORECASE)


def _relicensed(said: Sequence[Statement]) -> list[Finding]:
    """The sources that are stricter than what is concluded for the dataset."""
    whole = statements.concluded(said)
    findings = []
    for each in said:
        if each.kind == "upstream" and each.expression is not None and whole is not None and stricter(whole, each.expression) != whole:
            message = f"A source is under {each.expression} ({each.file}), the dataset under {whole}: the source forbids more."
            findings.append(_one(RELICENSED, each, message))
    return findings


def _opted_out(found_: Sequence[optouts.OptOut]) -> list[Finding]:
    findings = []
    for file in dict.fromkeys(each.file for each in found_):
        inside = [each for each in found_ if each.file == file]
        where = tuple(Location(file=file, line=each.line) for each in inside)
        evidence = {"signals": [{"line": each.line, "signal": each.signal, "text": each.text} for each in inside[:20]]}
        message = f"{file} reserves the use for training: {inside[0].text}."
        findings.append(found(OPT_OUT, message, file, where=where, count=len(inside), evidence=evidence))
    return findings


def _contents(own: Sequence[Statement]) -> list[Finding]:
    """ODbL where nothing else is stated of what is in the database."""
    stated = {each for one in own if one.expression for each in expression.ids(one.expression)}
    named = any(re.search(r"\bDbCL\b|database contents", each.text, re.IGNORECASE) for each in own)
    first = next((each for each in own if each.expression and "ODbL-1.0" in expression.ids(each.expression)), None)
    if first is None or named or stated - {"ODbL-1.0"}:
        return []
    kaggle = " On Kaggle the contents then belong to their authors." if first.method == "kaggle" else ""
    return [_one(CONTENTS, first, f"ODbL-1.0 is stated, and nothing for what the database holds.{kaggle}")]


def _one(rule: Rule, statement: Statement, message: str) -> Finding:
    evidence = {"text": statement.text, "method": statement.method, "expression": statement.expression}
    where = (Location(file=statement.file, line=statement.line),)
    return found(rule, message, f"{statement.file}\n{statement.method}\n{statement.text}", where=where, evidence=evidence)
