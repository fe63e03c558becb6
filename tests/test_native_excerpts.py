"""The beginnings of texts: the same by compiled kernels and without."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.kernels.excerpts import excerpts

Compiled = Callable[[], AbstractContextManager[None]]

TEXT = st.text(st.characters(codec="utf-8"), max_size=9).flatmap(lambda text: st.integers(0, 40).map(lambda n: text * n))
TEXTS = st.lists(TEXT, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS, st.integers(0, 130), st.integers(0, 2))
def test_an_excerpt_is_the_first_code_points(compiled: Compiled, texts: list[str], most: int, skip: int) -> None:
    column = pa.array(texts, pa.large_string())[skip:]
    expected = [text[:most] for text in texts[skip:]]
    assert excerpts(column, most).to_pylist() == expected
    with compiled():
        found = excerpts(column, most)
    found.validate(full=True)
    assert found.to_pylist() == expected


@pytest.mark.parametrize("character", ["a", "é", "€", "😀"])
@pytest.mark.parametrize("size", [62, 63, 64, 65, 128])
def test_no_code_point_is_cut(character: str, size: int, compiled: Compiled) -> None:
    column = pa.array([("x" * pad + character * size + "y") for pad in range(4)], pa.large_string())
    with compiled():
        for most in (size - 1, size, size + 1):
            assert excerpts(column, most).to_pylist() == [each[:most] for each in column.to_pylist()]
