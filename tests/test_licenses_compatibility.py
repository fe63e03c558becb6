"""May sources be mixed: the table as a whole, properties, and what Creative Commons and the European Data Portal say of the same."""

from __future__ import annotations

import itertools
import os
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.licenses import spdx
from auditor.licenses.compatibility import STRICT, TERMS, asks, collection, may, mix, outcomes
from auditor.licenses.expression import ExpressionError, ids
from auditor.licenses.facts import fact
from auditor.licenses.vocabularies import table

GOLDEN = Path(__file__).parent / "golden" / "license_pairs.txt"
LISTED: list[str] = [
    *("CC0-1.0", "PDDL-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"),
    *("CC-BY-3.0", "CC-BY-SA-3.0", "CC-BY-NC-3.0", "CC-BY-NC-SA-3.0", "CC-BY-SA-2.5", "CC-BY-SA-2.0", "CC-BY-SA-1.0", "CC-SA-1.0"),
    *("ODC-By-1.0", "ODbL-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "O-UDA-1.0", "C-UDA-1.0"),
    *("OGL-UK-3.0", "OGL-Canada-2.0", "etalab-2.0", "NLOD-2.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "OGDL-Taiwan-1.0"),
    *("MIT", "Apache-2.0", "GFDL-1.2-or-later", "GFDL-1.3-only", "LAL-1.3", "GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later", "EUPL-1.2"),
]
ELEMENTS = frozenset({"by", "sa", "nc", "nd"})
TRIED: list[str] = table("compatibility")["outcomes"]
SOME = st.lists(
    st.sampled_from([*LISTED, "MIT OR CC-BY-NC-4.0", "CC-BY-4.0 AND ODbL-1.0", "LicenseRef-own", "CC-BY-SA-2.0+"]), min_size=1, max_size=5
)


def answer(source: str, target: str) -> str:
    return may([source], target).answer


def written() -> str:
    """The table as text: for each licence, under which others what is made of it may be published; all others are denied."""
    lines = []
    for source in LISTED:
        given_ = {target: answer(source, target) for target in LISTED}
        lines.append(source)
        lines += [f"  {kind}: {' '.join(each for each in LISTED if given_[each] == kind) or '-'}" for kind in ("allow", "unclear")]
    return "\n".join(lines) + "\n"


def test_the_whole_table() -> None:
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        GOLDEN.write_text(written(), encoding="utf-8")
    assert written() == GOLDEN.read_text(encoding="utf-8"), "AUDITOR_UPDATE_GOLDEN=1 writes the table; every line of it is read by a person"


def test_the_file_names_licences_that_exist_and_says_who_says_so() -> None:
    known = [*spdx.licenses().values(), "LicenseRef-public-domain"]
    whole = table("compatibility")
    assert set(whole) == {"terms", "rules", "outcomes"}
    for entry in whole["terms"]:
        assert all(any(_fits(one, each) for one in known) for each in entry["licenses"]), entry["licenses"]
        assert entry["source"].startswith("https://") and set(entry["covers"]) <= {"contents", "database"}
        assert ("free" in entry) != bool(TERMS.keys() & entry.keys()), entry["licenses"]
        assert ("apart" in entry) or not {"nd"} & entry.keys()
    for rule in whole["rules"]:
        assert set(rule) - {"except"} == {"from", "to", "answer", "reason", "clause", "source"}
        assert rule["answer"] in STRICT and rule["source"].startswith("https://") and rule["clause"]
        for each in (*rule["from"], *rule["to"]):
            assert any(_fits(one, each) for one in known), each
    assert all(spdx.licenses().get(each.casefold()) == each and asks(each) is not None for each in TRIED)
    assert len(set(TRIED)) == len(TRIED)


def _fits(license_id: str, pattern: str) -> bool:
    return fnmatchcase(license_id, pattern)


def test_no_licence_has_two_entries() -> None:
    for one in spdx.licenses().values():
        entries = [entry for entry in table("compatibility")["terms"] if any(_fits(one, each) for each in entry["licenses"])]
        assert len(entries) <= 1, one


# ── what Creative Commons says ────────────────────────────────────────────────────────────────────────────────────────

CC = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0")
REMIX = {
    "CC-PDM-1.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"},
    "CC0-1.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"},
    "CC-BY-4.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"},
    "CC-BY-SA-4.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"},
    "CC-BY-NC-4.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"},
    "CC-BY-ND-4.0": set(),
    "CC-BY-NC-SA-4.0": {"CC-PDM-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"},
    "CC-BY-NC-ND-4.0": set(),
}
"""Which of two may be remixed: https://creativecommons.org/faq/#can-i-combine-material-under-different-creative-commons-licenses-in-my-work"""

