"""Bills of materials of many files and packages, written and checked: `bench/documents.py [--peers]`.

SPDX 3.0.1 with 10,000 elements and SPDX 2.3 with 4,000 packages. With --peers also what others take for the same documents: spdx-tools'
validator, spdx-python-model, and jsonschema or pyshacl where SPDX3_MODEL is a folder with schema.json, context.jsonld and model.ttl.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from bills import ALL, report, section

from auditor.reports import cyclonedx, spdx, spdx3
from auditor.verification import documents

ELEMENTS, PACKAGES = 10_000, 4_000


def measured(what: str, run: Callable[[], Any]) -> Any:
    """What the function returns; its processor time is printed."""
    began = time.process_time()
    found = run()
    print(f"{what:<58} {time.process_time() - began:8.3f} s")
    return found


def checked(text: str) -> None:
    """The document read and checked; it is sound."""
    found = documents.checked(json.loads(text))
    assert found is not None
    assert found[1].faults == []


def shapes(document: dict[str, Any], folder: Path) -> None:
    """The shapes of the specification, by pyshacl."""
    import pyshacl
    import rdflib

    context = json.loads((folder / "context.jsonld").read_text())["@context"]
    model = rdflib.Graph().parse(folder / "model.ttl")
    data = rdflib.Graph().parse(data=json.dumps({**document, "@context": context}), format="json-ld")
    print("   pyshacl says:", pyshacl.validate(data, shacl_graph=model, ont_graph=model)[0])


def schema(document: dict[str, Any], folder: Path) -> None:
    """The JSON schema made of the specification, by jsonschema."""
    import jsonschema

    known = json.loads((folder / "schema.json").read_text())
    print("   jsonschema finds:", len(list(jsonschema.Draft202012Validator(known).iter_errors(document))))


def peers(three: str, two: str) -> None:
    """What others take for the same documents."""
    from spdx_python_model import v3_0_1
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    objects = v3_0_1.SHACLObjectSet()
    measured("  spdx-python-model reads SPDX 3", lambda: v3_0_1.JSONLDDeserializer().read(io.BytesIO(three.encode()), objects))
    folder = Path(os.environ.get("SPDX3_MODEL", "-"))
    if folder.is_dir():
        measured("  jsonschema", lambda: schema(json.loads(three), folder))
        measured("  pyshacl", lambda: shapes(json.loads(three), folder))
    parsed = measured("  spdx-tools parses SPDX 2.3", lambda: JsonLikeDictParser().parse(json.loads(two)))
    measured("  spdx-tools validates SPDX 2.3", lambda: validate_full_spdx_document(parsed))


def main() -> None:
    """Prints processor seconds."""
    many = report(section("CC-BY-4.0", "CC-BY-4.0"), ALL, files=ELEMENTS)
    sources = tuple(f"https://example.org/{n}" for n in range(PACKAGES - 1))
    parts = report(section("CC-BY-4.0", "CC-BY-4.0"), {**ALL, "sources": sources})
    spdx.render(report())  # what importing the library takes is said by bench/start_up.py
    three = measured(f"SPDX 3.0.1, {ELEMENTS:,} files: written", lambda: spdx3.render(many))
    measured("SPDX 3.0.1: read and checked", lambda: checked(three))
    two = measured(f"SPDX 2.3, {PACKAGES:,} packages: written", lambda: spdx.render(parts))
    measured("SPDX 2.3: read and checked", lambda: checked(two))
    other = measured(f"CycloneDX 1.6, {ELEMENTS:,} files: written", lambda: cyclonedx.render(many))
    measured("CycloneDX 1.6: read and checked", lambda: checked(other))
    if "--peers" in sys.argv:
        peers(three, two)


if __name__ == "__main__":
    main()
