"""Which file is of which split: --split, the card's configs, names, and folders that save_to_disk wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sources_folder import folder, notes, splits

from auditor.model import AuditorError
from auditor.sources.card import configs
from auditor.sources.folder import find
from auditor.sources.globs import matching
from auditor.sources.kinds import split_of

# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.csv", "train"),
        ("Training_Set.csv", "train"),
        ("my-test-00000-of-00002.parquet", "test"),
        ("testing.csv", "test"),
        ("x.EVAL.jsonl", "test"),
        ("evaluation.csv", "test"),
        ("heldout.csv", "test"),
        ("val.csv", "validation"),
        ("valid.csv", "validation"),
        ("dev.csv", "validation"),
        ("validation/1.csv", "validation"),
        ("test/train.csv", "test"),
        ("train/test/1.csv", "test"),
        ("train/a/b/1.csv", "train"),
        ("train.parquet/part-0", "train"),
        ("train_test.csv", "train"),
        ("data.csv", None),
        ("latest.csv", None),
        ("trainer/attest.csv", None),
        ("test2.csv", None),
        ("developer.csv", None),
    ],
)
def test_a_split_is_named_by_a_whole_token_of_a_path(path: str, split: str | None) -> None:
    assert split_of(path) == split


def test_the_files_of_a_split_stand_in_order_and_splits_in_theirs(tmp_path: Path) -> None:
    names = ["b.csv", "a/test.csv", "train/2.csv", "train/10.csv", "a-train.csv", "dev.csv", "c.csv"]
    dataset = find(folder(tmp_path, dict.fromkeys(names, "a\n")))
    assert list(splits(dataset).items()) == [
        ("all", ["b.csv", "c.csv"]),
        ("train", ["a-train.csv", "train/10.csv", "train/2.csv"]),
        ("validation", ["dev.csv"]),
        ("test", ["a/test.csv"]),
    ]
    assert [shard.ordinal for shard in dataset.shards] == list(range(7))


def test_the_name_of_the_dataset_itself_says_nothing(tmp_path: Path) -> None:
    assert splits(find(folder(tmp_path / "test", {"data.csv": "a\n"}))) == {"all": ["data.csv"]}


# ── --split ───────────────────────────────────────────────────────────────────────────────────────────────────────────

FILES = dict.fromkeys(["a.csv", "b.csv", "sub/c.csv", "train.csv"], "a\n")


def test_split_options_choose_the_files(tmp_path: Path) -> None:
    root = folder(tmp_path, {**FILES, "README.md": "---\nconfigs:\n- data_files: train.csv\n---\n"})
    dataset = find(root, splits=(("gold", "sub/*"), ("train", "a.*"), ("train", "b.csv")))
    assert splits(dataset) == {"train": ["a.csv", "b.csv"], "gold": ["sub/c.csv"]}
    assert notes(dataset) == {"train.csv": "not read: not in any split"}


def test_a_split_option_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match=r"--split x=\*\.parquet matches no data file") as caught:
        find(folder(tmp_path, FILES), splits=(("x", "*.parquet"),))
    assert "a.csv" in caught.value.cure


def test_a_file_is_in_one_split_only(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match=r"puts a[.]csv into both x and y"):
        find(folder(tmp_path, FILES), splits=(("x", "*.csv"), ("y", "a.csv")))


# ── the card ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def card(yaml: str) -> str:
    return f"---\nlicense: mit\nconfigs:\n{yaml}\n---\n# A card\n"


PAIRS = """
- config_name: default
  data_files:
  - split: train
    path: [a.csv, "s*/**"]
  - split: probe
    path: b.csv
"""


def test_the_card_of_one_config_names_the_splits(tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {**FILES, "README.md": card(PAIRS)}))
    assert splits(dataset) == {"train": ["a.csv", "sub/c.csv"], "probe": ["b.csv"]}
    assert [split.config for split in dataset.splits] == ["default", "default"]
    assert notes(dataset) == {"train.csv": "not read: not in any split"}
    assert dataset.doubts == (("train.csv", "not read: not in any split"),)


SEVERAL = """
- config_name: en
  data_files: [{split: train, path: en/train.csv}, {split: test, path: en/test.csv}]
- config_name: de
  data_files: [{split: train, path: de/train.csv}]
