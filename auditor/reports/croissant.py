"""The report as a Croissant 1.1 file: what an audit knows of the dataset, to be published, or merged into the file that there is.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.licenses.expression import License, licenses, parse
from auditor.model import Json, Report, digest
from auditor.reports import materials
from auditor.reports.materials import File, Materials, plain

CONFORMS = "http://mlcommons.org/croissant/1.1"
_TERMS = (
    *(
        "citeAs",
        "column",
        "containedIn",
        "extract",
        "equivalentProperty",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
    ),
    *(
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
    ),
    *("separator", "source", "subField", "transform", "isArray", "arrayShape"),
)
CONTEXT: Mapping[str, Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
"""The context of the specification."""

_TYPES = {"boolean": "sc:Boolean", "integer": "sc:Integer", "number": "sc:Float", "string": "sc:Text"}
_MEDIA = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".parquet": "application/x-parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".ndjson": "application/jsonlines",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
    ".bz2": "application/x-bzip2",
    ".xz": "application/x-xz",
}
_COLUMNS = (".csv", ".tsv", ".parquet")
_PLAIN = {
    "description": "description",
    "version": "version",
    "copyright": "copyrightNotice",
    "released": "datePublished",
    "built": "dateCreated",
    "originated_by": "creditText",  # `creator` would have to say whether it is a person
}


def render(report: Report) -> str:
    """The file, with sorted keys and all beyond ASCII escaped. What is not known is left out."""
    data = materials.of(report)
    return json.dumps(_dataset(data, report), indent=1, sort_keys=True, allow_nan=False) + "\n"


def _dataset(data: Materials, report: Report) -> dict[str, Json]:
    facts = data.facts
    url = facts.get("home_page") or facts.get("download_location")
    sources = list(dict.fromkeys(facts.get("sources", ())))
    records = list(_record_sets(data, report))
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": data.name,
        "distribution": [_file(each) for each in data.files],
        **{field: facts[key] for key, field in _PLAIN.items() if key in facts},
        **({"url": url} if url else {}),
        **({"isBasedOn": sources} if sources else {}),
        **({"rai:dataCollection": facts["collection_process"]} if "collection_process" in facts else {}),
        **({"rai:dataBiases": list(facts["known_bias"])} if "known_bias" in facts else {}),
        **_license(data.concluded),
        **({"recordSet": records} if records else {}),
    }


def _license(stated: str | None) -> dict[str, Json]:
    """Addresses of the SPDX list where all of the licences hold and each is on it; else a work that is called like the expression."""
    if stated is None:
        return {}
    tree = parse(stated)
    parts = licenses(tree)
    listed = all(not (each.reference or each.later or each.exception) for each in parts)
    if listed and (isinstance(tree, License) or (tree.by == "AND" and all(isinstance(each, License) for each in tree.parts))):
        addresses = [f"https://spdx.org/licenses/{each.id}" for each in parts]
        return {"license": addresses[0] if len(addresses) == 1 else addresses}
    return {"license": {"@type": "CreativeWork", "name": stated}}


def _ending(path: str) -> str:
    match = re.search(r"\.[A-Za-z0-9]+$", path)
    return match[0].casefold() if match else ""


def _file_id(file: File) -> str:
    return f"file-{digest(file.path)}"


def _file(file: File) -> dict[str, Json]:
    hashes = {"sha256": file.sha256} if file.sha256 else {}
    return {
        "@type": "cr:FileObject",
        "@id": _file_id(file),
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _MEDIA.get(_ending(file.path), "application/octet-stream"),
        **hashes,
    }


def _record_sets(data: Materials, report: Report) -> Iterator[dict[str, Json]]:
    """The columns of each split that is one file of a table, with their types, where the records were read."""
    files = {each.path: each for each in data.files}
    profiled = report.sections.get("profile", {}).get("splits", {})
    for split, found in report.dataset.get("splits", {}).items():
        columns = profiled.get(split, {}).get("columns", {})
        paths = [plain(str(each["path"])) for each in found["files"]]
        if columns and len(paths) == 1 and _ending(paths[0]) in _COLUMNS:
            yield _record_set(f"records-{digest(split)}", plain(str(split)), _file_id(files[paths[0]]), columns)


def _record_set(name: str, split: str, file: str, columns: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": split,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{digest(column)}",
                "name": plain(column),
                "dataType": _type(profile),
                "source": {"fileObject": {"@id": file}, "extract": {"column": plain(column)}},
            }
            for column, profile in sorted(columns.items())
        ],
    }


def _type(profile: Mapping[str, Any]) -> str:
    """The type of a column all of whose values are of one kind; else text."""
    kinds, stored = list(profile.get("types", {})), profile.get("stored") or [""]
    if kinds == ["time"]:
        return "sc:Date" if str(stored[0]).startswith("date") else "sc:DateTime"
    return _TYPES.get(str(kinds[0]), "sc:Text") if len(kinds) == 1 else "sc:Text"
