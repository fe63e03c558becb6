"""The cost of waste: the arithmetic to the digit, its properties, and what counts as waste."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from test_leakage import Rows, concluded

from auditor import costs
from auditor.config import load
from auditor.costs import INPUTS, given, inputs, section, steps
from auditor.model import AuditorError

OPENS = "The museum opens at ten on weekdays and at noon on Sundays and holidays all the year"
NEARLY = OPENS + " round"
COATS = "Where may I leave my wet umbrella and my coat"
LABELS = {each.name for each in INPUTS}


def values(words: int, own: costs.Given = ()) -> dict[str, float]:
    return {each.label: each.value for each in steps(words, inputs(own))}


# ── the arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_worked_example() -> None:
    """A hundred billion tokens again, a model of seven billion parameters, an H100 at 40 %: done by hand in docs/cost.md."""
    found = values(10**11, given({"tokens_per_word": 1, "parameters": "7e9"}))
    assert found["operations"] == 4.2e21
    assert [round(found[label]) for label in ("gpu_hours", "price", "energy", "emissions")] == [2949, 7373, 2477, 1080]


def test_another_one_that_is_told_wrong_elsewhere() -> None:
    """4.2e22 operations at a quadrillion a second, all of them used, are 11,667 hours."""
    own = given({"tokens_per_word": 1, "parameters": 7e10, "peak_flops": 1e15, "utilisation": 1})
    assert round(values(10**11, own)["gpu_hours"]) == 11_667


def test_the_range_goes_with_what_divides() -> None:
    known = inputs(given(dict.fromkeys(LABELS - {"utilisation"}, 1)))
    hours = next(each for each in steps(3600, known) if each.label == "gpu_hours")
    assert (hours.value, hours.low, hours.high) == (6 / 0.4, 6 / 0.5, 6 / 0.3)
    assert hours.formula == "operations ÷ (peak_flops × utilisation × 3600)"


@examples(st.integers(0, 10**15), st.integers(0, 1000))
def test_twice_the_waste_costs_twice_as_much_and_none_nothing(words: int, times: int) -> None:
    once, often = values(words), values(words * times)
    assert all(math.isclose(often[label], once[label] * times, rel_tol=1e-12) for label in once)
    assert set(values(0).values()) == {0.0}


@examples(st.integers(1, 10**12), st.dictionaries(st.sampled_from(sorted(LABELS)), st.floats(0.001, 1.0)))
def test_every_step_lies_in_its_range(words: int, own: dict[str, float]) -> None:
    known = inputs(given(own))
    assert all(each.low <= each.value <= each.high for each in known)
    assert all(each.low <= each.value <= each.high for each in steps(words, known))
    assert {each.name for each in known if each.given} == own.keys()
    assert all(each.low == each.value == each.high and each.source == "given" for each in known if each.given)


def test_every_input_is_used_and_has_a_source() -> None:
    formulas = " ".join(each.formula for each in steps(1, INPUTS))
    assert all(each.name in formulas and each.source for each in INPUTS)


# ── what is waste ─────────────────────────────────────────────────────────────────────────────────────────────────────


def waste(splits: Mapping[str, Rows]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = concluded(splits, label=None).sections["leakage"]["waste"]
    return found


def texts(*each: str) -> Rows:
    return [(text, None) for text in each]


def test_copies_are_waste_but_for_the_first() -> None:
    assert waste({"train": texts(OPENS, COATS, OPENS.upper(), NEARLY), "test": texts("Dogs must wait outside")}) == [
        {
            "split": "train",
            "records": 4,
            "words": 17 + 10 + 17 + 18,
            "leaked": {"records": 0, "words": 0},
            "duplicate": {"records": 2, "words": 17 + 18},
            "capped": False,
        }
    ]


def test_what_leaks_is_not_counted_as_a_copy_too() -> None:
    """Both records leak; of a cluster with one that does not, that one is needed."""
    (row,) = waste({"train": texts(OPENS, NEARLY, COATS), "test": texts(OPENS)})
    assert (row["leaked"], row["duplicate"]) == ({"records": 2, "words": 35}, {"records": 0, "words": 0})


def test_a_record_that_holds_a_test_item_among_others_is_no_waste() -> None:
    long = " ".join(f"word{number}" for number in range(60))
    (row,) = waste({"train": texts(f"{OPENS} {long}"), "test": texts(OPENS)})
    assert row["leaked"] == {"records": 0, "words": 0}


def test_of_two_training_splits_the_second_is_the_copy() -> None:
    first, second = waste({"train": texts(OPENS), "train_more": texts(OPENS, COATS)})
    assert (first["duplicate"], second["duplicate"]) == ({"records": 0, "words": 0}, {"records": 1, "words": 17})


def test_evaluation_splits_are_not_trained_on() -> None:
    assert waste({"test": texts(OPENS, OPENS), "validation": texts(OPENS)}) == []


def test_records_without_words_cost_nothing() -> None:
    (row,) = waste({"train": texts("...", "...", "")})
    assert (row["records"], row["words"], row["duplicate"]) == (3, 0, {"records": 0, "words": 0})


@settings(deadline=None, max_examples=30)
@examples(
    st.lists(st.sampled_from([OPENS, NEARLY, COATS, "", "Dogs must wait outside by the door"]), max_size=8),
    st.lists(st.sampled_from([OPENS, COATS, "Tickets are sold at the desk"]), max_size=3),
)
def test_what_leaks_is_what_the_pairs_say(train: list[str], test: list[str]) -> None:
    found = concluded({"train": texts(*train), "test": texts(*test)}, label=None)
    pairs = found.tables["pairs"].to_pylist()
    leaked = {pair["left_row"] for pair in pairs if pair["right_split"] == "test" != pair["left_split"] and pair["relation"] != "contained"}
    (row,) = found.sections["leakage"]["waste"]
    assert row["leaked"]["records"] == len(leaked)
    rest = [text for place, text in enumerate(train) if place not in leaked and text]
    kinds = {NEARLY: OPENS}
    assert row["duplicate"]["records"] == len(rest) - len({kinds.get(text, text) for text in rest})


# ── the section ───────────────────────────────────────────────────────────────────────────────────────────────────────

ROW = {"split": "train", "records": 9, "words": 1000, "leaked": {"records": 1, "words": 100}, "duplicate": {"records": 2, "words": 50}}


def test_the_section_says_how_it_comes_to_its_end() -> None:
    found = section({"waste": [ROW, {**ROW, "leaked": None}]}, given({"epochs": 2}))
    by_label = {each["label"]: each["value"] for each in found["steps"]}
    assert (by_label["words_trained"], by_label["words_leaked"], by_label["words_duplicate"], by_label["words"]) == (2000, 100, 100, 200)
    assert [each["given"] for each in found["inputs"] if each["name"] == "epochs"] == [True]
    assert found["summary"].startswith("10.00% of training leaks or is there twice, about 267 tokens: by estimate under 0.01 GPU-hours")
    json.dumps(found, allow_nan=False)


def test_little_is_not_mentioned_unless_it_is_asked_for() -> None:
    assert section({"waste": [ROW]}, ())["summary"] == ""
    assert section({"waste": [{**ROW, "words": 10**12, "leaked": None, "duplicate": {"records": 1, "words": 10**11}}]}, ())["summary"] == (
        "10.00% of training is there twice, about 133,000,000,000 tokens: "
        "by estimate 3,932 GPU-hours (1,651 to 9,830), 9,830 USD, 3,303 kWh, 1,440 kg CO2e"
    )
    none = {**ROW, "leaked": None, "duplicate": {"records": 0, "words": 0}}
    assert section({"waste": [none]}, given({"epochs": 1}))["summary"].startswith("no training record leaks")


def test_where_nothing_was_compared_nothing_is_said() -> None:
    assert section({}, given({"epochs": 1})) == {}


# ── the configuration ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_inputs_are_given_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text("cost: {parameters: 7e9, pue: 1.1}\n", encoding="utf-8")
    found = load(None, tmp_path, tmp_path / "data")
    assert found.cost == (("parameters", 7e9), ("pue", 1.1))
    assert found.as_json()["cost"] == {"parameters": 7e9, "pue": 1.1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cost: 3\n", "a mapping such as `parameters: 7.0e+9` is expected, not 3"),
        ("cost: {parameter: 3}\n", "there is no input 'parameter'; known are tokens_per_word, parameters"),
        ("cost: {parameters: 0}\n", "parameters: a number above 0 is expected, not 0"),
        ("cost: {parameters: -.inf}\n", "parameters: a number above 0 is expected, not -inf"),
        ("cost: {parameters: .nan}\n", "parameters: a number above 0 is expected, not nan"),
        ("cost: {parameters: many}\n", "parameters: a number above 0 is expected, not 'many'"),
        ("cost: {parameters: yes}\n", "parameters: a number above 0 is expected, not True"),
        ("cost: {utilisation: 40}\n", "utilisation: a number above 0 and at most 1 is expected, not 40"),
        (f"cost: {{parameters: 1{'0' * 400}}}\n", "parameters: a number above 0 is expected"),
    ],
)
def test_what_is_no_input_is_told(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AuditorError) as raised:
        load(None, tmp_path, tmp_path / "data")
    assert raised.value.message.startswith(f"auditor.yaml:1: cost: {message}")


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_every_input() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "cost.md"
    text = page.read_text(encoding="utf-8")
    rows = [f"| `{each.name}` | {each.value:.4g} | {each.low:.4g} to {each.high:.4g} | {each.unit} | {each.source} |" for each in INPUTS]
    table = "\n".join(("| input | default | range | unit | where it comes from |", "|---|---|---|---|---|", *rows))
    before, _, rest = text.partition("<!-- inputs -->\n")
    made = f"{before}<!-- inputs -->\n{table}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        page.write_text(made, encoding="utf-8")
        text = made
    assert text == made, "run `make docs`"
