"""`auditor verify`: what an audit reports holds, and whatever is changed in a report, its evidence or the data is told."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import cli
from auditor.kernels import reference
from auditor.verification import similarity as checker

ROOT = Path(__file__).resolve().parent.parent
HALL, GATE = "Guided tours start in the main hall every full hour on all weekdays", "Dogs must wait outside by the gate in the shade"


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(list(words))
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, the report of an audit of it, and its evidence."""
    folder = tmp_path_factory.mktemp("audited")
    (folder / "data").mkdir()
    train = [(HALL, "tours"), (GATE, "rules"), (GATE.upper() + "!", "rules"), (f"{HALL}. {GATE}. And more of the same, day by day", "all")]
    train += [(f"Ticket number {number} is valid for one person and one day, in all halls and on all floors", "x") for number in range(9)]
    train += [("The museum opens at ten", "hours")] * 105
    test = [(f"{HALL} but one", "other"), (GATE, "rules"), ("", "none"), ("the museum opens at ten", "hours"), ("Not of this kind", "none")]
    for name, rows in (("train", train), ("test", test)):
        text = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
        (folder / "data" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    outputs = ["-o", f"json:{folder / 'report.json'}", "--evidence", str(folder / "evidence")]
    assert run("scan", str(folder / "data"), "--label", "label", "--quiet", "--shingle", "word:3", *outputs) == 1
    return folder


@pytest.fixture
def copy(audited: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(audited, tmp_path / "copy"))


def verify(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the answer."""
    capsys.readouterr()
    evidence = ("--evidence", str(folder / "evidence")) if (folder / "evidence").is_dir() else ()
    code = run("verify", str(folder / "report.json"), str(folder / "data"), "--format", "json", *evidence, *options)
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_an_honest_report_holds(audited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = verify(audited, capsys)
    assert (code, answer["verdict"], answer["failed"]) == (0, "holds", [])
    held = {claim["part"]: (claim["held"], claim["of"]) for claim in answer["claims"]}
    pairs = pq.read_table(audited / "evidence" / "pairs.parquet").num_rows
    assert held["files"] == (5, 5)
    assert held["pairs.parquet"] == (pairs, pairs)
    assert pairs > 100
    assert held["places of findings"][1] > 100
    assert held["numbers"] == (6, 6)
    assert held["clusters"] == (4, 4)


def test_without_evidence_what_the_report_shows_is_verified(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(copy / "evidence")
    code, answer = verify(copy, capsys)
    assert (code, {claim["part"] for claim in answer["claims"]}) == (0, {"files", "places of findings", "examples"})


def changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    change(report)
    path.write_text(json.dumps(report), encoding="utf-8")


def finding(report: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(each for each in report["findings"] if each["rule"] == rule)


def a_row(report: dict[str, Any]) -> None:
    finding(report, "LEAK002")["where"][0]["row"] = 1


def a_label(report: dict[str, Any]) -> None:
    finding(report, "LEAK001")["rule"] = "LEAK004"


def a_file(report: dict[str, Any]) -> None:
    finding(report, "LEAK001")["where"][0]["file"] = "other.jsonl"


def a_similarity(report: dict[str, Any]) -> None:
    report["leakage"]["examples"][0]["jaccard"] -= 1e-12


def a_record(report: dict[str, Any]) -> None:
    report["leakage"]["examples"][0]["right"]["row"] = 4711


def a_number(report: dict[str, Any]) -> None:
    report["leakage"]["pairs_of_splits"][0]["near"] += 1


def a_digest(report: dict[str, Any]) -> None:
    report["dataset"]["digest"] = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (a_row, "places of findings"),
        (a_label, "places of findings"),
        (a_file, "places of findings"),
        (a_similarity, "examples"),
        (a_record, "examples"),
        (a_number, "numbers"),
        (a_digest, "files"),
    ],
)
def test_a_changed_report_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], None], part: str
) -> None:
    changed(copy, change)
    code, answer = verify(copy, capsys)
    assert (code, answer["verdict"]) == (1, "fails")
    assert {each["part"] for each in answer["failed"]} == {part}
    assert all(each["claimed"] != each["found"] for each in answer["failed"])


def rewritten(folder: Path, name: str, change: Callable[[list[dict[str, Any]]], None]) -> None:
    path = folder / "evidence" / f"{name}.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def test_a_changed_pair_is_told_with_both_sides(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        near = next(row for row in rows if row["relation"] == "near")
        near["jaccard"], near["raw_identical"] = 0.875, True

    rewritten(copy, "pairs", change)
    code, answer = verify(copy, capsys)
    assert (code, answer["wrong"], len(answer["failed"])) == (1, 1, 1)
    failed = answer["failed"][0]
    assert failed["part"] == "pairs.parquet"
    assert (failed["claimed"]["jaccard"], failed["claimed"]["raw_identical"]) == (0.875, True)
    assert (failed["found"]["jaccard"] != 0.875, failed["found"]["raw_identical"]) == (True, False)
    assert failed["claimed"]["relation"] == failed["found"]["relation"] == "near"


def test_a_pair_that_is_left_out_is_told_by_the_numbers(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tickets = [row for row in pq.read_table(copy / "evidence" / "pairs.parquet").to_pylist() if row["left_split"] == "test"]
    assert tickets == []
    folder = copy / "data"
    (folder / "train.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in (HALL, GATE)), encoding="utf-8")
    (folder / "test.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in (GATE, HALL, HALL)), encoding="utf-8")
    assert run("scan", str(folder), "--quiet", "-o", f"json:{copy / 'report.json'}", "--evidence", str(copy / "evidence")) == 1
    assert verify(copy, capsys)[0] == 0
    rewritten(copy, "pairs", lambda rows: rows.remove(next(row for row in rows if row["right_row"] == 0)))
    code, answer = verify(copy, capsys)
    assert code == 1
    told = {(each["part"], each["what"]): (each["claimed"], each["found"]) for each in answer["failed"]}
    assert told["numbers", "identical pairs of train and test"] == (3, 2)
    assert told["numbers", "share of test in train"] == (1.0, 2 / 3)
    assert ("clusters", "cluster 1 of 2 records") in told


def test_another_representative_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        first = next(row for row in rows if row["representative"])
        first["representative"] = False
        next(row for row in rows if row["cluster"] == first["cluster"] and row != first)["representative"] = True

    rewritten(copy, "clusters", change)
    code, answer = verify(copy, capsys)
    assert (code, [each["part"] for each in answer["failed"]]) == (1, ["clusters"])


def test_other_data_cannot_be_verified(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (copy / "data" / "test.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": "one more", "label": "x"}\n')
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 3
    assert "test.jsonl has changed" in capsys.readouterr().err
    (copy / "data" / "test.jsonl").rename(copy / "data" / "validation.jsonl")
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 3
    assert "test.jsonl is missing, validation.jsonl is new" in capsys.readouterr().err


def test_the_answer_for_people(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the report holds"
    changed(copy, a_record)
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == ['    said : "two records"', '    found: "there is no such record"', "the report does not hold"]


def test_one_table_with_a_split_column_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("train", HALL), ("test", GATE), ("train", GATE), ("test", "Something else is here"), ("test", HALL), ("train", "Not twice")]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "all.csv").write_text("part,text\n" + "".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    outputs = ["-o", f"json:{tmp_path / 'report.json'}", "--evidence", str(tmp_path / "evidence")]
    assert run("scan", str(tmp_path / "data"), "--split-column", "part", "--text", "text", "--quiet", *outputs) == 1
    code, answer = verify(tmp_path, capsys)
    assert (code, answer["failed"]) == (0, [])
    assert {claim["part"]: claim["of"] for claim in answer["claims"]}["pairs.parquet"] == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", 2),
        ("[]", 2),
        ('{"schema": "auditor/report/2"}', 2),
        ('{"schema": "auditor/report/1", "leakage": {}}', 3),
        ('{"schema": "auditor/report/1", "leakage": {"method": {"threshold": 0.8}}}', 3),
        ('{"schema": "auditor/report/1", "config": {"shingle": 1}, "leakage": {"method": {"threshold": "x"}}, "findings": 3}', 3),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int) -> None:
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    assert run("verify", str(tmp_path / "report.json"), str(ROOT / "sample_data" / "clean")) == code
    assert "report.json" in capsys.readouterr().err


def test_a_report_with_a_row_that_is_none_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(copy, lambda report: report["leakage"]["examples"][0]["left"].update(row=[1]))
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_report_names_no_file_outside_the_dataset(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(copy, lambda report: report["dataset"]["splits"]["test"]["files"][0].update(path="../report.json"))
    assert run("verify", str(copy / "report.json"), str(copy / "data")) == 3
    assert "../report.json is missing" in capsys.readouterr().err


def test_an_spdx_document_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.spdx.json"
    run("scan", str(ROOT / "sample_data" / "mixed_license"), "--select", "LIC", "--quiet", "-o", f"spdx:{path}")
    assert run("verify", str(path)) == 0
    document = json.loads(path.read_text(encoding="utf-8"))
    document["packages"][0]["SPDXID"] = "no id"
    path.write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert run("verify", str(path), "--format", "json") == 1
    failed = json.loads(capsys.readouterr().out)["failed"]
    reason = "SPDXRef- with letters, digits, dots and hyphens is expected, not 'no id'"
    assert failed[0] == {"part": "SPDX document", "what": "no id: SPDXID", "claimed": "valid", "found": reason}
    assert [each["what"] for each in failed[1:]] == ["relationships[0]: relatedSpdxElement"]
    for text in ("{}", "no json"):
        path.write_text(text, encoding="utf-8")
        assert run("verify", str(path)) == 2


# ── the independent checker ───────────────────────────────────────────────────────────────────────────────────────────


LETTERS = "aAbB1_ .İςßﬁ한글ㄱไทยक्षि漢字々かﾊﾞ\u00ad\u200b\u0301\U0001f600\u0378"
texts = st.text(st.one_of(st.sampled_from(LETTERS), st.characters()), max_size=40)


@given(texts)
@settings(max_examples=400, deadline=None)
def test_tokens_are_those_of_the_reference(text: str) -> None:
    assert list(checker.tokens(text)) == reference.tokens(text)


@given(texts, texts, st.sampled_from(["word:1", "word:3", "char:2", "char:5"]), st.sampled_from([0.3, 0.8, 1.0]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_similarity_is_that_of_the_reference(a: str, b: str, shingle: str, threshold: float, across: bool) -> None:
    kind, length = shingle.split(":")
    found = checker.similarity(checker.text(a, shingle), checker.text(b, shingle), threshold, across)
    left, right = (reference.shingles(text, kind, int(length)) for text in (a, b))
    assert found.jaccard == (len(left & right) / len(left | right) if left | right else 0.0)
    assert found.containment_right == (len(left & right) / len(right) if right else 0.0)
    if reference.tokens(a) and reference.tokens(a) == reference.tokens(b):
        assert found.relation == "identical"


def test_relations_are_the_first_that_hold() -> None:
    def relation(a: str, b: str, across: bool = True) -> str | None:
        return checker.similarity(checker.text(a, "word:1"), checker.text(b, "word:1"), 0.5, across).relation

    assert relation("a b c", "A, b! C") == "identical"
    assert relation("a b c", "c b a") == "near"
    assert relation("a b", "a c d") is None
    eight = "a b c d e f g h"
    assert relation(f"{eight} i j k l m n o p q r", eight) == "contained"
    assert relation(f"{eight} i j k l m n o p q r", eight, across=False) is None
    assert relation(f"{eight} i j k l m n o p q r", "a b c d e f g") is None
    assert relation("", "") is None


def test_the_checker_shares_no_code_with_the_search() -> None:
    code = "import sys, auditor.verification.similarity, auditor.verification.judged; print([n for n in sys.modules if 'kernels' in n])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"
    for path in (ROOT / "auditor" / "verification").glob("*.py"):
        names = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
        assert not [name for name in names if "kernels" in name or "leakage" in name]
