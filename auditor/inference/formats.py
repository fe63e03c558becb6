"""The format of a column of texts, if nearly all of them are written like it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dataset import tokens
from auditor.kernels.columns import Column
from auditor.kernels.columns_strings import FORMS
from auditor.validation.cells import View
from auditor.validation.formats import unfit

CANDIDATES = ("uuid", "sha256", "sha1", "md5", "email", "url", "ipv4", "ipv6", "json", "spdx", "language", "base64")
"""The formats that are looked for, the more particular first; dates and numbers are counted while texts are read."""

LIKELY = 0.99

NAMED = {"spdx": {"license", "licence", "licenses", "licences", "spdx"}, "language": {"lang", "language", "languages", "locale"}}
"""Formats that short words have by chance: only columns of such names are of them."""


def format_of(name: str, seen: Column, typed: bool) -> tuple[str, int] | None:
    """The format of a column of texts and how many are of it; None where there is none."""
    forms = dict(zip(FORMS, seen.strings.forms.tolist(), strict=True))
    counted = {"date": forms["date"], "datetime": forms["datetime"]}
    if typed:
        counted |= {"integer": forms["integer"], "number": forms["integer"] + forms["number"]}
    for form, count in counted.items():
        if count >= LIKELY * seen.present:
            return form, count
    texts, counts = seen.strings.texts, seen.strings.counts
    kept = np.asarray(texts.is_valid())
    if counts[kept].sum() < LIKELY * counts.sum() or not kept.any():
        return None  # long texts, of which only the length is known
    some, weights = texts.drop_null(), counts[kept]
    for form in CANDIDATES:
        if _possible(form, name, some):
            unfitting = int(weights[unfit(View(kind="text", held=some, size=len(some)), form)].sum())
            if unfitting <= (1 - LIKELY) * weights.sum():
                return form, seen.present - round(unfitting * seen.present / int(weights.sum()))
    return None


def _possible(form: str, name: str, texts: pa.LargeStringArray) -> bool:
    """Whether a format says more of texts than chance does."""
    if form in NAMED:
        return bool(NAMED[form] & {*tokens(name)})
    if form == "json":
        return bool(pc.all(pc.match_substring_regex(texts, r"^\s*[\[{]")).as_py())
    if form == "base64":
        mixed = pc.all(pc.and_(pc.match_substring_regex(texts, "[0-9+/=]"), pc.match_substring_regex(texts, "[a-z].*[A-Z]|[A-Z].*[a-z]")))
        return bool(mixed.as_py()) and pc.min(pc.binary_length(texts)).as_py() >= 16
    return True
