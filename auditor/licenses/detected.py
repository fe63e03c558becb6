"""Licence files: which documents are some, and which licence their text is or names."""

from __future__ import annotations

import re

from auditor.dataset import Document
from auditor.licenses import expression, texts
from auditor.licenses.cards import clear
from auditor.licenses.claim import Claim
from auditor.licenses.metadata import MOST
from auditor.licenses.words import words

_NAME = re.compile(r"(?:un)?licen[sc]es?(?:[._-].*)?|copying(?:[._-].*)?|(?:data|dataset|content)[._-]?licen[sc]es?(?:\..*)?")
_OTHER = frozenset({"code", "software", "model", "scripts", "third", "thirdparty", "py", "json", "yaml", "yml", "csv", "html"})
_TAG = re.compile(r"SPDX-License-Identifier:([^\r\n]{1,500})")
NOTICE = 150
"""Words of a licence file up to which it may be a notice, which names a licence instead of being its text."""


def is_license(path: str) -> bool:
    """Whether a document is a licence for the data: LICENSE, COPYING, LICENSES/..., but not LICENSE-CODE."""
    folder, _, name = path.casefold().rpartition("/")
    if _OTHER & set(re.split(r"[^a-z]+", name)):
        return False
    return folder.rpartition("/")[2] == "licenses" or _NAME.fullmatch(name) is not None


def license_file(document: Document) -> list[Claim]:
    """The licence that a file is the text of, names by an SPDX tag, or names in a short notice; nothing where that is not certain."""
    text = document.text or ""
    tags = [tag for tag in dict.fromkeys(tag.partition("-->")[0].strip(" \t*/#") for tag in _TAG.findall(text)) if tag]
    if tags:
        at = text.count("\n", 0, text.find("SPDX-License-Identifier:")) + 1
        return [Claim(method="license-file", kind="detected", text=tag, line=at) for tag in tags[:MOST]]
    known = texts.read(text)
    if known is None and len(words(text[:5_000])) <= NOTICE and len(text) <= 5_000:
        stated = clear(text)
        if stated is not None:
            line = text.count("\n", 0, max(0, text.find(stated[:40]))) + 1
            return [Claim(method="license-file", kind="detected", text=stated, line=line)]
    if known is None and "/" in document.path and document.path.split("/")[-2].casefold() == "licenses":
        known = _by_name(document.path)
    return [Claim(method="license-file", kind="detected", text=_title(text), line=1, known=known)] if known else []


def _by_name(path: str) -> str | None:
    """LICENSES/MIT.txt is MIT by its name (REUSE specification)."""
    try:
        return expression.render(expression.parse(re.sub(r"\.(?:txt|md)$", "", path.rpartition("/")[2])))
    except expression.ExpressionError:
        return None


def _title(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
