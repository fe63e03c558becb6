"""Licences of records: shares and places against counting by hand, hostile values, copies against brute force, and what a run says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.check import of_shard
from auditor.cli import group
from auditor.dataset import Batch, Dataset, Shard, ShardResult, Split
from auditor.licenses import records
from auditor.licenses.copies import copies
from auditor.licenses.generators import terms, terms_of
from auditor.licenses.record_places import Places
from auditor.licenses.recorded import CUT, observed
from auditor.licenses.records import Column, columns, meaning
from auditor.sources import open_shard
from auditor.sources.values import build

SOUGHT = {"names": ["license"], "inside": ["metadata"], "apart": [], "key": "id"}


def seen(parts: Sequence[Sequence[dict[str, Any]]], split: str = "train") -> dict[str, Column]:
    """The columns of a split, from records in the shards of it, each read in batches of three."""
    shards = tuple(Shard(path=f"{split}-{at}.jsonl", file="", split=split, format="jsonl", ordinal=at) for at in range(len(parts)))
    results = tuple(ShardResult(shard=shard, rows=len(part)) for shard, part in zip(shards, parts, strict=True))
    dataset = Dataset(name="d", splits=(Split(name=split, shards=shards),), results=results)
    found = []
    for shard, part in zip(shards, parts, strict=True):
        for start in range(0, len(part), 3):
            at = start
            for batch in build(list(part[start : start + 3])):
                table = observed(Batch(shard=shard, start=at, records=batch), SOUGHT)
                at += batch.num_rows
                found += [of_shard(table, shard.ordinal)] if table is not None else []
    return dict(columns(pa.concat_tables(found), dataset)[split]) if found else {}


def scan(folder: Path, *options: str) -> tuple[int, Any]:
    result = CliRunner().invoke(group, ["scan", str(folder), "-o", "json", "--quiet", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def write(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def of(report: Any, rule: str) -> list[Any]:
    return [each for each in report["findings"] if each["rule"] == rule]


def outcome(report: Any, rule: str) -> tuple[str, int, int, str]:
    (only,) = [each for each in report["outcomes"] if each["rule"] == rule]
    return only["status"], only["examined"], only["found"], only["note"]


# shares and places

VALUES = st.sampled_from(
    ["mit", "MIT", "cc", "", None, "CC BY 4.0", ["mit"], ["mit", "cc0-1.0"], ["mit", None], [], "nan", 7, 2.5, {"id": "mit"}]
)
ROWS = st.lists(st.lists(st.one_of(st.fixed_dictionaries({"license": VALUES}), st.just({"other": 1})), max_size=8), min_size=1, max_size=3)
MEANT = {
    "mit": "MIT",
    "MIT": "MIT",
    "CC BY 4.0": "CC-BY-4.0",
    '["mit"]': "MIT",
    '["mit", null]': "MIT",
    '["mit", "cc0-1.0"]': "MIT AND CC0-1.0",
}
MEANT['{"id": "mit"}'] = "MIT"


def expected(row: dict[str, Any]) -> str | None:
    value = row.get("license")
    return MEANT.get(value if isinstance(value, str) else json.dumps(value))


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_shares_are_those_of_counting_by_hand(parts: list[list[dict[str, Any]]]) -> None:
    column = seen(parts).get("license")
    rows = [row for part in parts for row in part]
    if column is None:
        assert not any("license" in row for row in rows)
        return
    counted = Counter(expected(row) for row in rows)
    assert column.rows == len(rows) == sum(column.counts.values())
    assert column.by_license == {name: count for name, count in counted.items() if name is not None}
    assert sum(column.unknown.values()) == counted[None]
    for licence in [*column.by_license, None]:
        values = {value for value, each in column.meanings.items() if each.expression == licence}
        places = Places([(column, values)], {at: f"{at}" for at in range(len(parts))})
        assert [place.row for place in places] == [at for at, row in enumerate(rows) if expected(row) == licence]
        assert [place.file for place in places] == [str(at) for at, part in enumerate(parts) for row in part if expected(row) == licence]


def test_places_as_tables_are_the_places() -> None:
    rows = [{"license": value, "id": f"k{at}"} for at, value in enumerate(["mit", "cc", None, "mit", "cc"])]
    column = seen([rows[:2], rows[2:]])["license"]
    places = Places([(column, {"cc", None})], {0: "a", 1: "b"})
    listed = [row for table in places.tables() for row in table.to_pylist()]
    assert [(place.file, place.row, place.key, place.digest) for place in places] == [
        (row["file"], row["row"], row["key"], f"k{row['digest'].hex()}") for row in listed
    ]
    assert [row["key"] for row in listed] == ["k1", "k2", "k4"]
    assert len({row["digest"] for row in listed}) == 3


# values

HOSTILE = [
    "x" * 3_000_000,
    "MIT" + " " * 5000 + "not",
    "\x00\x1b]0;t\x07",
    "[" * 1900,
    "{" * 1900,
    '["mit", ["gpl"]]',
    "['mit', 'x']",
    "\u202eTIM",
    CUT,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_mean_nothing_and_are_cut(value: str) -> None:
    column = seen([[{"license": value}]])["license"]
    (text,) = column.counts
    assert text is not None
    assert len(text) <= 2000
    assert column.by_license == {}


def test_columns_of_numbers_and_of_nothing() -> None:
    batch = pa.record_batch(
        {"license": pa.array([1.5, float("nan"), None]), "metadata": pa.array([{"license": "mit"}, None, {"license": ""}])}
    )
    table = observed(Batch(shard=Shard(path="", file="", split="", format=""), start=0, records=batch), SOUGHT)
    assert table is not None
    assert table.select(["column", "texts", "codes"]).to_pylist() == [
        {"column": "license", "texts": ["1.5"], "codes": [0, -1, -1]},
        {"column": "metadata.license", "texts": ["mit"], "codes": [0, -1, -1]},
    ]


def test_of_very_many_values_the_commonest_are_looked_at_and_the_others_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LOOKED", 5)
    rows = [{"license": value} for value in ["mit", "mit", *(f"garbage {at}" for at in range(50)), "cc0-1.0"]]
    column = seen([rows])["license"]
    assert (column.by_license, column.overlooked, column.unknown) == ({"MIT": 2, "CC0-1.0": 1}, 47, {"unresolved": 50})


@pytest.mark.parametrize(
    ("text", "licence", "why"),
    [
        ("['mit', 'apache-2.0']", "MIT AND Apache-2.0", ""),
        ('["mit", "unknown"]', None, "none"),
        ('["mit", "cc"]', None, "family"),
        ('{"name": "CC BY 4.0", "url": "x"}', "CC-BY-4.0", ""),
        ("//creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0", ""),
        ("Public Domain", "LicenseRef-public-domain", ""),
        ("nan", None, "none"),
        ("llama2", None, "unresolved"),
    ],
)
def test_what_values_mean(text: str, licence: str | None, why: str) -> None:
    assert (meaning(text).expression, meaning(text).why) == (licence, why)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4o-2024-08-06", ["openai"]),
        ("openai/gpt-oss-120b", ["open-weights"]),
        ("gpt2-xl", ["open-weights"]),
        ("meta-llama/Llama-3.1-8B-Instruct", ["llama-3-later"]),
        ("Llama-4-Scout", ["llama-3-later"]),
        ("Meta-Llama-3-70B", ["llama-3"]),
        ("llama-2-13b-chat", ["llama-2"]),
        ("gemma-2-9b-it", ["gemma"]),
        ("Qwen2.5-72B-Instruct", ["qwen"]),
        ('["claude-3-opus", "gpt-4"]', ["anthropic", "openai"]),
        ("human", ["people"]),
        ("Honda Civic", []),
    ],
)
def test_the_terms_of_models(model: str, known: list[str]) -> None:
    assert [each.id for each in terms_of(model)] == known


def test_each_terms_say_what_they_rest_on() -> None:
    for each in terms():
        assert each.outputs in {"free", "named", "restricted", "unclear"}
        assert each.told or each.outputs == "free"
        assert (each.source and each.as_of) or each.outputs in {"free", "unclear"}


# copies

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["mit", "cc-by-nc-4.0", "cc0-1.0", "cc"]), st.booleans()), max_size=14)


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.integers(1, 4))
def test_copies_are_those_of_brute_force(drawn: list[tuple[int, str, bool]], cap: int) -> None:
    """Texts 0 and 1 are near each other, as are 2 and 3; of clusters over the cap only pairs with the first record are listed."""
    rows = [[(text, licence) for text, licence, side in drawn if side == part] for part in (False, True)]
    names = ["train", "test"]
    found = {
        name: seen([[{"license": licence} for _, licence in part]], name)["license"] for name, part in zip(names, rows, strict=True) if part
    }
    every = [(number, at, text, meaning(licence).expression) for number, part in enumerate(rows) for at, (text, licence) in enumerate(part)]
    clusters = [[each for each in every if each[2] // 2 == number] for number in (0, 1)]
    known = sorted({each[3] for each in every if each[3] is not None})
    pairs, counted = [], Counter[tuple[str, str]]()
    for cluster in clusters:
        joined = set()
        for a, b in combinations(cluster, 2):
            listed = len(cluster) <= cap or a == cluster[0]
            if listed and a[2] != b[2]:
                pairs.append((names[a[0]], a[1], names[b[0]], b[1], "near"))
            if None not in {a[3], b[3]} and a[3] != b[3] and (a[2] == b[2] or listed):
                joined.add(tuple(sorted((str(a[3]), str(b[3])))))
                counted[tuple(sorted((str(a[3]), str(b[3]))))] += 1  # type: ignore[index]
        inside = sorted({str(each[3]) for each in cluster if each[3] is not None})
        if len(cluster) > cap:
            counted.update(each for each in combinations(inside, 2) if each not in joined)
    table = [(number, names[each[0]], each[1], each[2]) for number, cluster in enumerate(clusters) for each in cluster]
    told, count = copies(
        found,
        names,
        pa.table([pa.array(c, t) for c, t in zip(zip(*table, strict=True), _CLUSTERS.values(), strict=True)], names=list(_CLUSTERS))
        if table
        else pa.table({name: pa.array([], kind) for name, kind in _CLUSTERS.items()}),
        pa.Table.from_pylist([dict(zip(_PAIRS, pair, strict=True)) for pair in pairs], pa.schema(_PAIRS)),
        cap,
        known,
    )
    assert {tuple(sorted(each.licences)): each.count for each in told} == dict(counted)
    assert count == counted.total()
    licence = {(each[0], each[1]): each[3] for each in every}
    for each in told:
        for left, row, right, other in each.places.tolist():
            assert (licence[left, row], licence[right, other]) == each.licences


_CLUSTERS = {"cluster": pa.int64(), "split": pa.string(), "row": pa.int64(), "text": pa.int64()}
_PAIRS = {"left_split": pa.string(), "left_row": pa.int64(), "right_split": pa.string(), "right_row": pa.int64(), "relation": pa.string()}


def test_copies_beyond_the_cap_of_listed_pairs_are_counted(tmp_path: Path) -> None:
    ferry = "The ferry leaves at nine and returns at noon"
    write(tmp_path / "train.jsonl", *({"text": ferry, "license": "mit" if at % 3 else "cc-by-nc-4.0"} for at in range(150)))
    write(tmp_path / "test.jsonl", {"text": ferry, "license": "CC0"}, {"text": "Nothing else is like this text at all", "license": "mit"})
    code, report = scan(tmp_path, "--text", "text")
    found = {tuple(each["evidence"]["licenses"]): each for each in of(report, "LIC022")}
    assert code == 1
    assert {licences: each["evidence"]["count"] for licences, each in found.items()} == {
        ("MIT", "CC-BY-NC-4.0"): 5000,
        ("CC0-1.0", "MIT"): 100,
        ("CC0-1.0", "CC-BY-NC-4.0"): 50,
    }
    first = found["MIT", "CC-BY-NC-4.0"]["where"][0]
    assert (first["split"], first["row"], first["partner"]["row"]) == ("train", 1, 0)
    assert found["CC0-1.0", "MIT"]["evidence"]["records"] == {"test": 1, "train": 100}


# runs


def test_a_run_tells_shares_and_the_stricter_licence(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    rows = [
        {"text": f"record {at}", "metadata": {"license": licence}, "id": at}
        for at, licence in enumerate(["CC-BY-4.0", "CC BY-NC 4.0", "cc", None])
    ]
    write(tmp_path / "train.jsonl", *rows)
    write(tmp_path / "test.jsonl", {"text": "x", "id": 9, "metadata": {"license": "CC0"}})
    code, report = scan(tmp_path, "--select", "LIC", "--id", "id")
    section = report["license_records"]
    assert section["columns"] == {"train": "metadata.license", "test": "metadata.license"}
    assert [(each["expression"], each["text"], each["share"]) for each in section["splits"]["train"]["licenses"]] == [
        (None, "cc", 0.25),
        ("CC-BY-4.0", "CC-BY-4.0", 0.25),
        ("CC-BY-NC-4.0", "CC BY-NC 4.0", 0.25),
        (None, None, 0.25),
    ]
    assert section["splits"]["train"]["unknown_rows"] == 2
    (unknown,) = of(report, "LIC020")
    assert ([place["row"] for place in unknown["where"]], unknown["evidence"]["reasons"]) == ([2, 3], {"family": 1, "none": 1})
    differing = {each["evidence"]["records"]: (each["severity"], each["evidence"]["stricter"]) for each in of(report, "LIC021")}
    assert differing == {"CC-BY-NC-4.0": ("high", "CC-BY-NC-4.0"), "CC0-1.0": ("low", "CC-BY-4.0")}
    (denied,) = of(report, "LIC023")
    assert [(place["row"], place["line"]) for place in denied["where"]] == [(1, 2)]
    assert code == 1
    assert outcome(report, "LIC022")[::3] == ("skipped", "no texts were compared: select LEAK and DUP too")


def test_a_name_alone_makes_no_column_of_licences(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", {"text": "a driver", "license": "B"}, {"text": "another", "license": "C1"})
    code, report = scan(tmp_path, "--select", "LIC020,LIC023")
    assert (code, report["license_records"]["columns"]) == (0, {})
    assert outcome(report, "LIC020") == ("skipped", 0, 0, "no value of license is about a licence")


@pytest.mark.parametrize("option", ["--text", "--label", "--id"])
def test_a_column_with_another_role_is_none_of_licences(tmp_path: Path, option: str) -> None:
    write(tmp_path / "train.jsonl", {"license": "mit"}, {"license": "cc-by-4.0"})
    _, report = scan(tmp_path, "--select", "LIC020", option, "license")
    assert outcome(report, "LIC020")[0] == "skipped"


def test_a_column_may_be_named_and_a_share_allowed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "train.jsonl", {"license": "mit", "terms": "cc0-1.0"}, {"license": "mit", "terms": "?"})
    (tmp_path / "auditor.yaml").write_text("license_column: terms\n", encoding="utf-8")
    policy = "fail_on: medium\nchecks: {license-records: {max_unknown: %s}}\n"
    for share, status in (("0.5", "passed"), ("0.4", "failed")):
        (tmp_path / "own.yaml").write_text(policy % share, encoding="utf-8")
        options = ("--config", str(tmp_path / "auditor.yaml"), "--policy", str(tmp_path / "own.yaml"), "--select", "LIC020")
        code, report = scan(tmp_path / "data", *options)
        assert (outcome(report, "LIC020")[0], report["license_records"]["columns"]) == (status, {"train": "terms"})
        assert code == (status == "failed")
    (tmp_path / "auditor.yaml").write_text("license_column: term\n", encoding="utf-8")
    code, report = scan(tmp_path / "data", "--config", str(tmp_path / "auditor.yaml"), "--select", "LIC020")
    assert (code, outcome(report, "LIC020")[0]) == (3, "error")


def test_nothing_of_a_value_is_shown_where_no_text_may_be(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", {"license": "mit", "model": "gpt-4 secret"}, {"license": "my secret terms"})
    _, report = scan(tmp_path, "--select", "LIC020,LIC018", "--no-text")
    assert "secret" not in json.dumps(report)
    assert outcome(report, "LIC020")[:3] == ("failed", 2, 1)


def test_of_parquet_only_the_columns_of_licences_are_read(tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b"], "License": ["mit", "cc0-1.0"], "n": [1, 2]})
    pq.write_table(table, tmp_path / "train.parquet")
    shard = Shard(path="train.parquet", file=str(tmp_path / "train.parquet"), split="train", format="parquet", only=("license",))
    assert [batch.records.schema.names for batch in open_shard(shard, _tally())] == [["License"]]
    _, report = scan(tmp_path, "--select", "LIC020")
    assert outcome(report, "LIC020")[:3] == ("passed", 2, 0)


def _tally() -> Any:
    from auditor.dataset import Tally

    return Tally()


def test_the_same_bytes_with_many_workers_and_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for part in range(3):
        rows = [
            {"text": f"the ferry number {at % 5} leaves", "license": ["mit", "cc0-1.0", "cc"][(at + part) % 3], "model": "gpt-4"}
            for at in range(20)
        ]
        write(data / f"train-{part}.jsonl", *rows)
    made = []
    for options in ((), ("--workers", "2"), ("--work-dir", str(tmp_path / "work")), ("--work-dir", str(tmp_path / "work"))):
        _, report = scan(data, *options)
        report.pop("run")
        made.append(json.dumps(report, sort_keys=True))
    assert len(set(made)) == 1
    assert '"LIC022"' in made[0]


def test_a_second_column_that_says_another_licence_is_not_overlooked(tmp_path: Path) -> None:
    write(
        tmp_path / "train.jsonl",
        *({"text": f"{n}", "license": "MIT", "metadata": {"license": each}} for n, each in enumerate(["MIT", "CC-BY-NC-4.0"])),
    )
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    _, report = scan(tmp_path, "--select", "LIC021,LIC023", "--use", "train-commercial")
    assert report["license_records"]["columns"] == {"train": "license"}
    (differing,), (denied,) = of(report, "LIC021"), of(report, "LIC023")
    assert differing["message"] == (
        "CC-BY-NC-4.0: 1 of 2 records of train (50.00%) by metadata.license; the documents say MIT, and CC-BY-NC-4.0 is the stricter one."
    )
    assert [place["row"] for place in differing["where"]] == [place["row"] for place in denied["where"]] == [1]


def test_a_record_under_the_stricter_branch_of_a_choice_disagrees(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", {"text": "a", "license": "CC-BY-NC-4.0"}, {"text": "b", "license": "MIT"})
    (tmp_path / "README.md").write_text("---\nlicense: MIT OR CC-BY-NC-4.0\n---\n")
    _, report = scan(tmp_path, "--select", "LIC021")
    assert [each["evidence"]["records"] for each in of(report, "LIC021")] == ["CC-BY-NC-4.0"]


def test_values_that_speak_of_rights_are_about_a_licence_and_names_of_models_are_none(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", {"text": "a", "license": "proprietary"}, {"text": "b", "license": "All rights reserved"})
    _, report = scan(tmp_path, "--select", "LIC020")
    assert outcome(report, "LIC020")[:3] == ("failed", 2, 2)
    write(tmp_path / "train.jsonl", {"text": "a", "model": "gemma"}, {"text": "b", "model": "llama2"})
    _, report = scan(tmp_path, "--select", "LIC020")
    assert report["license_records"]["columns"] == {}
