"""Bills of materials by their kind: which checker looks at which document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.verification import cyclonedx, spdx2, spdx3
from auditor.verification.faults import Checked


def checked(document: Mapping[str, Any]) -> tuple[str, Checked] | None:
    """The kind of a document, as JSON values, and what is wrong with it; None where it is no bill of materials that is known."""
    if "spdxVersion" in document:
        return "SPDX document", spdx2.check(document)
    if "spdx.org/rdf/3" in str(document.get("@context")):
        return "SPDX 3 document", spdx3.check(document)
    if document.get("bomFormat") == "CycloneDX":
        return "CycloneDX document", cyclonedx.check(document)
    return None
