"""Uses of expressions: of AND the strictest licence counts, of OR the one that permits most, and it is said which."""

from __future__ import annotations

import pytest

from auditor.licenses.uses import asked, judged, uses


@pytest.mark.parametrize(
    ("expression", "use", "answer", "because", "chosen"),
    [
        (None, "evaluate", "unclear", [], None),
        ("CC0-1.0", "train-commercial", "allow", ["CC0-1.0"], None),
        ("CC-BY-NC-4.0", "train-commercial", "deny", ["CC-BY-NC-4.0"], None),
        ("CC-BY-4.0+", "redistribute-data", "condition", ["CC-BY-4.0+"], None),
        ("CC-BY-4.0 AND CC-BY-NC-4.0", "redistribute-data", "condition", ["CC-BY-4.0", "CC-BY-NC-4.0"], None),
        ("CC-BY-4.0 AND CC-BY-NC-4.0", "train-commercial", "deny", ["CC-BY-NC-4.0"], None),
        ("CC-BY-NC-4.0 OR CC-BY-4.0", "train-commercial", "allow", ["CC-BY-4.0"], "CC-BY-4.0"),
        ("CC-BY-4.0 AND (ODbL-1.0 OR PDDL-1.0)", "redistribute-model", "condition", ["CC-BY-4.0"], "CC-BY-4.0 AND PDDL-1.0"),
        ("LicenseRef-mine", "evaluate", "unclear", ["LicenseRef-mine"], None),
        ("CC0-1.0 AND LicenseRef-mine", "evaluate", "unclear", ["LicenseRef-mine"], None),
        ("CC0-1.0 WITH AdditionRef-mine", "evaluate", "unclear", ["CC0-1.0 WITH AdditionRef-mine"], None),
        ("CC-BY-NC-4.0 WITH AdditionRef-mine", "train-commercial", "deny", ["CC-BY-NC-4.0 WITH AdditionRef-mine"], None),
    ],
)
def test_expressions(expression: str | None, use: str, answer: str, because: list[str], chosen: str | None) -> None:
    found = judged(expression, use)
    assert (found.answer, [name for name, _ in found.because], found.chosen) == (answer, because, chosen)


def test_a_split_is_asked_for_the_uses_of_its_role() -> None:
    roles = {"test": ("evaluate",)}
    assert asked(("train-commercial",), roles, "train") == ("train-commercial",)
    assert asked(("train-commercial",), roles, "test") == ("evaluate",)
    assert asked(("train-commercial",), roles, "english/test") == ("evaluate",)
    assert asked((), {}, "test") == ()


def test_uses_are_named_as_they_are_called() -> None:
    assert uses(["evaluate", "train-research", "evaluate"]) == ("train-research", "evaluate")
    assert uses("evaluate") == ("evaluate",)
    for wrong, reason in ((3, "a use or a list of uses"), (["train"], "there is no use 'train'")):
        with pytest.raises(ValueError, match=reason):
            uses(wrong)
