"""Licence names as words: what stays the same of a name however it is written."""

from __future__ import annotations

import re
import unicodedata

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−_", "-"))
_WORD = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*(?:[a-z](?![^\W\d_]))?|[+&?<>=≥≤]")
_GLUED = re.compile(r"(?<![a-z])(cc)?(by)(nc)?(sa|nd)?(?![a-z])")
_VERSION_FIRST = re.compile(r"\bv(?:ersion)? ?(\d+(?:\.\d+)*) of (?:the )?(.+)")

SILENT = frozenset(
    [
        *("the", "a", "an", "license", "licenses", "licence", "licences", "licencia", "licenca", "licenza", "lizenz", "agreement"),
        *("version", "versions", "ver", "v"),
    ]
)
"""Words that never tell one licence from another; they are left out of every name."""


def fold(text: str) -> str:
    """The text without case, accents, invisible characters and kinds of dashes, one blank between words."""
    text = unicodedata.normalize("NFKD", text.translate(_DASHES)).casefold()
    if text.isascii() and text.isprintable():  # as nearly all names are: thousands of them are read for a dataset's card
        return " ".join(text.split())
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in {"Mn", "Cf", "Cc"})
    return " ".join(text.split())


def words(text: str) -> tuple[str, ...]:
    """The words, numbers and plus signs of a name, in order, without the silent ones: `GPLv3+` is gpl, 3, +."""
    text = _VERSION_FIRST.sub(r"\2 version \1", fold(text))
    text = re.sub(r"(?<=[a-z])v(?=\d)", " v", text)
    text = _GLUED.sub(lambda match: " ".join(filter(None, match.groups())), text)
    return tuple("and" if word == "&" else word for word in _WORD.findall(text) if word not in SILENT)
