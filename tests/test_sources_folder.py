"""What a dataset is made of: which files are data, documents or neither, and what becomes of the others."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from auditor.dataset import Dataset, Tally
from auditor.model import AuditorError
from auditor.sources import open_shard
from auditor.sources.folder import find

RECORD = '{"a": 1}\n'


def folder(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def splits(dataset: Dataset) -> dict[str, list[str]]:
    return {split.name: [shard.path for shard in split.shards] for split in dataset.splits}


def notes(dataset: Dataset) -> dict[str, str]:
    return {entry.file: entry.note for entry in dataset.unread}


def test_a_shard_says_where_it_lies_and_what_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(b"a\n1\n", mtime=0)
    root = folder(tmp_path / "mine", {"train.jsonl": RECORD, "dev.tsv": "a\n"})
    (root / "test.csv.gz").write_bytes(packed)
    dataset = find(root)
    assert dataset.name == "mine"
    assert [(each.path, each.split, each.format, each.ordinal) for each in dataset.shards] == [
        ("train.jsonl", "train", "jsonl", 0),
        ("dev.tsv", "validation", "tsv", 1),
        ("test.csv.gz", "test", "csv", 2),
    ]
    last = dataset.shards[2]
    assert (last.bytes, last.sha256, last.file) == (len(packed), hashlib.sha256(packed).hexdigest(), str(root / "test.csv.gz"))
    assert [batch.records.to_pylist() for batch in open_shard(last, Tally())] == [[{"a": "1"}]]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.csv", "csv"),
        ("x.TSV", "tsv"),
        ("x.jsonl", "jsonl"),
        ("x.ndjson.zst", "jsonl"),
        ("x.json.bz2", "json"),
        ("x.parquet", "parquet"),
        ("x.arrow", "arrow"),
        ("x.Feather", "arrow"),
        ("x.ipc.xz", "arrow"),
        ("x.y.csv.GZ", "csv"),
    ],
)
def test_data_files_are_known_by_their_endings(name: str, form: str, tmp_path: Path) -> None:
    assert [each.format for each in find(folder(tmp_path, {name: "x"})).shards] == [form]


CROISSANT = json.dumps({"@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "distribution": []})


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "readme.txt", "LICENSE", "LICENCE-data.txt", "COPYING", "NOTICE", "CITATION.cff", "docs/paper.md", "more.cff"),
        *("datapackage.json", "dataset-metadata.json", "croissant.json", "mine.croissant.json", "dataset_info.json", "dataset_infos.json"),
        *("dataset_dict.json", "state.json", "LICENSES/MIT.txt", "REUSE.toml", "train.csv.license", "metadata.json"),
    ],
)
def test_documents_are_known_by_their_names(name: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {name: CROISSANT}))
    assert [(document.path, document.text) for document in dataset.documents] == [(name, CROISSANT)]
    assert dataset.splits == ()


def test_metadata_json_that_is_no_croissant_is_data(tmp_path: Path) -> None:
    assert splits(find(folder(tmp_path, {"metadata.json": '[{"a": 1}]'}))) == {"all": ["metadata.json"]}


def test_a_data_file_called_after_a_licence_is_data(tmp_path: Path) -> None:
    assert splits(find(folder(tmp_path, {"licenses_train.csv": "a\n"}))) == {"train": ["licenses_train.csv"]}


def test_everything_else_is_named_in_the_ledger(tmp_path: Path) -> None:
    files = {"train.csv": "a\n", ".hidden": "", "_SUCCESS": "", ".git/config": "", "images/1.png": "", "load.py": "", "notes.txt": ""}
    dataset = find(folder(tmp_path, files))
    assert notes(dataset) == {
        "(hidden)": "left out: 3 names that begin with . or _",
        "images/1.png": "not read: unknown kind",
        "load.py": "not read: unknown kind",
        "notes.txt": "not read: unknown kind",
    }
    assert dataset.doubts == ()


DOUBTFUL = ["test.zip", "test.csv.zip", "x/dev/data.tar.gz", "train.xlsx", "eval-1.pkl", "Test.TXT", "train.gz", "train.npz", "dev.joblib"]


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_looks_like_data_of_a_split_and_is_not_read_is_a_doubt(name: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {"data.csv": "a\n", name: "x"}))
    assert dataset.doubts == ((name, notes(dataset)[name]),)
    assert notes(dataset)[name] in {"not read: unknown kind", PICKLE}


def test_a_dataset_does_not_configure_its_own_audit(tmp_path: Path) -> None:
    files = {"auditor.yaml": "", "sub/auditor-waivers.yaml": "", "my.policy.yaml": "", "pyproject.toml": "[project]\n [tool.auditor]\n"}
    dataset = find(folder(tmp_path, {"a.csv": "a\n", **files}))
    assert notes(dataset) == dict.fromkeys(files, "configuration inside the dataset: not read")
    plain = find(folder(tmp_path / "plain", {"a.csv": "a\n", "pyproject.toml": "[project]\n"}))
    assert notes(plain) == {"pyproject.toml": "not read: unknown kind"}


def test_links_to_files_are_followed_and_others_named(tmp_path: Path) -> None:
    folder(tmp_path, {"far/train.csv": "a\n1\n", "root/test.csv": "a\n"})
    root = tmp_path / "root"
    (root / "train.csv").symlink_to(tmp_path / "far" / "train.csv")
    (root / "gone.csv").symlink_to(tmp_path / "gone")
    (root / "dev.csv").symlink_to(tmp_path / "gone")
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "more").symlink_to(tmp_path / "far", target_is_directory=True)
    dataset = find(root)
    assert splits(dataset) == {"train": ["train.csv"], "test": ["test.csv"]}
    assert notes(dataset) == {
        "train.csv": "a link to a file, followed",
        "gone.csv": "cannot be opened: No such file or directory",
        "dev.csv": "cannot be opened: No such file or directory",
        "loop.md": "cannot be opened: Too many levels of symbolic links",
        "more": "not read: a link to a folder",
    }
    assert dataset.doubts == (("dev.csv", "cannot be opened: No such file or directory"),)


def test_a_link_to_a_folder_of_a_split_is_a_doubt(tmp_path: Path) -> None:
    folder(tmp_path, {"far/1.csv": "a\n", "root/test.csv": "a\n"})
    (tmp_path / "root" / "train").symlink_to(tmp_path / "far", target_is_directory=True)
    assert find(tmp_path / "root").doubts == (("train", "not read: a link to a folder"),)


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(folder(tmp_path, {"test.csv": "a\n"}) / "train.csv")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    dataset = find(tmp_path)
    assert splits(dataset) == {"test": ["test.csv"]}
    assert notes(dataset) == {"train.csv": "not opened: no regular file", "null.csv": "not opened: no regular file"}
    assert dataset.doubts == (("train.csv", "not opened: no regular file"),)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_what_may_not_be_opened_is_a_doubt(tmp_path: Path) -> None:
    folder(tmp_path, {"a.csv": "a\n", "train.csv": "a\n", "shut/test.csv": "a\n"})
    (tmp_path / "train.csv").chmod(0)
    (tmp_path / "shut").chmod(0)
    dataset = find(tmp_path)
    (tmp_path / "shut").chmod(0o700)
    assert dict(dataset.doubts) == {
        "train.csv": "cannot be opened: Permission denied",
        "shut": "a folder that cannot be opened: Permission denied",
    }
    assert splits(dataset) == {"all": ["a.csv"], "train": []}


def test_a_name_that_is_no_utf8_can_still_be_written(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"train-\xff.csv")).write_bytes(b"a\n1\n")
    shard = find(tmp_path).shards[0]
    assert shard.path == "train-\\xff.csv"
    assert [batch.records.num_rows for batch in open_shard(shard, Tally())] == [1]


def test_objects_without_records_beside_data_are_set_aside(tmp_path: Path) -> None:
    files = {"train.csv": "a\n", "labels.json": '{"0": "no"}', "names.json": '{"names": ["a", "b"]}', "test_labels.json": '{"0": "no"}'}
    dataset = find(folder(tmp_path, {**files, "more.json": '{"data": [{"a": 1}]}', "list.json": "[1]", "broken.json": "{"}))
    assert splits(dataset) == {"all": ["broken.json", "list.json", "more.json"], "train": ["train.csv"], "test": ["test_labels.json"]}
    assert notes(dataset) == dict.fromkeys(["labels.json", "names.json"], "not read: a JSON object without an array of objects")
    alone = find(folder(tmp_path / "alone", {"labels.json": '{"0": "no"}'}))
    assert splits(alone) == {"all": ["labels.json"]}


# ── one file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "split", "form"),
    [
        ("my-train.csv", "a\n", "train", "csv"),
        ("data", RECORD, "all", "jsonl"),
        ("val.data", f"[{RECORD}]", "validation", "json"),
        ("README.json", RECORD, "all", "json"),
        ("dataset_info.json", "[]", "all", "json"),
    ],
)
def test_one_file_is_a_dataset_of_itself(name: str, text: str, split: str, form: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {name: text, "test.csv": "a\n", "README.md": ""}) / name)
    assert (dataset.name, splits(dataset)) == (name, {split: [name]})
    assert dataset.shards[0].format == form
    assert (dataset.documents, dataset.unread) == ((), ())


def test_one_compressed_file_without_an_ending_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(gzip.compress(RECORD.encode()))
    shard = find(tmp_path / "blob").shards[0]
    assert shard.format == "jsonl"


# ── nothing to audit ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("files", [{}, {".hidden.csv": "a\n"}, {"image.png": ""}, {"train.zip": ""}, {"auditor.yaml": ""}])
def test_a_folder_of_neither_data_nor_documents_is_an_error(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="holds nothing that can be audited") as caught:
        find(folder(tmp_path, files))
    assert caught.value.code == 2
    assert caught.value.cure


@pytest.mark.parametrize("name", ["gone", "gone/train.csv", "file.csv/x"])
def test_a_path_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="cannot be opened"):
        find(folder(tmp_path, {"file.csv": "a\n"}) / name)


def test_a_file_of_an_unknown_kind_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(folder(tmp_path, {"README.md": "# x", "data.xlsx": "PK", "empty": ""}) / "train.csv")
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8b\x08rubbish")
    for name in ("README.md", "data.xlsx", "empty", "train.csv", "bad.gz"):
        with pytest.raises(AuditorError, match="unknown kind"):
            find(tmp_path / name)


def test_a_folder_of_documents_is_a_dataset_without_splits(tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {"README.md": "# x"}))
    assert (dataset.splits, dataset.shards) == ((), ())


PICKLE = "code inside the dataset: not read (a pickle does what its author wants when it is loaded)"
SCRIPT = "code inside the dataset: not read (a loading script)"
PICKLES = ["a.pkl", "a.pickle", "a.joblib", "a.PT", "a.pth", "more/a.dill", "train.pkl.gz", "readme.pkl", "LICENSE.pt"]


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_are_code(name: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {"train.jsonl": RECORD, name: "never loaded"}))
    assert notes(dataset) == {name: PICKLE}
    assert not any(document.path == name for document in dataset.documents)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("class A(GeneratorBasedBuilder): pass", SCRIPT),
        ("import datasets as d\nif True:\n    class A(object, d.ArrowBasedBuilder, metaclass=M): pass", SCRIPT),
        ("from datasets import BeamBasedBuilder as B\nclass A(B): pass", SCRIPT),
        ("class A(tfds.core.DatasetBuilder): pass", SCRIPT),
        ("print 'Python 2'\nclass A(datasets.GeneratorBasedBuilder):\n    pass", SCRIPT),
        ("# " + "x" * (128 << 10) + "\nclass A(datasets.GeneratorBasedBuilder): pass", SCRIPT),
        ("class A(\n    datasets\n    .GeneratorBasedBuilder): '\\d'", SCRIPT),
        ("(" * 100_000 + "\nclass A(GeneratorBasedBuilder): pass", SCRIPT),
        ("\0class A: pass", "not read: unknown kind"),
        ("'class A(GeneratorBasedBuilder): pass'\nclass A: pass", "not read: unknown kind"),
        ("import datasets\nraise SystemExit('this must not run')", "not read: unknown kind"),
        ("class A(GeneratorBased): pass\nclass GeneratorBasedBuilder: pass", "not read: unknown kind"),
    ],
)
def test_scripts_that_build_a_dataset_are_code(source: str, note: str, tmp_path: Path) -> None:
    assert notes(find(folder(tmp_path, {"train.jsonl": RECORD, "more/load.py": source}))) == {"more/load.py": note}


def test_a_script_that_is_called_like_the_dataset_is_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder(tmp_path / "ferries", {"train.jsonl": RECORD, "Ferries.py": "x = 1", "more/ferries.py": "x = 1", "boats.py": "x = 1"})
    expected = {"Ferries.py": SCRIPT, "more/ferries.py": "not read: unknown kind", "boats.py": "not read: unknown kind"}
    assert notes(find(root)) == expected
    monkeypatch.chdir(root)
    assert notes(find(Path())) == expected
