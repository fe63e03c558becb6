"""The beginnings of texts, to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.kernels import native
from auditor.kernels.texts import of_arrow

if TYPE_CHECKING:
    import pyarrow as pa


def excerpts(column: pa.LargeStringArray, points: int) -> pa.LargeStringArray:
    """The first so many code points of each text; there must be no nulls."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    copy = native.kernel("excerpts")
    if copy is None:
        return pc.utf8_slice_codeunits(column, 0, points)
    texts = of_arrow(column)
    places = np.empty(len(texts) + 1, np.int64)
    out = np.empty(min(int(texts.offsets[-1] - texts.offsets[0]), 4 * points * len(texts)) + 64, np.uint8)
    size = copy(texts.data, texts.offsets, points, places, out)
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(places), pa.py_buffer(out[:size]))
