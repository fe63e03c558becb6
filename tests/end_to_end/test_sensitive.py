"""Values of sensitive columns, planted wherever a dataset has room for them: none may stand in any output, log or partial file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

WORDS = ["the", "ferry", "to", "the", "island", "leaves", "at", "nine", "from", "the", "second", "pier", "and", "takes", "dogs"]
VALUES = [
    *(f"passenger{number:04d}@example.org" for number in range(250)),
    *(f"{number * 7919 + 100_000_000}" for number in range(150)),
    *(f'Ödön "{number:03d}" Ñandú-{number * 31:05d}' for number in range(50)),
    *(f"plate_{number:03d}_xk{number * 17:05d}" for number in range(50)),
]

SUITE = {
    "name": "passengers",
    "expectations": [
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "contact", "regex": "^x"}},
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "contact"}},
        {"type": "expect_column_distinct_values_to_be_in_set", "kwargs": {"column": "contact", "value_set": ["nobody"]}},
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "note", "value_set": ["nothing"]}},
        {"type": "expect_column_max_to_be_between", "kwargs": {"column": "contact", "min_value": "a", "max_value": "b"}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "mixed", "min_value": 1, "max_value": 2}},
    ],
}


def record(number: int, value: str) -> dict[str, str]:
    text = " ".join([*WORDS[number % 7 :], f"ticket {number % 40}", "ask", value])
    return {"contact": value, "text": text, "note": f"call {value} back", "mixed": value, "label": f"from {value}"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each value in a sensitive column, and in a text, a note and a label beside it; some in names of files and columns, and in faults."""
    folder = tmp_path_factory.mktemp("passengers")
    records = [record(number, value) for number, value in enumerate(VALUES)]
    lines = [json.dumps(each, ensure_ascii=False) for each in records]
    for number, each in enumerate((*range(0, 250, 20), *range(450, 500, 5))):
        name = VALUES[each]
        lines[number] = lines[number].replace("{", f'{{"{name}": 1, "seen_{name}": "x", ', 1)
        (folder / f"{'train' if number % 2 else 'test'}-{name}.jsonl").write_text("\n".join(lines[each : each + 3]) + "\n")
        (folder / f"notes-{name}.bin").write_text("")
    torn = [line[:-5] for line in lines[::9]] + [f'{{"license": "{VALUES[0]}", "license": "{VALUES[1]}"}}', VALUES[2]]
    (folder / "train.jsonl").write_text("\n".join(lines + torn) + "\n")
    (folder / "test.jsonl").write_text("\n".join(lines[::2]) + "\n")
    (folder / "train.parquet").write_bytes(b"PAR1" + VALUES[3].encode() + b"PAR1")
    (folder / "README.md").write_text(f"---\nlicense: {VALUES[4]}\npretty_name: {VALUES[5]}\n---\n# Passengers\n")
    return folder


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that stands in the files of a folder, and their names."""
    for path in sorted(folder.rglob("*")):
        yield "name", str(path.relative_to(folder))
        if path.suffix == ".parquet":
            yield path.name, str(pq.read_table(path).to_pylist())
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")


FORMS = {
    form.casefold(): value for value in VALUES for form in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
}


def survivors(where: str, text: str) -> list[tuple[str, str]]:
    folded = text.casefold()
    return [(where, value) for form, value in FORMS.items() if form in folded]


def run(dataset: Path, out: Path, *more: str) -> tuple[int, str]:
    (out / "room").mkdir(parents=True)
    (out / "suite.json").write_text(json.dumps(SUITE))
    (out / "auditor.yaml").write_text("sensitive: [contact]\n")
    command = [sys.executable, "-m", "auditor", "scan", str(dataset), "--config", "auditor.yaml", "--work-dir", "work", "--verbose", *more]
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(out / "room")})
    return done.returncode, done.stdout + done.stderr


OUTPUTS = [argument for form in ("json", "html", "markdown", "spdx") for argument in ("-o", f"{form}:report.{form}")]


@pytest.mark.parametrize("key", [None, "a key of ours"])
def test_no_planted_value_stands_anywhere(dataset: Path, tmp_path: Path, key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if key is not None:
        monkeypatch.setenv("AUDITOR_REDACTION_KEY", key)
    for name in ("first", "second"):  # the second from what the first has kept
        status, said = run(
            dataset, tmp_path / name, "-o", "text", *OUTPUTS, "--evidence", "evidence", "--schema", "suite.json", "--label", "label"
        )
        assert status == 3
        assert "LEAK004" in said
        assert "INPUT001" in said
        assert "SCHM001" in said
        assert ("[sensitive:" if key else "[sensitive]") in said
        assert survivors("terminal", said) == []
        found = [each for where, text in texts(tmp_path / name) for each in survivors(where, text)]
        assert found == []
        assert list((tmp_path / name / "room").iterdir()) == []
        if name == "first":
            (tmp_path / "first" / "work").rename(tmp_path / "work")
            (tmp_path / "second").mkdir()
            (tmp_path / "work").rename(tmp_path / "second" / "work")


def test_an_error_before_anything_was_read_names_no_column(dataset: Path, tmp_path: Path) -> None:
    status, said = run(dataset, tmp_path / "out", "--text", "passenger")
    assert status == 2
    assert "passenger" in said
    assert survivors("terminal", said) == []


def test_the_same_audit_without_the_column_listed_shows_the_values(dataset: Path, tmp_path: Path) -> None:
    """Or the test above would hold for any audit that shows nothing."""
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-m", "auditor", "scan", str(dataset), *OUTPUTS, "--label", "label", "--text", "text"]
    subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=False)
    assert len({value for where, text in texts(tmp_path / "out") for _, value in survivors(where, text)}) > 30