- de-old
- config_name: script
"""
LANGUAGES = dict.fromkeys(["en/train.csv", "en/test.csv", "de/train.csv"], "a\n")


def test_several_configs_are_several_datasets_in_one(tmp_path: Path) -> None:
    root = folder(tmp_path, {**LANGUAGES, "README.md": card(SEVERAL)})
    dataset = find(root)
    assert splits(dataset) == {"de/train": ["de/train.csv"], "en/train": ["en/train.csv"], "en/test": ["en/test.csv"]}
    assert [split.config for split in dataset.splits] == ["de", "en", "en"]
    assert splits(find(root, subsets=("en",))) == {"en/train": ["en/train.csv"], "en/test": ["en/test.csv"]}


def test_an_unknown_subset_is_an_error_that_names_the_known(tmp_path: Path) -> None:
    root = folder(tmp_path, {**LANGUAGES, "README.md": card(SEVERAL)})
    with pytest.raises(AuditorError, match="there is no subset 'fr'") as caught:
        find(root, subsets=("fr",))
    assert caught.value.cure == "the subsets are: de, en"
    with pytest.raises(AuditorError, match="there is no subset 'en'"):
        find(folder(tmp_path / "bare", LANGUAGES), subsets=("en",))
    with pytest.raises(AuditorError, match="--split overrides"):
        find(root, subsets=("en",), splits=(("x", "**"),))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("data_files: train.csv", {"train": ["train.csv"]}),
        ('data_files: "*.csv"', {"train": ["a.csv", "b.csv", "train.csv"]}),
        ("data_files: [a.csv, sub/c.csv]", {"train": ["a.csv", "sub/c.csv"]}),
        ("data_files: {split: test, path: a.csv}", {"test": ["a.csv"]}),
        ("data_files: [{split: 2024, path: a.csv}]", {"2024": ["a.csv"]}),
        ("data_dir: sub\n  data_files: c.csv", {"train": ["sub/c.csv"]}),
        ("data_files: [{split: train, path: [a.csv, a.csv]}]", {"train": ["a.csv"]}),
    ],
)
def test_data_files_are_given_in_several_ways(files: str, expected: dict[str, list[str]], tmp_path: Path) -> None:
    assert splits(find(folder(tmp_path, {**FILES, "README.md": card(f"- config_name: x\n  {files}")}))) == expected


def test_one_file_may_be_of_several_configs(tmp_path: Path) -> None:
    yaml = "- config_name: x\n  data_files: a.csv\n- config_name: y\n  data_files: [{split: test, path: a.csv}]"
    dataset = find(folder(tmp_path, {**FILES, "README.md": card(yaml)}))
    assert splits(dataset) == {"x/train": ["a.csv"], "y/test": ["a.csv"]}
    assert [shard.ordinal for shard in dataset.shards] == [0, 1]


def test_a_file_that_the_card_names_and_that_is_not_there_is_a_doubt(tmp_path: Path) -> None:
    yaml = "- data_files: [{split: train, path: a.csv}, {split: test, path: 'test-*'}]"
    dataset = find(folder(tmp_path, {**FILES, "README.md": card(yaml)}))
    assert splits(dataset) == {"train": ["a.csv"]}
    assert dataset.doubts[0] == ("test-*", "the card names it and there is no such data file")


@pytest.mark.parametrize(
    "text",
    [
        card("- data_files: nowhere/*.csv"),
        card("- config_name: x\n  data_files: [{split: train}]"),
        card("- config_name: x\n  data_files: 5"),
        card("- data_files: &x [train.csv]\n  more: *x"),
        card("- data_files: [train.csv"),
        card("- data_files: !!python/object/apply:os.getcwd []"),
        card("- data_files: ['[z-a]', '[']"),
        "---\nconfigs: data_files\n---\n",
        "---\n- data_files\n---\n",
        "---\nconfigs:\n- data_files: a.csv\n",
        "no front matter: data_files",
        "",
    ],
)
def test_a_card_that_says_nothing_useful_leaves_it_to_the_names(text: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {**FILES, "README.md": text}))
    assert splits(dataset) == {"all": ["a.csv", "b.csv", "sub/c.csv"], "train": ["train.csv"]}
    assert dataset.doubts == ()


@given(st.text(max_size=60))
def test_no_front_matter_breaks_anything(text: str) -> None:
    assert isinstance(configs(f"---\nconfigs: #data_files\n{text}\n---\n"), dict)


# ── globs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

PATHS = ["train.csv", "data/train-0.csv", "data/a/b/test.csv", "x[1].csv", "a-b.csv", "aé.csv", "q]w", "a\nb.csv"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["train.csv", "x[1].csv", "a-b.csv", "aé.csv", "a\nb.csv"]),
        ("./train.csv", ["train.csv"]),
        ("data/*", ["data/train-0.csv"]),
        ("data/**", ["data/train-0.csv", "data/a/b/test.csv"]),
        ("**/test.csv", ["data/a/b/test.csv"]),
        ("**/train*", ["train.csv", "data/train-0.csv"]),
        ("data/**/test.csv", ["data/a/b/test.csv"]),
        ("a?.csv", ["aé.csv"]),
        ("[ax]?*[!b].csv", ["x[1].csv"]),
        ("a[-]b.csv", ["a-b.csv"]),
        ("x[[]1].csv", ["x[1].csv"]),
        ("q[]]w", ["q]w"]),
        ("*[^a-z]csv", ["train.csv", "x[1].csv", "a-b.csv", "aé.csv", "a\nb.csv"]),
        ("train?csv", ["train.csv"]),
        ("a[/]b.csv", []),
        ("[z-a]", []),
        ("train.cs", []),
        ("", []),
    ],
)
def test_globs(pattern: str, expected: list[str]) -> None:
    assert matching(pattern, PATHS) == expected


@given(st.text("ab*?[]!-^\\/.{}()|é", max_size=12))
def test_any_glob_is_answered_and_a_plain_one_means_itself(pattern: str) -> None:
    hits = matching(pattern, [pattern, "a", "b/a"])
    assert pattern in hits or not pattern or any(character in pattern for character in "*?[") or pattern.startswith("./")


def test_a_glob_made_to_take_for_ever_does_not() -> None:
    assert matching("*a" * 40 + "b", ["a" * 250]) == []


# ── save_to_disk ──────────────────────────────────────────────────────────────────────────────────────────────────────


def state(*names: str) -> str:
    return json.dumps({"_data_files": [{"filename": name} for name in names], "_split": None})


def test_a_saved_folder_holds_the_files_of_its_state_in_their_order(tmp_path: Path) -> None:
    files = dict.fromkeys(["b.arrow", "a.arrow", "cache-1.arrow"], "x")
    dataset = find(folder(tmp_path, {**files, "state.json": state("b.arrow", "a.arrow"), "dataset_info.json": "{}"}))
    assert splits(dataset) == {"all": ["b.arrow", "a.arrow"]}
    assert notes(dataset) == {"cache-1.arrow": "not read: state.json does not name it"}
    assert [document.path for document in dataset.documents] == ["dataset_info.json", "state.json"]


def test_saved_splits_are_called_as_their_folders(tmp_path: Path) -> None:
    files = {"dataset_dict.json": json.dumps({"splits": ["my train", "probe"]})}
    for split in ("my train", "probe", "test"):
        files |= {f"{split}/state.json": state("2.arrow", "1.arrow"), f"{split}/1.arrow": "x", f"{split}/2.arrow": "x"}
    dataset = find(folder(tmp_path, files))
    assert splits(dataset) == {
        "my train": ["my train/2.arrow", "my train/1.arrow"],
        "test": ["test/2.arrow", "test/1.arrow"],
        "probe": ["probe/2.arrow", "probe/1.arrow"],
    }


def test_what_a_saved_folder_lacks_is_a_doubt(tmp_path: Path) -> None:
    files = {"dataset_dict.json": json.dumps({"splits": ["train", "test"]}), "train/1.arrow": "x"}
    dataset = find(folder(tmp_path, {**files, "train/state.json": state("1.arrow", "2.arrow", "../../etc/passwd")}))
    assert splits(dataset) == {"train": ["train/1.arrow"]}
    assert [path for path, _ in dataset.doubts] == ["test", "train/../../etc/passwd", "train/2.arrow"]


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"_data_files": 5}', '{"epoch": 3}'])
def test_another_state_json_says_nothing(text: str, tmp_path: Path) -> None:
    dataset = find(folder(tmp_path, {"state.json": text, "train.arrow": "x"}))
    assert splits(dataset) == {"train": ["train.arrow"]}
    assert dataset.doubts == ()
