"""Where the configuration comes from, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import config
from auditor.config import Config, load, override
from auditor.model import AuditorError, Severity


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_nearest_file_upwards_is_read_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "auditor.yaml", "label: far\n")
    put(tmp_path / "work" / "auditor.yaml", "label: near\nsplit: {train: 'a/*', test: ['b/*', 'c/*']}\n")
    put(tmp_path / "work" / "deep" / "pyproject.toml", "[tool.auditor]\nlabel = 'toml'\n")
    found = load(None, tmp_path / "work" / "deep", tmp_path / "data")
    assert found.label == "near"
    assert found.split == (("train", "a/*"), ("test", "b/*"), ("test", "c/*"))


def test_pyproject_in_the_working_directory_is_the_last_resort(tmp_path: Path) -> None:
    put(tmp_path / "pyproject.toml", "[tool.auditor]\nselect = ['LEAK', 'LIC']\nfail_on = 'low'\n")
    assert load(None, tmp_path, tmp_path / "data") == Config(select=("LEAK", "LIC"), fail_on=Severity.LOW)
    put(tmp_path / "pyproject.toml", "[tool.other]\nx = 1\n")
    assert load(None, tmp_path, tmp_path / "data") == Config()


def test_a_dataset_does_not_configure_its_own_audit(tmp_path: Path) -> None:
    put(tmp_path / "auditor.yaml", "label: y\n")
    put(tmp_path / "pyproject.toml", "[tool.auditor]\nlabel = 'y'\n")
    assert load(None, tmp_path, tmp_path) == Config()
    assert load(None, tmp_path / "inside", tmp_path) == Config()
    assert load(str(tmp_path / "auditor.yaml"), tmp_path, tmp_path).label == "y"


def test_files_that_a_configuration_names_lie_beside_it(tmp_path: Path) -> None:
    put(tmp_path / "rules.yaml", "fail_on: low\n")
    put(tmp_path / "auditor.yaml", "policy: rules.yaml\nschema: elsewhere.yaml\n")
    found = load(None, tmp_path / "sub", tmp_path / "data")
    assert found.policy == str(tmp_path / "rules.yaml")
    assert found.schema == "elsewhere.yaml"


def test_the_command_line_wins_where_it_says_something() -> None:
    base = Config(label="a", select=("LEAK",), threshold=0.7)
    assert override(base, {"label": "b", "select": (), "threshold": None, "no_text": False}) == Config(
        label="b", select=("LEAK",), threshold=0.7
    )


def test_the_lowest_severity_is_something_said() -> None:
    assert override(Config(), {"fail_on": Severity.INFO}).fail_on is Severity.INFO


def test_the_report_shows_no_path(tmp_path: Path) -> None:
    shown = Config(policy=str(tmp_path / "mine.yaml"), schema=str(tmp_path / "suite.json")).as_json()
    assert (shown["policy"], shown["schema"]) == ("mine", "suite.json")


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        ("labell: x\n", "auditor.yaml:1: unknown key 'labell'", "did you mean 'label'?"),
        ("threshold: 1.5\n", "auditor.yaml:1: threshold: a number from 0 to 1 is expected, not 1.5", "threshold"),
        ("threshold: 0.01\n", "auditor.yaml:1: threshold: a similarity from 0.1 to 1 is expected, not 0.01", "threshold"),
        ("shingle: words\n", "auditor.yaml:1: shingle: auto, word:N or char:N (N from 1 to 64) is expected, not 'words'", "shingle"),
        ("use: [[evaluate]]\n", "auditor.yaml:1: use: a use or a list of uses is expected, not [['evaluate']]", "use"),
        ("join: fast\n", "auditor.yaml:1: join: one of auto, exact, lsh, datasketch is expected, not 'fast'", "join"),
        ("text: 3\n", "auditor.yaml:1: text: a text or a list of texts is expected, not 3", "text"),
        ("split: []\n", "auditor.yaml:1: split: a mapping such as `train: data/train-*` is expected, not []", "split"),
    ],
)
def test_a_wrong_configuration_is_told_with_file_line_and_cure(text: str, message: str, cure: str, tmp_path: Path) -> None:
    put(tmp_path / "auditor.yaml", text)
    with pytest.raises(AuditorError) as caught:
        load(None, tmp_path, tmp_path / "data")
    assert caught.value.message == message
    assert cure in caught.value.cure


def test_a_configuration_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="there is no configuration file"):
        load("nowhere.yaml", tmp_path, tmp_path)


@pytest.mark.parametrize("value", ["auto", "word:5", "char:12"])
def test_shingles(value: str) -> None:
    assert config.shingle(value) == value


@pytest.mark.parametrize("value", ["word", "word:0", "word:x", "byte:3", "char:65", ""])
def test_no_shingles(value: str) -> None:
    with pytest.raises(ValueError, match="is expected"):
        config.shingle(value)
