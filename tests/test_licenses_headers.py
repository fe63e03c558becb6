"""Licences in the metadata of data files: read apart, counted as statements of the file, and never a way to crash the audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.dataset import Document
from auditor.licenses import statements


def table(**metadata: str) -> pa.Table:
    return pa.table({"text": ["the ferry leaves at nine", "the ferry returns at noon"]}).replace_schema_metadata(metadata)


def scan(folder: Path, *options: str) -> tuple[int, Any]:
    result = CliRunner().invoke(group, ["scan", str(folder), "-o", "json", "--quiet", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def stated(report: Any) -> list[tuple[str, str, str, str | None]]:
    return [(each["file"], each["method"], each["text"], each["expression"]) for each in report["license"]["sources"]]


@pytest.mark.parametrize("selected", ["LIC", "LIC001", "LIC029"])
def test_a_parquet_file_states_its_licence(tmp_path: Path, selected: str) -> None:
    pq.write_table(table(license="CC BY 3.0", pandas='{"license": "MIT"}'), tmp_path / "train.parquet")
    code, report = scan(tmp_path, "--select", f"{selected},LIC001")
    assert stated(report) == [("train.parquet", "parquet-metadata", "CC BY 3.0", "CC-BY-3.0")]
    assert (code, report["license"]["declared"]) == (0, "CC-BY-3.0")
    assert next(each["status"] for each in report["outcomes"] if each["rule"] == "LIC001") == "passed"


def test_an_arrow_file_and_stream_state_theirs(tmp_path: Path) -> None:
    for name, create in (("train.arrow", pa.ipc.new_file), ("test.arrow", pa.ipc.new_stream)):
        with create(str(tmp_path / name), table(Rights="cc0-1.0").schema) as writer:
            writer.write_table(table(Rights="cc0-1.0"))
    _, report = scan(tmp_path, "--select", "LIC001")
    assert stated(report) == [(name, "arrow-metadata", "cc0-1.0", "CC0-1.0") for name in ("test.arrow", "train.arrow")]


def test_files_with_different_licences_are_all_kept(tmp_path: Path) -> None:
    pq.write_table(table(license="mit"), tmp_path / "train.parquet")
    pq.write_table(table(huggingface=json.dumps({"info": {"license": "cc-by-nc-4.0"}})), tmp_path / "test.parquet")
    code, report = scan(tmp_path, "--select", "LIC007,LIC014")
    assert code == 1
    assert report["license"]["declared"] == "CC-BY-NC-4.0 AND MIT"
    (finding,) = [each for each in report["findings"] if each["rule"] == "LIC007"]
    assert [place["file"] for place in finding["where"]] == ["test.parquet", "train.parquet"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"license": "MIT", "license_url": "https://opensource.org/licenses/MIT"}, ["MIT"]),
        ({"licenses": '[{"name": "MIT"}, {"name": "CC0-1.0"}]'}, ["MIT", "CC0-1.0"]),
        ({"license": "[" * 5000}, [None]),
        ({"huggingface": "[" * 5000}, []),
        ({"huggingface": '{"info": 3}'}, []),
        ({"dc:rights": " "}, []),
        ({"license": "\x00\x1b[31m"}, [None]),
    ],
)
def test_what_a_header_says(said: dict[str, str], expected: list[str | None]) -> None:
    document = Document(path="data/train.parquet", file="", text=json.dumps(said), header=True)
    assert [each.expression for each in statements.find([document])] == expected
    assert not statements.troubles([document])


def test_a_broken_file_whose_header_is_looked_for_makes_the_audit_incomplete(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    (tmp_path / "train.parquet").write_bytes(b"PAR1" + b"\xff" * 100 + b"PAR1")
    code, report = scan(tmp_path, "--select", "LIC001")
    assert code == 3
    assert report["reasons"][0].startswith("train.parquet: what it says of itself is not known")


def test_a_folder_of_documents_needs_no_reader(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    code, report = scan(tmp_path, "--select", "LIC")
    assert (code, report["verdict"]) == (0, "pass")