ADAPTERS = {
    "CC0-1.0": set(CC),
    "CC-BY-4.0": set(CC) - {"CC0-1.0"},
    "CC-BY-SA-4.0": {"CC-BY-SA-4.0"},
    "CC-BY-NC-4.0": {"CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"},
    "CC-BY-ND-4.0": set(),
    "CC-BY-NC-SA-4.0": {"CC-BY-NC-SA-4.0"},
    "CC-BY-NC-ND-4.0": set(),
}
"""The licences recommended for an adaptation, by that of the original (the adapter's licence chart of the same FAQ)."""


@pytest.mark.parametrize(("left", "right"), list(itertools.product(REMIX, REMIX)))
def test_the_remix_chart(left: str, right: str) -> None:
    assert bool(outcomes([left, right])) is (right in REMIX[left])


@pytest.mark.parametrize("source", ADAPTERS)
def test_the_chart_of_adapters_licences(source: str) -> None:
    assert {target for target in CC if answer(source, target) == "allow"} == ADAPTERS[source]


def test_what_is_asked_is_what_the_facts_say() -> None:
    """C-UDA-1.0 binds recipients to itself (3.1.2), which the facts have among its obligations instead of its elements."""
    known = {one: (asks(one), fact(one)) for one in spdx.licenses().values()}
    both = {one: (asked, facts.elements) for one, (asked, facts) in known.items() if asked is not None and facts is not None}
    assert len(both) > 100
    different = [one for one, (asked, elements) in both.items() if asked & ELEMENTS != elements & ELEMENTS]
    assert different == ["C-UDA-1.0"]
    assert (asks("PolyForm-Noncommercial-1.0.0"), asks("LicenseRef-own")) == (frozenset({"nc", "notice"}), None)


# ── what the matrix of the European Data Portal says ──────────────────────────────────────────────────────────────────


def test_documented_deviations_from_the_matrix_of_the_european_data_portal() -> None:
    """That matrix (2020) calls ODC-By and NLOD-1.0 share-alike, and lets CC-BY-4.0 become ODbL-1.0 or ODC-By-1.0. See docs/licences.md."""
    assert answer("ODC-By-1.0", "CC-BY-4.0") == "unclear"
    assert answer("CC-BY-4.0", "ODC-By-1.0") == "unclear"
    assert answer("CC-BY-4.0", "ODbL-1.0") == "unclear"
    assert answer("NLOD-1.0", "CC-BY-4.0") == "allow"
    assert asks("NLOD-1.0") == frozenset({"by"})


