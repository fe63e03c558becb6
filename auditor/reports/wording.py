"""The words in which every format for people writes numbers, shares and values, and text that cannot do harm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from auditor.model import Json, Report

# Control characters, marks that turn the writing direction, invisible ones, tags, and halves of surrogate pairs. The joiners U+200C
# and U+200D stay, since words of many languages need them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: object, keep: str = "") -> str:
    r"""The text with every character that a reader would not see, or a terminal would obey, written as `\u202e`; `keep` stays."""

    def written(match: re.Match[str]) -> str:
        char = match[0]
        if char in keep:
            return char
        code = ord(char)
        return _NAMED.get(char) or (f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}")

    return _UNSEEN.sub(written, str(text))


def cut(text: str, width: int) -> str:
    """At most `width` characters of the text; an ellipsis is the last of them where something was left out."""
    return text if len(text) <= width else text[: width - 1] + "…"


def number(value: int | None) -> str:
    """12,345; a question mark where it is not known."""
    return f"{value:,}" if isinstance(value, int) else "?"


def counted(value: int | None, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number(value)} {noun}" + ("" if value == 1 else "s")


def percent(share: float) -> str:
    """A share from 0 to 1 in per cent, with two digits; neither something as nothing nor a part as the whole."""
    if 0 < share < 0.00005:
        return "< 0.01 %"
    if 0.99995 <= share < 1:
        return "> 99.99 %"
    return f"{100 * share:.2f} %"


def size(count: int) -> str:
    """Bytes in the unit a person would choose (1 kB is 1,000 bytes)."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def said(value: Json) -> str:
    """A JSON value as a person would say it: `a: 1, b: yes`, `x; y`, `none`."""
    if value is None or value in ([], {}, ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(key)}: {said(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(said(item) for item in value)
    return visible(value)


def capped(items: Sequence[Json], limit: int) -> tuple[Sequence[Json], int]:
    """The first `limit` items and how many more there are."""
    return items[:limit], max(0, len(items) - limit)


def unheeded(line: str) -> str:
    """A line of output that build servers do not obey: those heed `::` at its beginning, and some of them `##[` or `##vso[` anywhere."""
    return re.sub(r"##(?=\w*\[)", r"\\u0023#", re.sub(r"^(\s*):(?=:)", r"\1\\u003a", line))


def moment(report: Report) -> str:
    """When the audit began, as ISO 8601 with a zone; the epoch where the report does not say or says no time."""
    from datetime import UTC, datetime

    try:
        began = datetime.fromisoformat(str(report.run.get("started")))
    except ValueError:
        began = datetime.fromtimestamp(0, UTC)
    return (began if began.tzinfo else began.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
