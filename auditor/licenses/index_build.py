"""Builds `texts.index` from the texts of npm's spdx-license-list (CC0-1.0): `python -m auditor.licenses.index_build PACKAGE_FOLDER`."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

from auditor.licenses.text_index import FILE, encode, text_words

_PARTS = {
    "LGPL-3.0": ("gnu general public license version 3 29 june 2007", 1),
    "DL-DE-BY-2.0": ("data license germany attribution version 2 0", 2),
    "DL-DE-ZERO-2.0": ("data license germany zero version 2 0", 2),
}
"""Texts that the list gives with another one behind: where that begins, and how many of the two are the licence's own."""

_BEGUN = ("the work as defined below is provided", "by exercising the licensed rights", "license the work as defined below")
_ENDED = ("creative commons is not a party to this license", "creative commons is not a party to its public licenses")
"""Where the terms of a Creative Commons licence begin, behind the preface, and where the notice behind them does."""

_END = "end of terms and conditions"
"""What stands before the appendix of many licences, which people often leave out."""

_GRANT = re.compile(r"(-(?:no-)?invariants)?(-only|-or-later|\+)?$")
"""What an id says beyond the text of a GNU licence: "or later" stands in the notice of a work."""


def build(folder: Path) -> bytes:
    """The index of the package unpacked at `folder` (package.json, spdx-full.json)."""
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    data = (folder / "spdx-full.json").read_bytes()
    source = {
        "package": f"npm {package['name']} {package['version']}",
        "license": str(package["license"]),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    texts: dict[tuple[str, ...], set[str]] = {}
    entries = json.loads(data)
    for license_id, entry in entries.items():
        words = text_words(entry["licenseText"])
        same = {each for each in entries if _base(each) == _base(license_id)}
        for each in (words, *_parts(_base(license_id), words)):
            texts.setdefault(tuple(each), set()).update(same)
    return encode(source, sorted((tuple(sorted(ids)), words) for words, ids in texts.items()))


def _base(license_id: str) -> str:
    return _GRANT.sub("", license_id) if license_id.startswith(("GPL-", "LGPL-", "AGPL-", "GFDL-")) else license_id


def _parts(license_id: str, words: list[str]) -> list[list[str]]:
    """The texts of which one is made, where people keep them apart too: LGPL-3.0 without the GPL, one language of two, terms alone."""
    if license_id in _PARTS:
        mark, own = _PARTS[license_id]
        place = _place(words, mark, 0)
        return [words[:place], words[place:]][:own]
    if not license_id.startswith("CC-"):
        ended = _place(words, _END, 0)
        return [words[:ended]] if ended < len(words) else []
    begun = next((at for mark in _BEGUN if (at := _place(words, mark, 0)) < len(words)), 0)
    ended = min(_place(words, mark, begun) for mark in _ENDED)
    return [words[begun:], words[begun:ended]] if begun else []


def _place(words: list[str], mark: str, start: int) -> int:
    """Where a phrase stands first; behind the last word where it does not."""
    sought = mark.split()
    return next((at for at in range(start, len(words)) if words[at : at + len(sought)] == sought), len(words))


if __name__ == "__main__":
    FILE.write_bytes(build(Path(sys.argv[1])))
