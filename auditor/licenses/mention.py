"""A licence as it is mentioned: how much of its name is said, and which SPDX id that is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What words say of a licence, from the general to the particular: (CC,), (CC, BY-SA), (CC, BY-SA, 4.0).

    `id` is the SPDX id (as the list spells it, perhaps a deprecated one) where the words suffice for one.
    """

    path: tuple[str, ...]
    id: str | None = None


def agree(mentions: list[Mention]) -> Mention | None:
    """The most particular of the mentions where all others say less of the same; None where two differ, or of none."""
    best = max(mentions, key=lambda each: len(each.path), default=None)
    if best is None or any(best.path[: len(each.path)] != each.path for each in mentions):
        return None
    return best
