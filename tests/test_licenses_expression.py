"""SPDX expressions: what is one, what is not and at which column, and what can be asked of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.licenses import groups
from auditor.licenses.expression import ExpressionError, Joined, License, ids, join, parse, render

SIMPLE = st.sampled_from(["MIT", "Apache-2.0", "CC-BY-4.0", "GPL-2.0-only WITH Classpath-exception-2.0", "Apache-2.0+", "LicenseRef-x.1"])
OPERATORS = st.sampled_from(["AND", "OR"])
EXPRESSIONS = st.recursive(SIMPLE, lambda inner: st.tuples(inner, OPERATORS, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("mit", "MIT"),
        (" MIT ", "MIT"),
        ("((MIT))", "MIT"),
        ("gpl-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("MIT OR Apache-2.0 AND ISC", "MIT OR Apache-2.0 AND ISC"),
        ("(MIT OR Apache-2.0) AND ISC", "(MIT OR Apache-2.0) AND ISC"),
        ("MIT AND (ISC AND 0BSD)", "MIT AND ISC AND 0BSD"),
        ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
        ("GPL-3.0-only WITH gcc-exception-3.1", "GPL-3.0-only WITH GCC-exception-3.1"),
        ("MIT WITH AdditionRef-mine", "MIT WITH AdditionRef-mine"),
        ("GPL-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"),
    ],
)
def test_expressions_in_canonical_spelling(text: str, canonical: str) -> None:
    assert render(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("MIT AND", 8),
        ("AND MIT", 1),
        ("MIT MIT", 5),
        ("(MIT", 5),
        ("MIT)", 4),
        ("()", 2),
        ("MIT AND Foo-1.0", 9),
        ("MIT WITH Foo", 10),
        ("MIT WITH", 9),
        ("MIT/ISC", 4),
        ("MIT +", 5),
        ("LicenseRef-x+", 1),
        ("mit and isc", 5),
        ("(" * 102 + "MIT" + ")" * 102, 102),
        ("MIT" * 5_000, 10_001),
        ("GPL-2.0-with-bison-exception WITH Classpath-exception-2.0", 30),
    ],
)
def test_what_is_no_expression_says_at_which_column(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.column == column


@given(EXPRESSIONS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_rendering_loses_nothing(text: str) -> None:
    tree = parse(text)
    assert parse(render(tree)) == tree
    assert render(parse(render(tree))) == render(tree)


@given(st.text(alphabet="MIT ()+ANDORWH-2.0", max_size=40))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_text_is_an_expression_or_an_error(text: str) -> None:
    result: object
    try:
        result = parse(text)
    except ExpressionError as error:
        result = error.column
    assert result in range(1, len(text) + 2) if isinstance(result, int) else isinstance(result, License | Joined)


def test_the_ids_of_an_expression_each_once() -> None:
    assert ids("MIT OR (Apache-2.0 AND MIT)") == ("MIT", "Apache-2.0")


def test_joining() -> None:
    assert join("AND", []) is None
    assert join("AND", ["MIT"]) == "MIT"
    assert join("AND", ["MIT", "mit", "ISC"]) == "MIT AND ISC"
    assert join("AND", ["MIT OR ISC", "0BSD"]) == "(MIT OR ISC) AND 0BSD"
    assert join("OR", ["MIT OR ISC", "0BSD AND Zlib"]) == "MIT OR ISC OR 0BSD AND Zlib"


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        ("MIT", "CC-BY-NC-4.0", "CC-BY-NC-4.0"),
        ("CC-BY-NC-4.0", "MIT", "CC-BY-NC-4.0"),
        ("CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-ND-4.0", "CC-BY-ND-4.0"),
        ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0"),
        ("CC0-1.0", "MIT", "MIT"),
        ("MIT", "Apache-2.0", "MIT"),
        ("MIT OR CC-BY-NC-4.0", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("MIT AND CC-BY-NC-4.0", "CC-BY-SA-4.0", "MIT AND CC-BY-NC-4.0"),
        ("LicenseRef-public-domain", "MIT", "MIT"),
    ],
)
def test_the_stricter_of_two(a: str, b: str, result: str) -> None:
    assert groups.stricter(a, b) == result


def test_groups() -> None:
    assert groups.groups_of("CC-BY-NC-SA-3.0-DE") == {"noncommercial", "sharealike"}
    assert groups.groups_of("CC-BY-NC-ND-4.0") == {"noncommercial", "noderivatives"}
    assert groups.groups_of("MIT") == {"software"}
    assert groups.groups_of("CC-BY-4.0") == frozenset()
