"""What a policy makes of licences: uses, roles and lists together, exactly and as properties over every licence with facts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.check import Conclusion
from auditor.checks.licenses import Licenses
from auditor.dataset import Dataset, Document, Split
from auditor.licenses import expression, resolve, ruling
from auditor.licenses.facts import ANSWERS, USES, facts
from auditor.licenses.ruling import Lists, Question
from auditor.licenses.uses import judged
from auditor.model import AuditorError, Json

IDS = st.sampled_from([*facts(), "LicenseRef-nobody", "Glide", "0BSD WITH AdditionRef-own"])
EXPRESSIONS = st.recursive(
    IDS, lambda i: st.tuples(i, st.sampled_from(["AND", "OR"]), i).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"), max_leaves=6
)
ENTRIES = st.lists(
    st.sampled_from(["MIT", "CC-BY-*", "CC-BY-SA-4.0", "@noncommercial", "@sharealike", "@noderivatives", "GPL-*", "ODbL-1.0", "Glide"]),
    max_size=3,
).map(tuple)
LISTS = st.builds(Lists, allow=ENTRIES, review=ENTRIES, deny=ENTRIES, unlisted=st.sampled_from(["allow", "review", "deny"]))
QUESTIONS = st.builds(Question, use=st.sampled_from([None, *USES]), lists=LISTS)
PLENTY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)


def strictness(found: str, use: str) -> int:
    return ANSWERS.index(judged(found, use).answer)


@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(USES))
@PLENTY
def test_a_licence_more_never_loosens_a_use_and_a_choice_never_tightens_it(a: str, b: str, use: str) -> None:
    assert strictness(f"({a}) AND ({b})", use) == max(strictness(a, use), strictness(b, use))
    assert strictness(f"({a}) OR ({b})", use) == min(strictness(a, use), strictness(b, use))


@given(EXPRESSIONS, EXPRESSIONS, QUESTIONS)
@PLENTY
def test_a_licence_more_never_loosens_what_a_policy_says_and_a_choice_never_tightens_it(a: str, b: str, question: Question) -> None:
    ranks = ruling.rank(question, a), ruling.rank(question, b)
    assert ruling.rank(question, f"({a}) AND ({b})") == max(ranks)
    assert ruling.rank(question, f"({a}) OR ({b})") == min(ranks)


@given(EXPRESSIONS, QUESTIONS)
@PLENTY
def test_no_list_permits_what_a_licence_forbids_and_no_fact_what_a_list_denies(found: str, question: Question) -> None:
    if question.use is not None:
        lists_alone = ruling.rank(Question(use=None, lists=question.lists), found)
        facts_alone = ruling.rank(Question(use=question.use, lists=Lists()), found)
        assert (ruling.rank(question, found) == ruling.DENY) >= (facts_alone == ruling.DENY)
        assert (ruling.rank(question, found) == ruling.DENY) >= (bool(question.lists) and lists_alone == ruling.DENY)


@given(EXPRESSIONS, st.sampled_from(USES))
@PLENTY
def test_what_was_chosen_fares_as_the_whole_does(found: str, use: str) -> None:
    said = judged(found, use)
    if said.chosen is not None:
        assert "OR" not in said.chosen.split()
        assert judged(said.chosen, use).answer == said.answer
    assert said.because
    assert {each.answer for _, each in said.because} == {said.answer}


@given(EXPRESSIONS)
@PLENTY
def test_normalising_twice_changes_nothing(found: str) -> None:
    once = expression.render(expression.parse(found))
    assert expression.render(expression.parse(once)) == once
    assert (resolve(once).expression or once) == once


@given(st.one_of(st.text(max_size=80), st.text(alphabet="CBYNSAD-10.4() +ORWITHLicenseRf", max_size=60)))
@PLENTY
def test_no_text_breaks_the_resolver(text: str) -> None:
    said = resolve(text)
    assert said.expression is None or expression.render(expression.parse(said.expression)) == said.expression


def run(check: Licenses, card: str, *splits: str) -> Conclusion:
    documents = (Document(path="README.md", file="", text=f"---\n{card}\n---\n"),)
    return check.conclude(None, {}, Dataset(name="d", documents=documents, splits=tuple(Split(name=each, shards=()) for each in splits)))


def verdicts(found: Conclusion) -> list[tuple[str, list[str]]]:
    """The findings of the policy, each with the uses that it is about."""
    return [(each.rule, list(each.evidence.get("uses", {}))) for each in found.findings if each.rule in ("LIC014", "LIC015")]


@pytest.mark.parametrize(
    ("line", "use", "expected"),
    [
        ("license: cc-by-4.0", ["train-commercial"], []),
        ("license: cc-by-4.0", ["redistribute-data"], []),
        ("license: cc-by-nc-4.0", ["train-commercial"], [("LIC014", ["train-commercial"])]),
        ("license: cc-by-nc-4.0", ["train-research", "evaluate"], []),
        (
            "license: cc-by-nc-sa-4.0",
            ["train-commercial", "redistribute-model"],
            [("LIC014", ["train-commercial"]), ("LIC015", ["redistribute-model"])],
        ),
        ("license: mit", ["train-commercial"], [("LIC015", ["train-commercial"])]),
        ("license: MIT OR CC0-1.0", ["train-commercial"], []),
        ("license: CC0-1.0 AND CC-BY-NC-4.0", ["train-commercial"], [("LIC014", ["train-commercial"])]),
        ("license: llama2", ["train-research"], [("LIC014", ["train-research"])]),
        ("license: llama3.1", ["train-research"], [("LIC015", ["train-research"])]),
        ("license: openrail", ["train-research"], [("LIC015", ["train-research"])]),
        ("license: cc", ["evaluate"], [("LIC015", ["evaluate"])]),
        ("license: unknown", ["evaluate"], [("LIC015", ["evaluate"])]),
        ("license: US-Government-Works", ["evaluate"], [("LIC015", ["evaluate"])]),
        ("license: copyright-authors", ["redistribute-data"], [("LIC014", ["redistribute-data"])]),
        ("license: [cc0-1.0, cc]", ["evaluate"], [("LIC015", ["evaluate"])]),
    ],
)
def test_a_use_that_is_asked_for(line: str, use: list[str], expected: list[tuple[str, list[str]]]) -> None:
    assert verdicts(run(Licenses(use=tuple(use)), line)) == expected


@pytest.mark.parametrize(
    ("options", "line", "rules"),
    [
        ({"allow": ("MIT",)}, "license: mit", []),
        ({"allow": ("mit",)}, "license: mit", []),
        ({"allow": ("MIT*",)}, "license: mit", ["LIC015"]),
        ({"allow": ("MIT",), "review": ("@software",)}, "license: mit", ["LIC015"]),
        ({"allow": ("CC-BY-NC-4.0",)}, "license: cc-by-nc-4.0", ["LIC014"]),
        ({"deny": ("CC0-1.0",)}, "license: cc0-1.0", ["LIC014"]),
        ({"review": ("CC0-1.0",)}, "license: cc0-1.0", ["LIC015"]),
        ({"deny": ("@unknown",)}, "license: gemma", ["LIC014"]),
        ({"allow": ("LicenseRef-scancode-gemma-tou-2024-04-01",)}, "license: gemma", []),
        ({"allow": ("LicenseRef-scancode-llama-2-license-2023",)}, "license: llama2", ["LIC014"]),
        ({"allow": ("MIT",)}, "license: cc0-1.0", ["LIC015"]),
        ({"allow": ("MIT",), "unlisted": "allow"}, "license: cc0-1.0", []),
    ],
)
def test_lists_and_facts_together(options: dict[str, Json], line: str, rules: list[str]) -> None:
    assert [rule for rule, _ in verdicts(run(Licenses(use=("train-commercial",), **options), line))] == rules


def test_a_split_with_a_role_is_judged_by_its_uses_alone() -> None:
    check = Licenses(use=("train-commercial",), roles={"test": ("evaluate",)}, deny=("@noncommercial",))
    assert verdicts(run(check, "license: cc-by-nc-4.0", "test")) == []
    both = run(check, "license: cc-by-nc-4.0", "train", "english/test")
    assert verdicts(both) == [("LIC014", ["train-commercial"])]
    assert both.findings[-1].evidence["splits"] == {"train-commercial": ["train"]}
    uses = both.sections["license"]["uses"]
    assert {use: each["asked"] for use, each in uses.items() if each["asked"]} == {"train-commercial": True, "evaluate": True}


def test_the_message_says_which_clause_of_which_licence() -> None:
    found = run(Licenses(use=("train-commercial",)), "license: cc-by-nc-4.0").findings[-1]
    reason = "CC-BY-NC-4.0 §2(a)(1): only for purposes that are not primarily commercial"
    assert found.message == f"CC-BY-NC-4.0 is denied for train-commercial ({reason})."
    assert found.evidence["denied"] is True
    by_list = run(Licenses(use=("train-commercial",), deny=("CC0-1.0",)), "license: cc0-1.0").findings[-1]
    assert by_list.message == "CC0-1.0 is denied for train-commercial (the lists of the policy)."


def test_all_six_uses_stand_in_the_report_asked_or_not() -> None:
    uses = run(Licenses(), "license: CC-BY-NC-4.0 OR CC-BY-4.0").sections["license"]["uses"]
    assert list(uses) == list(USES)
    assert uses["train-commercial"] == {
        "answer": "allow",
        "because": [
            {"license": "CC-BY-4.0", "clause": "§2(a)(1)", "source": "https://creativecommons.org/licenses/by/4.0/legalcode", "note": ""}
        ],
        "chosen": "CC-BY-4.0",
        "asked": False,
        "ruled": None,
    }
    decided = run(Licenses(use=("evaluate", "train-research"), allow=("MIT",), deny=("ISC",)), "license: mit").sections["license"]["uses"]
    assert {use: (each["answer"], each["ruled"]) for use, each in decided.items() if each["asked"]} == {
        "train-research": ("unclear", "allow"),
        "evaluate": ("allow", "allow"),
    }
    nothing = run(Licenses(), "license: unknown").sections["license"]["uses"]
    assert {(each["answer"], len(each["because"])) for each in nothing.values()} == {("unclear", 0)}


@pytest.mark.parametrize("options", [{"use": ("training",)}, {"roles": {"test": ("training",)}}, {"roles": ("test",)}])
def test_a_use_that_there_is_not_is_told(options: dict[str, Json]) -> None:
    with pytest.raises(AuditorError) as caught:
        Licenses(**options)
    assert caught.value.cure
