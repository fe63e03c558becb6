"""A look at nodes (auditor/kernels/nodes.py): which are below which, and what their values are; sets of nodes are arrays of indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.kernels.nodes import ARRAY, ELEMENT, FLOAT, INTEGER, TEXT, Nodes

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from auditor.nested.paths import Step

    Set = np.ndarray[Any, np.dtype[np.int64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Sight:
    """Nodes, and what has been found out about them."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self._named: dict[int, Set] = {}
        self._lengths: Any = None

    @property
    def records(self) -> Set:
        """The records."""
        import numpy as np

        return np.arange(self.nodes.records)

    def members(self, some: Set, key: str) -> Set:
        """The values under a key in some nodes."""
        return self._below(some, self.nodes.keys[key])

    def elements(self, some: Set) -> Set:
        """The elements of those nodes that are arrays."""
        return self._below(some, ELEMENT)

    def children(self, some: Set) -> Set:
        """All that stands directly in some nodes."""
        import numpy as np

        inside = self.marked(some)
        below = np.arange(self.nodes.records, len(self.nodes.kinds))
        return below[inside[self.nodes.parents[below]]]

    def step(self, some: Set, step: Step) -> Set:
        """Where a step of a path leads from some nodes."""
        import numpy as np

        if isinstance(step, str):
            return self.members(some, step)
        found = self.elements(some)
        if step is None:
            return found
        owners = self.nodes.parents[found]
        ends = np.bincount(owners, minlength=len(self.nodes.kinds))[owners] if step < 0 else 0
        chosen: Set = found[self.nodes.places[found] == ends + step]
        return chosen

    def marked(self, some: Set) -> Mask:
        """Which of all nodes are among some."""
        import numpy as np

        inside = np.zeros(len(self.nodes.kinds), bool)
        inside[some] = True
        return inside

    def counts(self, some: Set, children: Set) -> Set:
        """How many of the children stand in each of some nodes."""
        import numpy as np

        counts: Set = np.bincount(self.nodes.parents[children], minlength=len(self.nodes.kinds))[some]
        return counts

    def kinds(self, some: Set) -> Any:
        """The kinds of some nodes."""
        return self.nodes.kinds[some]

    def texts(self, some: Set) -> pa.LargeStringArray:
        """The texts of some nodes that are TEXT or FLOAT."""
        import pyarrow as pa

        return self.nodes.texts.take(pa.array(self.nodes.numbers[some]))

    def lengths(self, some: Set, least: int, most: int) -> Mask:
        """Whether each of some nodes, all of them TEXT, has from `least` to `most` code points."""
        import numpy as np
        import pyarrow.compute as pc

        if self._lengths is None:
            self._lengths = np.asarray(pc.binary_length(self.nodes.texts))
        size = self._lengths[self.nodes.numbers[some]]
        sure: Mask = (size >= 4 * least) & (size <= most)  # a code point takes one to four bytes
        unsure = np.flatnonzero(~sure & (size >= least) & (size <= 4 * most))
        if len(unsure):
            points = np.asarray(pc.utf8_length(self.texts(some[unsure])))
            sure[unsure] = (points >= least) & (points <= most)
        return sure

    def numbers(self, some: Set) -> list[int | float]:
        """The values of some nodes that are INTEGER or FLOAT, as Python has them."""
        values: list[int | float] = self.nodes.numbers[some].tolist()
        kinds = self.kinds(some)
        floats = (kinds == FLOAT).nonzero()[0]
        for place, text in zip(floats.tolist(), self.texts(some[floats]).to_pylist(), strict=True):
            values[place] = int(text) if text.lstrip("-").isdigit() else float(text)
        return values

    def value(self, node: int) -> Any:
        """The value of a node that is no object and no array; of those their kind, in brackets."""
        kind = int(self.nodes.kinds[node])
        if kind == TEXT:
            return self.nodes.texts[int(self.nodes.numbers[node])].as_py()
        if kind in {INTEGER, FLOAT}:
            import numpy as np

            return self.numbers(np.array([node]))[0]
        return {1: None, 2: False, 4: True}.get(kind, "[...]" if kind == ARRAY else "{...}")

    def _below(self, some: Set, name: int) -> Set:
        import numpy as np

        if name not in self._named:
            self._named[name] = np.flatnonzero(self.nodes.names == name)
        found = self._named[name]
        return found[self.marked(some)[self.nodes.parents[found]]]
