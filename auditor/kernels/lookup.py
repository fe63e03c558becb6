"""Which of many hashes are among some others: a map of bits that turns nearly all away, then the others by their first bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.kernels import native
from auditor.kernels.sets import I64, U64

SIEVE, BUCKETS = 24, 20
"""First bits of a hash that choose its place in the map, and its bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The `keys` (ascending, distinct), the map of them, and where each bucket of keys begins (one more than buckets)."""

    keys: U64
    sieve: U64
    buckets: I64

    def passing(self, values: U64) -> I64:
        """The places of the values that may be keys."""
        slots = values >> np.uint64(64 - SIEVE)
        words = self.sieve[(slots >> np.uint64(6)).view(np.int64)]
        return np.flatnonzero((words >> (slots & np.uint64(63))) & np.uint64(1))

    def found(self, values: U64) -> tuple[I64, I64]:
        """The places of the values that are keys, and the places of those keys."""
        look = native.kernel("looked_up")
        if look is not None:
            places, kinds = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
            count = look(np.ascontiguousarray(values), self.keys, self.buckets, self.sieve, SIEVE, BUCKETS, places, kinds)
            return places[:count], kinds[:count]
        places = self.passing(values)
        if not len(self.keys):
            return places, places
        kinds = np.minimum(np.searchsorted(self.keys, values[places]), len(self.keys) - 1)
        there = self.keys[kinds] == values[places]
        return places[there], kinds[there]


def sieve(hashes: U64, bits: int) -> U64:
    """A map of 2 ** bits bits, of which those are set that are the first bits of a hash."""
    there = np.zeros(1 << bits, np.bool_)
    there[(hashes >> np.uint64(64 - bits)).view(np.int64)] = True
    return np.packbits(there, bitorder="little").view(np.uint64)


def lookup(keys: U64) -> Lookup:
    """The lookup of some keys (ascending, distinct)."""
    buckets = np.searchsorted(keys >> np.uint64(64 - BUCKETS), np.arange((1 << BUCKETS) + 1, dtype=np.uint64))
    return Lookup(keys=keys, sieve=sieve(keys, SIEVE), buckets=buckets)
