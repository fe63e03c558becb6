"""Licences after the REUSE specification: REUSE.toml, and the tags in documents and in the `.license` files beside data."""

from __future__ import annotations

import re

from auditor.dataset import Document
from auditor.licenses.claim import Claim, within
from auditor.licenses.fields import MOST

LONGEST = 1 << 20
"""Characters of the longest REUSE.toml that is read."""

HEAD = 4_000
"""Characters of a document in which a tag speaks of the document's dataset."""

_TAG = re.compile(r"SPDX-Licen[sc]e-Identifier:([^\r\n]{1,500})", re.IGNORECASE)
_LICENSE = re.compile(r"^License:[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_KEY = "SPDX-License-Identifier"


def tags(text: str, method: str) -> list[Claim]:
    """The SPDX tags of a text, each once."""
    found = {tag: match.start(1) for match in reversed(list(_TAG.finditer(text))) if (tag := match[1].partition("-->")[0].strip(" \t*/#"))}
    return [
        Claim(method=method, kind="detected", text=tag, at=within(text, at, len(text), tag))
        for tag, at in sorted(found.items(), key=lambda item: item[1])[:MOST]
    ]


def dep5(document: Document) -> list[Claim]:
    """What a .reuse/dep5 says (Debian's format of copyright files), paragraph by paragraph; all of them hold for the dataset."""
    text = (document.text or "")[:LONGEST]
    return [
        Claim(method="reuse", text=match[1].strip(), at=within(text, match.start(1), match.end(1), match[1].strip()))
        for match in list(_LICENSE.finditer(text))[:MOST]
    ]


def sidecar(document: Document) -> list[Claim]:
    """What a `.license` file says of the file beside it."""
    return tags(document.text or "", "spdx-tag")


def toml(document: Document) -> list[Claim]:
    """What a REUSE.toml says, file pattern by file pattern; all of them hold for the dataset."""
    import tomllib

    text = document.text or ""
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    listed = tomllib.loads(text).get("annotations")
    found: list[Claim] = []
    for each in listed[:MOST] if isinstance(listed, list) else []:
        stated = each.get(_KEY) if isinstance(each, dict) else None
        names = [name for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str) and name.strip()]
        found.extend(Claim(method="reuse", text=name.strip(), at=within(text, 0, len(text), name)) for name in names)
    return list(dict.fromkeys(found))
