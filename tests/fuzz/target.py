"""What is fuzzed: a way to make inputs from random numbers, and a way to put one to the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one input: accepted or refused, and what exactly was said (plain JSON)."""

    accepted: bool
    told: Mapping[str, Any]


class BrokenError(Exception):
    """A promise that does not hold: the ledger, an invalid batch, two ways that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing that is fuzzed.

    `make` turns a generator of random numbers into an input, the same for the same numbers. `run` puts an input to the test in a
    folder of its own; it raises BrokenError where a promise does not hold, and whatever else it raises nobody expected. `ending` is
    that of a saved input's name, `weight` how many inputs it gets in proportion to the others.
    """

    name: str
    make: Callable[[Random], bytes]
    run: Callable[[bytes, Path], Outcome]
    ending: str = ""
    weight: int = 1


def random_of(target: str, seed: int, number: int) -> Random:
    """The random numbers of one input, whatever came before it."""
    return Random(f"{seed}/{target}/{number}")


def hold(promise: bool, what: str) -> None:
    """BrokenError unless the promise holds."""
    if not promise:
        raise BrokenError(what)
