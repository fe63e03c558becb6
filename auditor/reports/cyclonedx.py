"""The report as a CycloneDX 1.6 bill of materials in JSON: the dataset, its files and sources, and what was found as declarations.

More tools read 1.6 (ECMA-424) than 1.7 today; another version would be another constant. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from auditor import __version__
from auditor.cards.facts import address
from auditor.model import Json, Outcome, Report, family
from auditor.reports import materials
from auditor.reports.materials import Materials, plain

VERSION = "1.6"
DATASET, ASSESSOR = "dataset", "auditor"


def render(report: Report) -> str:
    """The document: the same for the same data, but for the time of creation. Its keys are sorted, all beyond ASCII is escaped."""
    data = materials.of(report)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": VERSION,
        "serialNumber": f"urn:uuid:{data.identity}",
        "version": 1,
        "metadata": {
            "timestamp": data.moment,
            "tools": {"components": [{"type": "application", "name": "auditor", "version": __version__}]},
            "component": _dataset(data),
        },
        "components": [_file(number, each) for number, each in enumerate(data.files, 1)],
        "dependencies": [{"ref": DATASET, "dependsOn": [f"file-{number}" for number in range(1, len(data.files) + 1)]}],
        "declarations": _declarations(report),
        **_standards(report),
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _some(**values: Json) -> dict[str, Json]:
    """The values that are something."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _hashes(sha256: str) -> list[dict[str, Json]]:
    return [{"alg": "SHA-256", "content": sha256}] if sha256 else []


def _file(number: int, file: materials.File) -> dict[str, Json]:
    return {"type": "file", "bom-ref": f"file-{number}", "name": file.path, **_some(hashes=_hashes(file.sha256))}


def _dataset(data: Materials) -> dict[str, Json]:
    facts, inside = data.facts, data.declared or data.detected
    stated = data.concluded or inside
    addresses = [("distribution", facts.get("download_location")), ("website", facts.get("home_page"))]
    return {
        "type": "data",
        "bom-ref": DATASET,
        "name": data.name,
        "data": [_data(data)],
        **_some(
            version=facts.get("version"),
            description=facts.get("description"),
            copyright=facts.get("copyright"),
            supplier=_party(facts.get("supplied_by")),
            authors=[{"name": facts["originated_by"]}] if "originated_by" in facts else None,
            hashes=_hashes(data.sha256),
            licenses=_license(stated, "concluded" if data.concluded else "declared"),
            evidence=_some(licenses=_license(inside, "declared")),
            externalReferences=[{"type": kind, "url": each} for kind, each in addresses if each],
            pedigree=_some(ancestors=[_source(name) for name in dict.fromkeys(facts.get("sources", ()))]),
        ),
    }


def _license(stated: str | None, how: str) -> list[dict[str, Json]]:
    return [{"expression": stated, "acknowledgement": how}] if stated else []


def _party(name: Json) -> dict[str, Json] | None:
    return {"name": name} if name else None


def _source(name: str) -> dict[str, Json]:
    return {
        "type": "data",
        "name": name,
        **_some(externalReferences=[{"type": "distribution", "url": name}] if _is_address(name) else None),
    }


def _is_address(text: str) -> bool:
    try:
        return bool(address(text)) and "://" in text
    except ValueError:
        return False


def _data(data: Materials) -> dict[str, Json]:
    """What kind of data it is, and who answers for it."""
    facts = data.facts
    kinds = {key: [{"organization": {"name": name}} for name in facts.get(key, ())] for key in ("owners", "custodians", "stewards")}
    personal = facts.get("sensitive_personal_information") == "yes"
    return {
        "type": "dataset",
        "name": data.name,
        **_some(
            governance=_some(**kinds),
            classification=facts.get("confidentiality"),
            sensitiveData=["sensitive personal information"] if personal else None,
        ),
    }


# ── what was found ────────────────────────────────────────────────────────────────────────────────────────────────────


def _declarations(report: Report) -> dict[str, Json]:
    """A claim and its evidence for each rule that was looked for and examined something, attested by this tool."""
    looked = [each for each in report.outcomes if each.status in ("passed", "failed")]
    if not looked:
        return {"assessors": [_assessor()]}
    passed = {each.rule for each in looked if each.status == "passed"}
    return {
        "assessors": [_assessor()],
        "claims": [_claim(each) for each in looked],
        "evidence": [_evidence(each) for each in looked],
        "attestations": [
            {
                "summary": f"What auditor {__version__} found. A claim says what was looked for; it is no statement of conformity.",
                "assessor": ASSESSOR,
                "map": list(_map(report, {each.rule for each in looked}, passed)),
            }
        ],
    }


def _assessor() -> dict[str, Json]:
    return {"bom-ref": ASSESSOR, "organization": {"name": "auditor"}}


def _claim(outcome: Outcome) -> dict[str, Json]:
    kept = outcome.status == "passed"
    return {
        "bom-ref": f"claim-{plain(outcome.rule)}",
        "target": DATASET,
        "predicate": f"{plain(outcome.name)}: not found",
        "reasoning": f"{outcome.examined} examined, {outcome.found} found" + (f"; {plain(outcome.note)}" if outcome.note else ""),
        "evidence" if kept else "counterEvidence": [f"evidence-{plain(outcome.rule)}"],
    }


def _evidence(outcome: Outcome) -> dict[str, Json]:
    shown = {"examined": outcome.examined, "found": outcome.found, "status": outcome.status}
    data = [{"name": key, "contents": {"attachment": {"content": str(value)}}} for key, value in shown.items()]
    return {"bom-ref": f"evidence-{plain(outcome.rule)}", "propertyName": plain(outcome.rule), "data": data}


def _map(report: Report, looked: set[str], passed: set[str]) -> Iterator[dict[str, Json]]:
    """What speaks for each control of the frameworks, and against it; and all claims, without a requirement."""
    yield _for_and_against(looked, passed)
    for framework in report.sections.get("frameworks", ()):
        for control in framework["controls"]:
            named = {str(each.get("rule")) for each in control["evidence"]}
            rules = {rule for rule in looked if named & {rule, family(rule)}}
            if rules:
                yield {"requirement": _reference(framework, control), **_for_and_against(rules, passed)}


def _for_and_against(rules: set[str], passed: set[str]) -> dict[str, Json]:
    claims = {"claims": sorted(rules & passed), "counterClaims": sorted(rules - passed)}
    return {key: [f"claim-{plain(rule)}" for rule in some] for key, some in claims.items() if some}


def _reference(framework: Mapping[str, Json], control: Mapping[str, Json]) -> str:
    return plain(f"{framework['id']}/{control['id']}")


def _standards(report: Report) -> dict[str, Json]:
    """The frameworks that the report speaks of, with their controls."""
    standards = [
        {
            "bom-ref": plain(str(framework["id"])),
            "name": plain(str(framework["title"])),
            **_some(version=plain(str(framework.get("version") or "")), externalReferences=_references(framework.get("source"))),
            "requirements": [
                {"bom-ref": _reference(framework, control), "identifier": plain(str(control["id"])), "title": plain(str(control["title"]))}
                for control in framework["controls"]
            ],
        }
        for framework in report.sections.get("frameworks", ())
    ]
    return {"definitions": {"standards": standards}} if standards else {}


def _references(source: Json) -> list[dict[str, Json]]:
    return [{"type": "documentation", "url": source}] if isinstance(source, str) and _is_address(source) else []