# ── single answers ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("CC-BY-SA-4.0", "GPL-3.0-only", "allow"),
        ("CC-BY-SA-4.0", "GPL-3.0-or-later", "deny"),
        ("GPL-3.0-only", "CC-BY-SA-4.0", "deny"),
        ("CC-BY-SA-4.0", "LAL-1.3", "allow"),
        ("LAL-1.3", "CC-BY-SA-4.0", "allow"),
        ("CC-BY-SA-3.0", "CC-BY-SA-4.0", "allow"),
        ("CC-BY-SA-3.0-DE", "CC-BY-SA-4.0", "allow"),
        ("CC-BY-SA-4.0", "CC-BY-SA-3.0", "deny"),
        ("CC-BY-SA-1.0", "CC-BY-SA-4.0", "deny"),
        ("CC-BY-NC-SA-2.0-FR", "CC-BY-NC-SA-4.0", "allow"),
        ("CC-BY-SA-3.0", "GPL-3.0-only", "unclear"),
        ("ODbL-1.0", "CC-BY-SA-4.0", "deny"),
        ("CC-BY-SA-4.0", "ODbL-1.0", "deny"),
        ("GFDL-1.2-or-later", "GFDL-1.3-only", "allow"),
        ("GFDL-1.2-only", "GFDL-1.3-only", "deny"),
        ("GFDL-1.3-only", "CC-BY-SA-3.0", "deny"),
        ("GPL-2.0-or-later", "GPL-3.0-only", "allow"),
        ("GPL-2.0-only", "GPL-3.0-only", "deny"),
        ("GPL-2.0-only", "GPL-2.0-or-later", "deny"),
        ("Apache-2.0", "GPL-2.0-only", "deny"),
        ("Apache-2.0", "GPL-3.0-only", "allow"),
        ("CC-BY-4.0", "GPL-3.0-or-later", "allow"),
        ("EUPL-1.2", "CC-BY-SA-3.0", "allow"),
        ("CDLA-Sharing-1.0", "CC-BY-SA-4.0", "deny"),
        ("C-UDA-1.0", "CC-BY-4.0", "deny"),
        ("O-UDA-1.0", "CC-BY-4.0", "allow"),
        ("OGL-UK-1.0", "CC-BY-3.0", "allow"),
        ("LicenseRef-public-domain", "ODbL-1.0", "allow"),
        ("CC-BY-4.0", "CC-BY-3.0", "unclear"),
        ("CC-BY-4.0", "MIT", "unclear"),
        ("MIT", "CC0-1.0", "deny"),
        ("ODC-By-1.0", "CC0-1.0", "deny"),
        ("LicenseRef-own", "CC-BY-4.0", "unclear"),
        ("CC-BY-4.0", "LicenseRef-own", "unclear"),
        ("LicenseRef-own", "LicenseRef-own", "unclear"),
        ("LicenseRef-non-commercial", "CC-BY-SA-4.0", "deny"),
        ("LicenseRef-non-commercial", "CC-BY-NC-SA-4.0", "unclear"),
        ("AFL-3.0", "CC-BY-SA-4.0", "unclear"),
        ("CC-BY-SA-1.0+", "CC-BY-SA-4.0", "allow"),
        ("CC-BY-NC-1.0+", "CC-BY-SA-4.0", "deny"),
        ("GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only", "allow"),
        ("GPL-3.0-only", "GPL-3.0-only WITH GCC-exception-3.1", "unclear"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0+", "unclear"),
        ("CC-BY-NC-4.0 OR MIT", "CC-BY-4.0", "allow"),
        ("CC-BY-NC-4.0 AND MIT", "CC-BY-4.0", "deny"),
    ],
)
def test_one_source_under_one_licence(source: str, target: str, expected: str) -> None:
    assert answer(source, target) == expected


def test_a_reason_names_the_licence_its_clause_and_where_to_read_it() -> None:
    found = may(["CC-BY-4.0", "CC-BY-NC-4.0 OR CC-BY-SA-4.0", None], "CC-BY-4.0")
    assert found.answer == "deny"
    allowed, denied, unknown = found.reasons
    assert (allowed.source, allowed.answer, allowed.text) == ("CC-BY-4.0", "allow", "it is the same licence")
    assert (denied.license, denied.clause, denied.chosen) == ("CC-BY-NC-4.0", "section 2(a)(1)", "CC-BY-NC-4.0")
    assert denied.url == "https://creativecommons.org/licenses/by-nc/4.0/legalcode"
    assert (unknown.source, unknown.license, unknown.answer) == (None, None, "unclear")


def test_the_branch_that_was_taken_is_said_also_within_an_and() -> None:
    (reason,) = may(["(MIT OR GPL-2.0-only) AND CC-BY-NC-4.0"], "CC-BY-4.0").reasons
    assert (reason.license, reason.chosen, reason.answer) == ("CC-BY-NC-4.0", "MIT", "deny")


