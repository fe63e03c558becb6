"""`auditor init`: what columns seem to be for, and files that audits and pipelines can read as they are."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

from auditor import config
from auditor.cli import group
from auditor.cli.init import PASSWORD
from auditor.initial.roles import guessed
from auditor.initial.written import PIPELINES, Seen, configuration, pipeline

SAMPLES = Path(__file__).resolve().parent.parent / "sample_data"
ROWS = range(40)


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-P", "-m", "auditor", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"label": ["a", "b"] * 20}, {("label", "label")}),
        ({"y": [0, 1] * 20, "target_class": ["a", "b"] * 20}, {("label", "target_class")}),
        ({"label": [f"a{row}" for row in ROWS]}, set()),
        ({"label": ["a"] * 40}, set()),
        ({"label_id": [*ROWS]}, {("id", "label_id")}),
        ({"id": [*ROWS]}, {("id", "id")}),
        ({"id": [0, *range(39)]}, set()),
        ({"id": [None, *range(39)]}, set()),
        ({"patient": [row % 7 for row in ROWS]}, {("group", "patient")}),
        ({"patient_id": [row % 7 for row in ROWS]}, {("group", "patient_id")}),
        ({"patient": [*ROWS]}, set()),
        ({"created_at": ["2026-01-02T03:04:05Z"] * 40}, {("time", "created_at")}),
        ({"date": ["yesterday"] * 40}, set()),
        ({"time": [3, 4] * 20}, set()),
        ({"date": pa.array([0, 1] * 20, pa.date32())}, {("time", "date")}),
        ({"e-mail": ["a@example.org"] * 40, "Phone Number": ["1"] * 40}, {("sensitive", "e-mail"), ("sensitive", "Phone Number")}),
        ({"valid": ["a", "b"] * 20, "labelled": ["a", "b"] * 20, "gradient": [*ROWS]}, set()),
        ({"": ["a", "b"] * 20}, set()),
        ({"label": [["a"], ["b"]] * 20, "text": ["a label"] * 40}, set()),
    ],
)
def test_a_guess_needs_a_name_and_values_that_agree(columns: dict[str, object], expected: set[tuple[str, str]]) -> None:
    assert {(each.role, each.column) for each in guessed(pa.table(columns), ("text",))} == expected


HOSTILE = ("a: b # c", "no", "- x", "{{ y }}", "line\nbreak", "\u202eevil", "'\"", "`rm -rf`", "&a *a !!python/object")


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_stands_in_the_files_as_it_is(name: str, tmp_path: Path) -> None:
    guesses = [type(each)(role=each.role, column=name, why=each.why) for each in guessed(pa.table({"label": ["a", "b"] * 20}), ())]
    seen = Seen(dataset=name, splits=((name, 1),), text=(name,), guesses=guesses, licence=name, rules=None, policy="default", uses=())
    path = tmp_path / "auditor.yaml"
    path.write_text(configuration(seen), encoding="utf-8")
    loaded = config.load(str(path), tmp_path, tmp_path / "data")
    assert loaded.text == (name,)
    assert loaded.label == name
    for pipe in PIPELINES:
        text = pipeline(pipe, name)
        assert "\u202e" not in text
        assert name in flat(yaml.safe_load(text))


def flat(value: object) -> list[str]:
    """All texts in a YAML document; commands of a shell as their words."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in flat(item)]
    if isinstance(value, list):
        return [text for item in value for text in flat(item)]
    return [str(value), *(shlex.split(str(value)) if str(value).startswith("auditor scan") else [])]


def test_what_is_written_is_enough_for_an_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = str(SAMPLES / "leaky_table")
    status, said = run("init", data, "--ci", "github", "--ci", "gitlab", "--ci", "pre-commit")
    assert status == 0, said
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        *("auditor.yaml", "auditor-rules.yaml", ".github/workflows/auditor.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"),
    }
    written = yaml.safe_load((tmp_path / "auditor.yaml").read_text(encoding="utf-8"))
    assert written == {"group": "patient", "time": "admitted", "schema": "auditor-rules.yaml", "policy": "default"}
    schema = json.loads(CliRunner().invoke(group, ["schema", "config"]).stdout)
    jsonschema.validate(written, schema)
    status, said = run("scan", data, "--select", "SCHM,LEAK020")
    assert "LEAK020" in said
    assert status in {0, 1}, "the draft of the rules can be read"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text("label: mine\n", encoding="utf-8")
    status, said = run("init", str(SAMPLES / "clean"), "--out", str(tmp_path))
    assert status == 2
    assert "auditor.yaml is there already" in said
    assert [path.name for path in tmp_path.iterdir()] == ["auditor.yaml"]
    assert (tmp_path / "auditor.yaml").read_text(encoding="utf-8") == "label: mine\n"
    assert run("init", str(SAMPLES / "clean"), "--out", str(tmp_path), "--force", "--quiet") == (0, "")
    assert "label: mine" not in (tmp_path / "auditor.yaml").read_text(encoding="utf-8")


def test_nothing_is_written_into_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text\na\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    for out in (tmp_path, tmp_path / "below"):
        status, said = run("init", str(tmp_path), "--out", str(out))
        assert status == 2
        assert "lies in the dataset" in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["below", "train.csv"]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("postgresql://me:hunter2@host:5432/db", "postgresql://me@host:5432/db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("sqlite:///data.db", "sqlite:///data.db"),
    ],
)
def test_a_password_is_written_down_nowhere(url: str, written: str) -> None:
    assert PASSWORD.sub("@", url, count=1) == written


@pytest.mark.parametrize("data", ["no/such/folder"])
def test_what_cannot_be_read_is_an_error(data: str, tmp_path: Path) -> None:
    status, said = run("init", data, "--out", str(tmp_path))
    assert status == 2
    assert "cure:" in said
    assert not list(tmp_path.iterdir())
