"""The gap between training and evaluation that a user asks for, as a text: 7d, 36h, 90m, or a number in the unit of the times."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def embargo(value: object) -> str:
    """The text, if it is such a gap; ValueError else."""
    text = str(value).strip()
    if not re.fullmatch(rf"\d{{1,12}}(\.\d{{1,6}})?[{''.join(_UNITS)}]?", text, re.ASCII):
        raise ValueError(f"a duration such as 7d, 36h, 90m or 30s is expected (or a number, where times are numbers), not {value!r}")
    return text


def gap(text: str, moments: bool) -> float | None:
    """The gap in the unit of the times: microseconds where they are moments. None where one is a duration and the other a number."""
    if not text:
        return 0.0
    unit = _UNITS.get(text[-1])
    if (unit is not None) != moments:
        return None
    return float(text[:-1]) * unit * 1e6 if unit is not None else float(text)
