"""Benchmarks in training data (--against): which rows, of which kind, and what is only shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.dataset import Batch, Shard
from auditor.leakage.items import collected
from auditor.model import Json

FERRY = "Which of the four ferries that cross the bay in winter was built by the harbour company in a dry dock of its own?"
CHAPEL = "Who painted the ceiling of the small chapel by the river after the great flood had washed away every older picture?"
TOWER = "How many steps lead up to the bell of the clock tower that the weavers gave to the town when the market opened?"
OTHERS = [
    "Guided tours start in the main hall every full hour and end at the small shop beside the entrance where postcards are sold.",
    "Please leave wet umbrellas in the stand by the door and ask at the desk for a locker if you carry a large bag with you.",
    "The cafe closes at six but the garden stays open until dark for those who want to sit a while under the old trees.",
]


def scanned(folder: Path, train: list[str] | list[dict[str, Any]], items: list[dict[str, Any]], *options: str) -> tuple[Json, list[Json]]:
    """The JSON report and the rows of benchmarks.parquet of an audit of these training records against these items."""
    data, quiz = folder / "data", folder / "quiz"
    for place, records in ((data / "train.jsonl", [each if isinstance(each, dict) else {"text": each} for each in train]),
                           (quiz / "test.jsonl", items)):  # fmt: skip
        place.parent.mkdir(exist_ok=True)
        place.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    arguments = ["scan", str(data), "--against", str(quiz), "-o", "json", "--quiet", "--select", "LEAK", *options]
    result = CliRunner().invoke(group, [*arguments, "--evidence", str(folder / "evidence")])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout), pq.read_table(folder / "evidence" / "benchmarks.parquet").to_pylist()


def questions(*texts: str) -> list[dict[str, Any]]:
    return [{"question": text} for text in texts]


def short(rows: list[Json]) -> list[tuple[int, int, str, str | None]]:
    return [(row["left_row"], row["right_row"], row["kind"], row["rule"]) for row in rows]


def status(report: Json, rule: str) -> str:
    return next(str(each["status"]) for each in report["outcomes"] if each["rule"] == rule)


def edited(text: str) -> str:
    words = text.split()
    return " ".join([*words[:6], "quite", *words[6:17], "indeed", *words[17:]])


def test_each_kind_is_found_where_it_stands(tmp_path: Path) -> None:
    inside = [f"Our quiz: {FERRY} Answers by Friday. {OTHERS[1]}", f"{OTHERS[0]} {edited(TOWER)} {OTHERS[2]}"]
    train = [*OTHERS, CHAPEL.upper(), *inside]
    report, rows = scanned(tmp_path, train, questions(FERRY, CHAPEL, TOWER), "--shingle", "word:5", "--select", "LEAK010")
    assert short(rows) == [(3, 1, "whole", "LEAK010"), (4, 0, "contained", "LEAK010"), (5, 2, "embedded", "LEAK010")]
    assert [row["relation"] for row in rows] == ["identical", "contained", None]
    ends = {(row["left_split"], row["right_split"], row["against"], row["field"]) for row in rows}
    assert ends == {("train", "test", "quiz", "question")}
    assert [row["coverage"] for row in rows] == [1.0, 1.0, 1.0]
    assert rows[0]["jaccard"] == 1.0
    assert rows[0]["raw_identical"] is False
    finding = next(each for each in report["findings"] if each["rule"] == "LEAK010")
    assert [(place["row"], place["partner"]["row"]) for place in finding["where"]] == [(3, 1), (4, 0), (5, 2)]
    assert finding["evidence"]["items_found"] == 3
    assert finding["evidence"]["share"] == 1.0
    assert report["verdict"] == "fail"


def test_a_near_item_has_the_similarity_of_its_shingles(tmp_path: Path) -> None:
    changed = FERRY.replace("winter", "summer")
    _, rows = scanned(tmp_path, [*OTHERS, changed], questions(FERRY), "--shingle", "word:1", "--select", "LEAK010")
    assert short(rows) == [(3, 0, "near", "LEAK010")]
    words = len(set(FERRY.lower().replace("?", "").split()))
    assert rows[0]["jaccard"] == (words - 1) / (words + 1)
    assert rows[0]["containment_right"] == (words - 1) / words


def test_short_items_are_evidence_as_records_or_with_their_answer_or_a_neighbour(tmp_path: Path) -> None:
    items = [
        {"question": "Who built the lighthouse?", "answer": "Ada Marlow"},
        {"question": "Where is the old mill?", "answer": "behind the orchard"},
        {"question": "When does the market open?", "answer": "at seven"},
    ]
    train = [
        "WHO built the lighthouse",
        OTHERS[0] + " Where is the old mill? " + OTHERS[1],
        OTHERS[2] + " Who built the lighthouse? It was Ada Marlow. " + OTHERS[0],
        OTHERS[1] + " Where is the old mill? When does the market open? " + OTHERS[2],
    ]
    _, rows = scanned(tmp_path, train, items, "--select", "LEAK010")
    assert short(rows) == [
        (0, 0, "whole", "LEAK010"),
        (1, 1, "embedded", None),
        (2, 0, "embedded", "LEAK010"),
        (3, 1, "embedded", "LEAK010"),
        (3, 2, "embedded", "LEAK010"),
    ]
    assert [row["answer"] for row in rows] == [False, False, True, False, False]


def test_items_written_without_spaces_are_found_inside_records(tmp_path: Path) -> None:
    item = "港の古い灯台を建てたのは誰で、いつ町の人々に贈られたのでしょうか"
    train = [*OTHERS, "今日は天気がいいので散歩に行きました。" + item + "。答えは明日の新聞に載ります。"]
    _, rows = scanned(tmp_path, train, questions(item), "--select", "LEAK010", "--shingle", "word:5")
    assert short(rows) == [(3, 0, "contained", "LEAK010")]


def test_boilerplate_is_shown_and_no_finding_but_an_item_copied_often_is(tmp_path: Path) -> None:
    header = " ".join(f"clause{place} grants permission{place} without warranty{place}" for place in range(12))
    records = [f"{header} File number{n} concerns subject{n} and nothing else at all." for n in range(60)]
    items = questions(header + " Which licence is this text?", CHAPEL)
    report, rows = scanned(tmp_path, records, items, "--select", "LEAK010")
    assert {(row["right_row"], row["kind"], row["rule"]) for row in rows} == {(0, "near", None)}
    assert all(row["bits"] < 10 for row in rows)
    assert status(report, "LEAK010") == "passed"
    assert report["benchmarks"]["against"][0]["weak"] == 60
    copied = [f"Note {n} {OTHERS[n % 3]} {CHAPEL} Page {n * 7}." for n in range(200)]
    report, rows = scanned(tmp_path, records + copied, items, "--select", "LEAK010")
    assert [row["left_row"] for row in rows if row["rule"]] == list(range(60, 260))
    assert {row["right_row"] for row in rows if row["rule"]} == {1}


def test_the_same_template_about_other_things_is_no_finding(tmp_path: Path) -> None:
    def asked(name: str, first: int, second: int) -> str:
        return f"{name} has {first} apples and buys {second} more at the market near the bridge so how many apples has {name} now?"

    train = [OTHERS[0] + " " + asked("Mary", 12, 30) + " " + OTHERS[1]]
    report, _ = scanned(tmp_path, train, questions(asked("Otto", 17, 45)), "--select", "LEAK010", "--shingle", "word:5")
    assert status(report, "LEAK010") == "passed"


def test_a_passage_alone_is_source_overlap(tmp_path: Path) -> None:
    items = [{"context": OTHERS[0], "question": FERRY, "answer": "the second"}]
    report, rows = scanned(tmp_path, OTHERS, items, "--select", "LEAK010")
    assert [(row["left_row"], row["field"], row["rule"]) for row in rows] == [(0, "passage", None)]
    assert report["benchmarks"]["against"][0]["source_overlap"] == 1
    assert status(report, "LEAK010") == "passed"


def test_of_a_benchmark_its_evaluation_splits_count(tmp_path: Path) -> None:
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz" / "train.jsonl").write_text(json.dumps({"question": TOWER}) + "\n", encoding="utf-8")
    report, rows = scanned(tmp_path, [*OTHERS, TOWER, FERRY], questions(CHAPEL, FERRY), "--select", "LEAK010")
    assert short(rows) == [(4, 1, "whole", "LEAK010")]
    section = report["benchmarks"]["against"][0]
    assert (section["items"], section["items_found"], section["left_out"]) == (2, 1, ["train"])
    assert [(each["path"], each["rows"]) for each in section["files"]] == [("test.jsonl", 2)]


def test_nothing_else_of_the_report_changes(tmp_path: Path) -> None:
    report, _ = scanned(tmp_path, [*OTHERS, OTHERS[0], FERRY], questions(FERRY))
    result = CliRunner().invoke(group, ["scan", str(tmp_path / "data"), "-o", "json", "--quiet", "--select", "LEAK"])
    alone = json.loads(result.stdout)
    for name in ("dataset", "leakage", "license"):
        assert report[name] == alone[name]
    assert {**report["config"], "against": []} == alone["config"]
    assert [each for each in report["ledger"] if not each["file"].startswith("--against quiz: ")] == alone["ledger"]
    assert {each["note"] for each in alone["outcomes"] if each["rule"] in {"LEAK010", "LEAK011"}} == {
        "no benchmark was named; name it with --against"
    }


def test_no_text_of_either_side_leaves_with_no_text(tmp_path: Path) -> None:
    report, _ = scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY), "--no-text")
    assert report["benchmarks"]["examples"][0]["left"]["text"] is None
    assert "ferries" not in json.dumps(report)
    report, _ = scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY))
    assert report["benchmarks"]["examples"][0]["right"]["text"] == FERRY


@pytest.mark.parametrize("content", [b"PAR1 this is no parquet file PAR1", b""])
def test_a_benchmark_that_cannot_be_read_makes_the_audit_incomplete(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz" / "validation.parquet").write_bytes(content)
    report, _ = scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY), "--select", "LEAK010")
    assert report["verdict"] == "incomplete"
    assert any("--against quiz: validation.parquet" in gap for gap in report["gaps"])
    assert "--against quiz: validation.parquet" in {each["file"] for each in report["ledger"]}
    assert str(tmp_path) not in json.dumps(report)


def test_a_configuration_names_benchmarks_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY))
    (tmp_path / "auditor.yaml").write_text("against: quiz\nselect: LEAK010\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    report = json.loads(CliRunner().invoke(group, ["scan", str(tmp_path / "data"), "-o", "json", "--quiet"]).stdout)
    assert report["config"]["against"] == ["quiz"]
    assert status(report, "LEAK010") == "failed"


def test_a_second_audit_with_a_work_folder_says_the_same(tmp_path: Path) -> None:
    options = ("--work-dir", str(tmp_path / "work"))
    first, rows = scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY), *options)
    again, same = scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY), *options)
    assert rows == same
    assert {**first, "run": None} == {**again, "run": None}
    changed, rows = scanned(tmp_path, [*OTHERS, FERRY], questions(CHAPEL), *options)
    assert rows == []
    assert status(changed, "LEAK010") == "passed"


def test_a_reworded_item_is_a_hint(tmp_path: Path) -> None:
    asked = "In which year did the town council decide to close the ferry line between both islands for good?"
    reworded = "When (in which year) did the council of the town decide to close for good the line of the ferry between the two islands?"
    report, rows = scanned(tmp_path, [*OTHERS, reworded], questions(asked))
    assert short(rows) == [(3, 0, "reworded", "LEAK011")]
    assert (rows[0]["relation"], rows[0]["jaccard"], rows[0]["bits"]) == (None, None, None)
    assert rows[0]["score"] > 0
    assert [str(each["severity"]) for each in report["findings"] if each["rule"] == "LEAK011"] == ["low"]


@pytest.mark.parametrize(
    ("record", "text", "question", "whole", "passages", "answers"),
    [
        ({"question": "q", "answer": "a", "id": "7"}, ["question", "answer"], "q", "q\na", [], ["a"]),
        ({"context": "c", "question": "q", "answers": '{"text": ["x", "y"], "start": [1]}'}, ["question"], "q", None, ["c"], ["x", "y"]),
        ({"prompt": "p", "canonical_solution": "s", "test": "t"}, ["prompt"], "p", None, [], ["s"]),
        ({"question": "q", "choice0": "a", "choice1": "b"}, ["question"], "q", None, [], ["a", "b"]),
        ({"sentence1": "a", "sentence2": "b", "label": 1}, ["sentence1", "sentence2"], "a\nb", None, [], ["1"]),
        ({"body": "b", "target": "t"}, ["body", "target"], "b", "b\nt", [], ["t"]),
        ({"question": None, "answer": "a"}, ["question", "answer"], "", "\na", [], ["a"]),
    ],
)
def test_columns_are_told_apart_by_their_names(
    record: dict[str, Any], text: list[str], question: str, whole: str | None, passages: list[str], answers: list[str]
) -> None:
    shard = Shard(path="x", file="x", split="test", format="jsonl")
    found = collected(Batch(shard=shard, start=5, records=pa.RecordBatch.from_pylist([record])), text).to_pylist()
    assert found == [{"row": 5, "line": -1, "question": question, "record": whole, "passages": passages, "answers": answers}]


SHOWN = [("text", "against   quiz: "), ("markdown", "| quiz | "), ("html", '<th scope="row">quiz</th>')]


@pytest.mark.parametrize(("form", "words"), SHOWN)
def test_reports_say_how_many_items_were_found(tmp_path: Path, form: str, words: str) -> None:
    scanned(tmp_path, [*OTHERS, FERRY], questions(FERRY, CHAPEL))
    arguments = ["scan", str(tmp_path / "data"), "--against", str(tmp_path / "quiz"), "--select", "LEAK010", "-o", form]
    shown = CliRunner().invoke(group, arguments).stdout
    assert words in shown
    assert "1 of 2 items in training data (1 whole)" in shown
    assert FERRY[-30:] in shown or form == "markdown"
