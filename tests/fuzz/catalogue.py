"""All targets, by name; the canary, of no weight, only where it is asked for."""

from __future__ import annotations

from . import canary, documents, kernels, readers, rules, schemas

TARGETS = {target.name: target for room in (readers, documents, rules, schemas, kernels, canary) for target in room.TARGETS}
