"""What rules are inferred from: some of the records, those to learn from and those that are held out, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check
from auditor.dataset import Batch
from auditor.model import Json, Rule

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Sampling(Check):
    """Observes for `auditor infer` and `auditor rules test`. Its context has the `bits` of a record's hash that are zero, the share
    that is held out (`holdout`), and the columns of `prose`.
    """

    name: ClassVar[str] = "inference"
    rules: ClassVar[tuple[Rule, ...]] = ()
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row for the records to learn from and one for those held out (`held`), as Arrow streams (`records`); `typed` as in batches."""
        import pyarrow as pa

        from auditor.inference.rows import chosen, filled, packed

        parts = chosen(filled(batch, context["prose"]), context["bits"], context["holdout"])
        return pa.table(
            {
                "held": pa.array([False, True]),
                "typed": pa.array([batch.typed] * 2),
                "records": pa.array(map(packed, parts), pa.large_binary()),
            }
        )
