"""What is found out about columns: which rule at which column, which rows, with which numbers; and what is no reason to speak."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditor.check import Conclusion, of_shard
from auditor.checks.profile import Profile
from auditor.checks.quality import Quality
from auditor.dataset import Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.kernels import columns as accumulators
from auditor.model import Finding, Outcome
from auditor.quality.columns import fences
from auditor.quality.glances import KEPT, garbled

Table = Mapping[str, Any]


def concluded(
    splits: Mapping[str, Table], *, size: int = 1000, kind: str = "parquet", roles: Roles | None = None, **options: Any
) -> Conclusion:
    """What the check concludes of tables by split, seen in batches of `size`; every cell of a CSV file is text."""
    tables = {name: pa.table({key: pa.array(values) for key, values in table.items()}) for name, table in splits.items()}
    shards = [Shard(path=f"{name}.{kind}", file="", split=name, format=kind, ordinal=n) for n, name in enumerate(splits)]
    dataset = Dataset(
        name="things",
        splits=tuple(Split(name=shard.split, shards=(shard,)) for shard in shards),
        roles=roles or Roles(),
        results=tuple(ShardResult(shard=shard, rows=tables[shard.split].num_rows) for shard in shards),
    )
    check, profile = Quality(**options), Profile(no_text=bool(options.get("no_text")))
    seen, profiled = [], []
    for shard in shards:
        table = tables[shard.split].combine_chunks()
        for start in range(0, table.num_rows, size):
            records = table.slice(start, size).to_batches()[0]
            batch = Batch(shard=shard, start=start, records=records, typed=kind != "csv")
            seen.append(of_shard(check.observe(batch, check.prepare(dataset)), shard.ordinal))
            profiled.append(of_shard(profile.observe(batch, profile.prepare(dataset)), shard.ordinal))
    beside = profile.gather(pa.concat_tables(profiled), dataset)
    return check.conclude(pa.concat_tables(seen), {**check.prepare(dataset), "beside": beside}, dataset)


def outcome(found: Conclusion, rule: str) -> Outcome:
    return next(each for each in found.outcomes if each.rule == rule)


def finding(found: Conclusion, rule: str) -> Finding:
    (only,) = (each for each in found.findings if each.rule == rule)
    return only


def told(found: Conclusion) -> list[tuple[str, str]]:
    return [(each.rule, each.subject) for each in found.findings]


def rows(found: Finding) -> list[tuple[str | None, int | None]]:
    return [(place.split, place.row) for place in found.where]


def noise(count: int, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(0, 1) for _ in range(count)]


# ── missing values ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missing_values_are_counted_by_split_with_their_interval() -> None:
    train = {"a": noise(100), "b": [None if n < 6 else n for n in range(100)], "c": ["" if n < 60 else str(n) for n in range(100)]}
    found = concluded({"train": train, "test": {"a": noise(50, 2), "b": list(range(50)), "c": [str(n) for n in range(50)]}})
    by_column = {each.subject: each for each in found.findings if each.rule == "QUAL001"}
    assert by_column.keys() == {"b", "c"}
    low, high = stats.binomtest(6, 100).proportion_ci(method="wilson")
    assert by_column["b"].evidence["splits"] == {
        "train": {"missing": 6, "records": 100, "share": 0.06, "interval": [round(low, 6), round(high, 6)]}
    }
    assert [(str(each.severity), each.count) for each in by_column.values()] == [("low", 6), ("medium", 60)]
    assert outcome(found, "QUAL001").examined == 150


def test_five_in_a_hundred_may_be_missing() -> None:
    assert outcome(concluded({"train": {"a": [None] * 5 + list(range(95))}}), "QUAL001").status == "passed"


def test_a_label_that_a_split_hides_is_not_missing() -> None:
    splits = {"train": {"a": noise(40), "label": ["p", "q"] * 20}, "test": {"a": noise(40, 2), "label": pa.nulls(40, pa.string())}}
    assert told(concluded(splits, roles=Roles(label="label"))) == []


def gaps(missing: int, of: int) -> list[int | None]:
    return [None if n < missing else n for n in range(of)]


def test_shares_of_missing_values_differ_by_size_and_not_by_chance() -> None:
    splits = {"train": {"a": gaps(20, 200), "b": gaps(0, 200)}, "test": {"a": gaps(50, 200), "b": gaps(9, 200)}}
    found = finding(concluded(splits), "QUAL002")
    tables = [[[20, 180], [50, 150]], [[0, 200], [9, 191]]]
    chances = [stats.chi2_contingency(table, correction=False).pvalue for table in tables]
    assert chances[1] < 0.01  # and yet 4.5 points are no finding
    pair = found.evidence["pairs"]["train → test"]
    assert (found.subject, pair["shares"], pair["difference"]) == ("a", [0.1, 0.25], -0.15)
    assert pair["p"] == pytest.approx(stats.false_discovery_control(chances)[0], rel=1e-9)
    (low, high), (lower, higher) = (stats.binomtest(n, 200).proportion_ci(method="wilson") for n in (20, 50))
    wanted = -0.15 - math.hypot(0.1 - low, higher - 0.25), -0.15 + math.hypot(high - 0.1, 0.25 - lower)
    assert pair["interval"] == pytest.approx(wanted, abs=1e-6)
    few = {"train": {"a": gaps(1, 20)}, "test": {"a": gaps(4, 20)}}
    assert outcome(concluded(few), "QUAL002").status == "passed"


# ── constant columns ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_column_is_constant_over_all_splits_or_not_at_all() -> None:
    table: Table = {"a": ["x"] * 20, "b": ["x"] * 20, "c": [True] * 20, "d": [1.5] * 20, "e": [None] * 20, "f": noise(20)}
    found = concluded({"train": table, "test": {**table, "b": ["y"] * 20, "f": noise(20, 2)}})
    assert [subject for rule, subject in told(found) if rule == "QUAL003"] == ["a", "c", "d"]
    assert [(place.split, place.column) for place in found.findings[-1].where][:1] == [("train", found.findings[-1].subject)]


def test_nearly_constant_begins_at_999_in_1000() -> None:
    table: Table = {"a": [1] * 999 + [2], "b": [1] * 998 + [2, 3], "c": ["x"] * 999 + [None], "d": [True] * 999 + [False]}
    found = concluded({"train": table})
    assert [subject for rule, subject in told(found) if rule == "QUAL004"] == ["a", "d"]
    assert outcome(concluded({"train": {"a": [1] * 998 + [2]}}), "QUAL004").status == "skipped"


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_types_are_mixed_where_cells_read_otherwise_than_most() -> None:
    table: Table = {
        "age": [str(n) for n in range(57)] + ["forty", "12 years", "NA"],
        "text": [f"word {n}" for n in range(30)] + [str(n) for n in range(30)],
        "day": [f"2026-11-{n % 28 + 1:02}" for n in range(59)] + ["soon"],
    }
    found = concluded({"train": table}, kind="csv")
    assert [(each.subject, each.message, each.count) for each in found.findings if each.rule == "QUAL005"] == [
        ("age", "age: mixed types: 57 number, 2 other in train", 2),
        ("day", "day: mixed types: 59 date, 1 other in train", 1),
    ]
    assert (finding(found, "QUAL006").subject, rows(finding(found, "QUAL006"))) == ("age", [("train", 59)])


def test_null_in_letters_is_found_at_its_rows_where_it_is_no_word() -> None:
    names = [["Anna", "Ben", "none", "unknown", "Cleo"][n % 5] for n in range(40)]
    names[7], names[31] = "NULL", "n/a"
    found = concluded({"train": {"name": names, "n": noise(40)}, "test": {"name": ["Anna", "null"], "n": [0.5, 0.25]}}, size=7)
    assert told(found) == [("QUAL006", "name")]
    assert rows(found.findings[0]) == [("train", 7), ("train", 31), ("test", 1)]
    assert found.findings[0].evidence["tokens"] == {"n/a": 1, "NULL": 1, "null": 1}


def test_spellings_of_a_category_that_differ_in_case_or_space_are_one() -> None:
    towns = ["Oslo", "Bern"] * 40 + ["OSLO", " Bern", "bern", "Rome"]
    found = finding(concluded({"train": {"town": towns}}), "QUAL007")
    groups = [[(each["value"], each["records"]) for each in group] for group in found.evidence["variants"]]
    assert groups == [[("Bern", 40), (" Bern", 1), ("bern", 1)], [("Oslo", 40), ("OSLO", 1)]]
    assert found.count == 3


def test_spellings_that_may_not_be_looked_at_are_not_passed() -> None:
    towns = {"train": {"town": ["Oslo", "Bern"] * 40 + ["OSLO"]}}
    withheld = outcome(concluded(towns, no_text=True), "QUAL007")
    assert (withheld.status, withheld.note) == ("skipped", "texts may not be looked at (--no-text)")
    hidden = outcome(concluded(towns, roles=Roles(sensitive=("town",))), "QUAL007")
    assert (hidden.status, hidden.note) == ("skipped", "no column of few texts may be looked at")


def test_codes_with_leading_zeros_are_odd_among_dates_but_not_among_numbers() -> None:
    codes = [f"{n * 997 % 100_000:05d}" for n in range(1, 101)]
    assert sum(code[0] == "0" for code in codes) == 10
    assert told(concluded({"train": {"zip": codes, "n": [str(each) for each in noise(100)]}}, kind="csv")) == []
    found = finding(concluded({"train": {"zip": [*codes, "none of these"]}}, kind="csv"), "QUAL005")
    assert found.evidence["types"] == {"train": {"number": 90, "other": 1}}
    days = {"train": {"day": [*(f"2024-01-{n:02d}" for n in range(1, 31)), "007"]}}
    assert finding(concluded(days, kind="csv"), "QUAL005").evidence["types"] == {"train": {"date": 30, "other": 1}}


def test_texts_that_are_no_categories_may_differ_in_case() -> None:
    assert told(concluded({"train": {"text": [f"line {n}" for n in range(40)] + ["Line 1", "LINE 2"]}})) == []


def test_without_text_no_value_is_shown() -> None:
    table: Table = {"town": ["Oslo", "Bern"] * 40 + ["OSLO"], "n": [*noise(80), 4000.0]}
    found = concluded({"train": table}, no_text=True)
    assert told(found) == [("QUAL009", "n")]
    assert "4000" not in str(found.findings) and "high" not in found.findings[0].evidence


GARBLED = ["cafÃ©", "donâ€™t", "Ã¼ber", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "naÃ¯ve cafÃ©", "30 Â°C", "Ã\xa0 la carte"]
SOUND = ["café", "don’t", "über", "Привет", "MANHÃ", "CAFÉ», dit-il", "“CAFÉ”", "¿Qué?", "Ärger", "10 °C", "日本語", "", None, "plain"]


def test_garbled_texts_are_those_that_can_be_read_again() -> None:
    found = garbled(pa.array(GARBLED + SOUND, pa.large_string()))
    assert found.tolist() == list(range(len(GARBLED)))


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x24F, categories=["Ll", "Lu"]), min_size=1, max_size=8))
def test_letters_beyond_ascii_read_as_windows_1252_are_garbled(word: str) -> None:
    wrong = "".join(bytes([each]).decode("cp1252", "ignore") or chr(each) for each in word.encode())
    believed = all(ord(each) < 0x180 for each in word) or len(word) > 1
    assert garbled(pa.array([f"a {wrong} b"], pa.large_string())).tolist() == ([0] if believed else [])


def test_garbled_texts_are_found_at_their_rows() -> None:
    train = {"text": ["fine", "cafÃ©", "fine too", "lost \N{REPLACEMENT CHARACTER} and cafÃ©"], "n": [1, 2, 3, 4]}
    found = finding(concluded({"train": train, "test": {"text": ["\N{REPLACEMENT CHARACTER}"], "n": [7]}}, size=3), "QUAL008")
    assert rows(found) == [("train", 1), ("train", 3), ("test", 0)]
    assert [found.evidence[name] for name in ("garbled", "lost", "texts")] == [2, 2, 5]


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_far_from_all_others_are_found_at_their_rows() -> None:
    values = noise(2000)
    values[17], values[1500] = 60.0, -45.0
    for size in (70, 500, 5000):
        found = finding(concluded({"train": {"n": values}}, size=size), "QUAL009")
        assert (rows(found), found.evidence["below"], found.evidence["above"]) == ([("train", 17), ("train", 1500)], 1, 1)
        assert str(found.severity) == "info"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", ["normal", "uniform", "exponential", "lognormal", "pareto", "geometric", "cauchy"])
def test_tails_are_no_outliers(shape: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    drawn: dict[str, Any] = {"pareto": lambda: chance.pareto(2, 3000) + 1, "geometric": lambda: chance.geometric(0.2, 3000),
             "cauchy": lambda: chance.standard_cauchy(3000)}  # fmt: skip
    values = drawn[shape]() if shape in drawn else getattr(chance, shape)(size=3000)
    found = concluded({"train": {"n": values.tolist()}})
    assert told(found) == [] or (shape == "normal" and found.findings[0].count <= 2)


def test_a_unit_that_was_mistaken_stands_out_of_a_skewed_column() -> None:
    values = np.random.default_rng(3).lognormal(3, 0.5, 1000).round(2).tolist()
    values[40] *= 1000
    assert rows(finding(concluded({"train": {"weight": values}}), "QUAL009")) == [("train", 40)]


@pytest.mark.parametrize("seed", range(5))
def test_counts_have_a_tail_of_their_own(seed: int) -> None:
    counts = (np.random.default_rng(seed).geometric(0.3, 600) - 1).tolist()
    assert told(concluded({"train": {"visits": counts}})) == []
    assert rows(finding(concluded({"train": {"visits": [*counts, 9999]}}), "QUAL009")) == [("train", 600)]


def test_more_than_a_few_are_no_outliers() -> None:
    values = noise(100_000)
    for place in range(0, 100 * (KEPT - 1), 100):
        values[place] = 1000.0
    assert finding(concluded({"train": {"n": values}}, size=10_000), "QUAL009").count == KEPT - 1
    values[1] = 1001.0
    assert told(concluded({"train": {"n": values}}, size=10_000)) == []


def test_roles_and_sensitive_columns_have_no_outliers() -> None:
    values = [*noise(50), 1e6]
    table = dict.fromkeys(("label", "id", "age"), values)
    found = concluded({"train": table}, roles=Roles(label="label", id="id", sensitive=("age",)))
    assert outcome(found, "QUAL009").status == "skipped"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=200))
def test_fences_are_by_median_deviation_and_quartiles(values: list[float]) -> None:
    found = fences(accumulators.observed(pa.array(values)))
    ranked = np.sort(values)
    first, median, third = (float(ranked[math.ceil(share * len(ranked)) - 1]) for share in (0.25, 0.5, 0.75))
    deviation = float(np.sort(np.abs(ranked - median))[math.ceil(len(ranked) / 2) - 1]) / float(stats.norm.ppf(0.75))
    if found is None:
        assert deviation == 0 or min(values) > 0
        return
    assert (found.quartiles, found.median) == ((first, third), median)
    assert found.deviation == pytest.approx(deviation, rel=1e-9)
    counts = min(values) == 0 and all(each.is_integer() for each in values)
    if min(values) <= 0 and not counts:
        far = max(3.5, float(stats.norm.ppf(1 - 0.025 / len(values))))
        assert found.low == pytest.approx(min(median - far * deviation, first - 3 * (third - first)), rel=1e-9)
        assert found.high == pytest.approx(max(median + far * deviation, third + 3 * (third - first)), rel=1e-9)


# ── columns that are there twice ──────────────────────────────────────────────────────────────────────────────────────


def test_columns_with_the_same_values_in_the_same_order_are_found() -> None:
    values = noise(40)
    table: Table = {
        "a": values,
        "b": values[::-1],
        "c": list(values),
        "d": [*values[:-1], None],
        "text": [f"t{n}" for n in range(40)],
        "copy": [f"t{n}" for n in range(40)],
    }
    found = concluded({"train": table, "test": {name: column[:10] for name, column in table.items()}}, size=9)
    assert [(each.subject, each.evidence["columns"]) for each in found.findings if each.rule == "QUAL010"] == [
        ("a", ["c"]),
        ("text", ["copy"]),
    ]


def test_columns_that_differ_in_one_split_are_two() -> None:
    values = noise(40)
    found = concluded({"train": {"a": values, "b": values}, "test": {"a": values, "b": values[::-1]}})
    assert outcome(found, "QUAL010").status == "passed"


# ── all of it ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=6, deadline=None)
@given(st.integers(20, 90), st.randoms(use_true_random=False))
def test_neither_batches_nor_order_change_what_is_found(size: int, chance: random.Random) -> None:
    table: dict[str, list[Any]] = {
        "a": [None if n % 9 == 0 else n for n in range(90)],
        "b": [["Oslo", "oslo ", "Bern", "NA"][n % 4] for n in range(90)],
        "c": [*noise(89), 900.0],
        "d": ["cafÃ©" if n == 50 else f"text {n}" for n in range(90)],
        "e": [1] * 90,
    }
    order = list(range(90))
    chance.shuffle(order)
    usual = concluded({"train": table})
    other = concluded({"train": {name: [column[n] for n in order] for name, column in table.items()}}, size=size)
    assert [(each.rule, each.message, each.evidence) for each in usual.findings] == [
        (each.rule, each.message, each.evidence) for each in other.findings
    ]
    for one, two in zip(usual.findings, other.findings, strict=True):
        if one.rule in {"QUAL006", "QUAL008", "QUAL009"}:
            assert sorted(order[place.row] for place in two.where if place.row is not None) == [place.row for place in one.where]


def test_no_record_is_a_reason_to_skip() -> None:
    dataset = Dataset(name="things")
    found = Quality().conclude(None, {"veiled": [], "beside": None}, dataset)
    assert {each.status for each in found.outcomes} == {"skipped"}
