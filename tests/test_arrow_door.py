"""pyarrow's compute functions without their documentation are the same functions."""

from __future__ import annotations

import subprocess
import sys

COMPUTED = """
from auditor.doors import arrow
arrow.hasten()
import sys, pyarrow as pa, pyarrow.compute as pc
assert not hasattr(sys.modules["pyarrow.vendored.docscrape"], "__file__")
words = pa.array(["one", None, "three"])
print(pc.count(words, mode="only_null"), pc.utf8_slice_codeunits(words, start=1, stop=3), words.filter(pc.is_valid(words)))
"""


def test_functions_and_their_options_are_the_same() -> None:
    plain = COMPUTED.replace("arrow.hasten()\n", "").replace("assert not", "assert")
    ways = ([sys.executable, "-c", code] for code in (COMPUTED, plain))
    hastened, usual = (subprocess.run(way, capture_output=True, text=True, check=True).stdout for way in ways)
    assert hastened == usual != ""
