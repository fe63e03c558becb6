"""Mixing as a user meets it: `auditor license --mix`, the rules about mixes in an audit, and the section of the report."""

from __future__ import annotations

import json

import pytest

from auditor.cli import main


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["license", *arguments])
    shown = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, shown.out, shown.err


def test_a_mix_that_may_be_published(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "cc by 4.0", "MIT", "--under", "cc-by-sa-4.0")
    assert code == 0
    assert out.splitlines()[0] == "As one dataset under CC-BY-SA-4.0: yes"
    assert "  CC-BY-4.0: yes; CC-BY-SA-4.0 keeps what it asks for (section 3(a))" in out
    assert "no legal advice" in out


def test_a_mix_that_may_not_names_the_terms_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-SA-4.0", "CC-BY-NC-4.0")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "As one dataset: no, there is no licence under which all of it may be published"
    assert lines[1] == "  CC-BY-NC-4.0 with CC-BY-SA-4.0: no"
    assert lines[3] == "    CC-BY-NC-4.0: it forbids commercial use, and CC-BY-SA-4.0 does not (section 2(a)(1))"
    assert "As a collection of parts that stay apart: yes, each part under its own licence" in lines


def test_what_is_unclear_is_no_yes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-4.0", "ODbL-1.0")
    assert (code, out.splitlines()[0]) == (1, "As one dataset: unclear; perhaps under ODbL-1.0")
    code, out, _ = ask(capsys, "--mix", "LicenseRef-own", "public domain", "--under", "MIT")
    assert (code, out.splitlines()[0]) == (1, "As one dataset under MIT: unclear")


def test_answers_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-SA-3.0", "CC-BY-4.0", "--format", "json")
    answer = json.loads(out)
    assert (code, answer["answer"], answer["outcomes"]) == (0, "allow", ["CC-BY-SA-4.0"])
    assert [each["license"] for each in answer["collection"]] == ["CC-BY-4.0", "CC-BY-SA-3.0"]
    code, out, _ = ask(capsys, "--mix", "CC-BY-4.0", "--under", "CC0-1.0", "--format", "json")
    answer = json.loads(out)
    assert (code, answer["answer"], answer["under"]) == (1, "deny", "CC0-1.0")
    assert answer["reasons"][0]["url"] == "https://creativecommons.org/licenses/by/4.0/legalcode"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mix", "cc", "MIT"), "'cc' is not one licence"),
        (("--mix", "MIT", "--under", "MIT OR ISC"), "--under: MIT OR ISC is more than one licence"),
        (("--mix", "MIT", "--under", "cc-by-sa"), "did you mean CC-BY-SA-4.0?"),
        (("MIT", "ISC"), "or ask with --mix"),
        (("MIT", "--under", "ISC"), "--under is the licence of a mix"),
        (("--mix",), "Missing argument"),
        (("--mix", ""), "'' is not one licence"),
        (("--mix", "MIT\x1b[31m"), "is not one licence"),
    ],
)
def test_wrong_questions(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    code, out, err = ask(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err and "\x1b" not in err