def test_two_sources_and_the_terms_that_stand_against_each_other() -> None:
    (pair,) = mix(["ODbL-1.0", "CC-BY-SA-4.0"]).pairs
    assert (pair.left, pair.right, pair.answer) == ("CC-BY-SA-4.0", "ODbL-1.0", "deny")
    assert "section 4.4(a)" in pair.reason and "not among the licences that Creative Commons lists" in pair.reason
    assert [each.answer for each in mix(["CC-BY-SA-4.0", "ODbL-1.0", "CC0-1.0"]).pairs] == ["allow", "deny", "allow"]
    whole = mix(["CC-BY-4.0", "ODbL-1.0"])
    assert (whole.answer, whole.outcomes, whole.unclear) == ("unclear", (), ("ODbL-1.0",))
    assert "asks for a waiver" in whole.pairs[0].reason


def test_a_collection_blocks_neither_nd_nor_sa() -> None:
    found = collection(["CC-BY-ND-4.0", "CC-BY-SA-4.0 AND ODbL-1.0", "MIT OR GPL-3.0-only", "CC-BY-NC-4.0", None, "CC0-1.0"])
    assert [(each.source, each.license, each.answer) for each in found] == [
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", "allow"),
        ("CC-BY-ND-4.0", "CC-BY-ND-4.0", "allow"),
        ("CC-BY-SA-4.0 AND ODbL-1.0", "CC-BY-SA-4.0", "allow"),
        ("CC-BY-SA-4.0 AND ODbL-1.0", "ODbL-1.0", "allow"),
        ("CC0-1.0", "CC0-1.0", "allow"),
        ("MIT OR GPL-3.0-only", "MIT", "allow"),
        (None, None, "unclear"),
    ]
    assert "no commercial use (section 2(a)(1))" in found[0].text
    assert found[3].clause.startswith("section 4.5(a)")


@pytest.mark.parametrize("under", ["MIT OR ISC", "MIT AND CC-BY-4.0"])
def test_the_whole_has_one_licence(under: str) -> None:
    with pytest.raises(ValueError, match="is more than one licence"):
        may(["MIT"], under)


def test_no_source_and_no_expression() -> None:
    with pytest.raises(ValueError, match="no source is named"):
        outcomes([])
    with pytest.raises(ExpressionError):
        may(["my own licence"], "MIT")


# ── properties ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(SOME, SOME)
def test_another_source_never_adds_an_outcome(some: list[str], more: list[str]) -> None:
    assert set(outcomes([*some, *more])) <= set(outcomes(some))


@given(SOME.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_sources_is_nothing(orders: tuple[list[str], list[str]]) -> None:
    some, shuffled = orders
    assert mix(some) == mix(shuffled) == mix([*some, *some])
    assert collection(some) == collection(shuffled)
    assert may(some, "CC-BY-SA-4.0") == may(shuffled, "CC-BY-SA-4.0")


@given(SOME, st.sampled_from(["CC0-1.0", "PDDL-1.0", "CC-PDM-1.0", "LicenseRef-public-domain", "DL-DE-ZERO-2.0"]))
def test_the_public_domain_never_removes_an_outcome(some: list[str], free: str) -> None:
    assert outcomes([*some, free]) == outcomes(some)


@given(SOME)
def test_an_outcome_has_every_restriction_of_its_sources(some: list[str]) -> None:
    for target in outcomes(some):
        kept = asks(target) or frozenset()
        for source in some:
            if " " in source:
                continue  # a choice keeps the restrictions of one branch only
            asked = asks(ids(source)[0]) or frozenset()
            assert "nd" not in asked
            assert asked & {"nc", "sa"} <= kept
            assert not asked & {"by", "notice"} or kept & {"by", "notice"}


@given(SOME)
def test_each_outcome_is_an_answer_with_a_reason_for_each_source(some: list[str]) -> None:
    found = mix(some)
    assert set(found.outcomes) == {each for each in TRIED if may(some, each).answer == "allow"}
    assert set(found.unclear) == {each for each in TRIED if may(some, each).answer == "unclear"}
    for target in ("CC-BY-SA-4.0", "ODbL-1.0"):
        said = may(some, target)
        assert said.answer == max((each.answer for each in said.reasons), key=STRICT.index)
        assert all(each.text and (each.url or each.answer == "unclear") for each in said.reasons)


@given(SOME)
def test_no_two_sources_are_worse_than_the_whole(some: list[str]) -> None:
    whole = mix(some)
    for pair in whole.pairs:
        assert STRICT.index(pair.answer) <= STRICT.index(whole.answer)
        assert pair.reason
