"""What is wrong with a bill of materials, and the forms of values that several formats share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.licenses import expression, spdx

DIGITS = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "blake3": 64,
    "adler32": 8,
    "md4": 32,
    "md2": 32,
    "sha3256": 64,
    "sha3384": 96,
    "sha3512": 128,
    "sha3224": 56,
    "blake2b256": 64,
    "blake2b384": 96,
    "blake2b512": 128,
}
"""Hexadecimal digits of a digest, by its algorithm in small letters, without `-` and `_`."""

_IRI = re.compile(r"(?!_:)[^\s<>\"{}|\\^`]+:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong: the id of the element (or its place in the document), the property, and why."""

    element: str
    field: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Checked:
    """The faults of a document, how many elements were looked at, and how many of each kind that could not be judged."""

    faults: list[Fault] = field(default_factory=list)
    elements: int = 0
    unchecked: Counter[str] = field(default_factory=Counter)

    def fault(self, element: str, field: str, reason: str) -> None:
        """One more thing that is wrong."""
        self.faults.append(Fault(element=element, field=field, reason=reason))


def is_address(value: Any) -> bool:
    """Whether it is an absolute IRI without blanks."""
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def is_moment(value: Any) -> bool:
    """Whether it is a moment in UTC to the second, such as 2024-03-01T12:00:00Z, and one of the calendar."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.ASCII):
        return False
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def digest_fault(algorithm: Any, value: Any) -> str | None:
    """Why the digest is none of that algorithm; None where it may be."""
    digits = DIGITS.get(re.sub("[-_]", "", algorithm.casefold())) if isinstance(algorithm, str) else None
    if digits is None or (isinstance(value, str) and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value)):
        return None
    return f"{digits} hexadecimal digits are expected of {algorithm}, not {value!r:.100}"


def expression_fault(text: str, version: str | None = None) -> tuple[str | None, list[str]]:
    """Why a text is no licence expression (None where it is one), and its LicenseRefs.

    An id that is not on our list may be on a later one: where `version` is later, the reason is "" (it cannot be judged).
    """
    try:
        tree = expression.parse(text)
    except expression.ExpressionError as error:
        later = "is not on the SPDX" in error.reason and is_later(version)
        return "" if later else f"{text!r:.200} is no licence expression: {error}", []
    return None, sorted({each.id for each in expression.licenses(tree) if each.reference})


def is_later(version: str | None) -> bool:
    """Whether a version of the licence list (3.30 or 3.30.0) is later than ours."""
    match = re.match(r"(\d+)\.(\d+)", version or "")
    ours = [int(part) for part in spdx.list_version().split(".")]
    return match is not None and [int(match[1]), int(match[2])] > ours
