"""Reworded benchmark items: exact small cases, a plain reference of the cosine, order, batches, machine code, and what must not match."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import reworded
from auditor.kernels.norm import tokenize
from auditor.kernels.reworded_index import NUMBERED, PASSAGE, numbers, stems
from auditor.kernels.texts import of_strings

ITEMS = [
    "Marta keeps 14 hens on her farm and each of them lays 5 eggs a week. How many eggs does she collect in 3 weeks?",
    "A freight train leaves Lisbon at noon with 48 containers and drops a quarter of them in Madrid. How many containers remain?",
    "Which Scandinavian chemist invented dynamite and founded a prize for peace?",
    "Which of the following is true?",
    "",
]
REWORDED = [
    "On her farm, Marta has 14 hens laying 5 eggs apiece every week. What number of eggs will she have collected after 3 weeks?",
    "At noon, a freight train with 48 containers departs from Lisbon; in Madrid it drops a quarter. How many containers are left?",
    "Dynamite was invented, and a prize for peace founded, by which chemist from Scandinavia?",
]
THINGS = ["apples", "pencils", "stickers", "marbles", "cookies", "ribbons", "buttons", "shells", "coins", "stamps"]
NAMES = ["Omar", "Lena", "Pia", "Hugo", "Ines", "Noah", "Ruth", "Igor", "Asha", "Tom"]
OTHERS = [
    f"{name} bought {1000 + i} {thing} on Monday and gave away {500 + i} of them. How many {thing} has {name} after {100 + i} days?"
    for i, (name, thing) in enumerate((name, thing) for name in NAMES for thing in THINGS)
]


def decided(table: pa.Table, counts: np.ndarray, items: list[str], index: reworded.Index) -> pa.Table:
    return told(reworded.decide(table, counts, index, reworded.neighbours(items, index), np.zeros(len(items), np.int64)))


def told(found: pa.Table) -> pa.Table:
    return found.filter(pa.array([not each for each in found["crowded"].to_pylist()], pa.bool_()))


def matches(items: list[str], records: list[str]) -> list[tuple[int, int]]:
    index = reworded.index(items)
    found = decided(*reworded.candidates(records, index), items, index)
    return list(zip(found["row"].to_pylist(), found["item"].to_pylist(), strict=True))


def test_reworded_items_are_found_among_others() -> None:
    assert matches(ITEMS, OTHERS + REWORDED) == [(100, 0), (101, 1), (102, 2)]


def test_an_item_is_found_before_its_answer_and_deep_in_a_record() -> None:
    answer = "\nShe collects 14 * 5 = <<14*5=70>>70 eggs a week, so in the end there are 70 * 3 = <<70*3=210>>210 of them.\n#### 210"
    long = " ".join(OTHERS[:20]) + " " + REWORDED[0] + " " + " ".join(OTHERS[20:40])
    assert matches(ITEMS, [*OTHERS[40:], REWORDED[0] + answer, long]) == [(60, 0), (61, 0)]


def test_the_same_template_with_other_numbers_is_no_match() -> None:
    other = "On his farm, Pavel has 23 hens laying 4 eggs apiece every week. What number of eggs will he have collected after 9 weeks?"
    assert matches(ITEMS, [*OTHERS, other]) == []
    family = [text for i, text in enumerate(OTHERS) if i % 2]
    assert matches(family, [text for i, text in enumerate(OTHERS) if not i % 2]) == []


def test_items_and_records_about_the_same_few_things_tell_nothing() -> None:
    chance = random.Random(5)
    words = ["".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3)) for _ in range(600)]
    topics = [words[first : first + 15] for first in range(0, 600, 15)]
    texts = list(dict.fromkeys(" ".join(chance.choices(chance.choice(topics), k=8)) for _ in range(900)))
    items, records = texts[:300], texts[300:]
    index = reworded.index(items)
    table, counts = reworded.candidates(records, index)
    _, _, score, _ = reworded.scores(table, counts, index) or pytest.fail("no candidates")
    assert np.count_nonzero(score >= reworded.THRESHOLD) > 60
    assert matches(items, records) == []
    both, groups = [*items, *ITEMS], np.array([0] * 300 + [1] * len(ITEMS))
    index = reworded.index(both)
    table, counts = reworded.candidates([*REWORDED, *records], index)
    every = reworded.decide(table, counts, index, reworded.neighbours(both, index), groups)
    found = told(every)
    assert len(every) > len(found) + 60
    assert list(zip(found["row"].to_pylist(), found["item"].to_pylist(), strict=True)) == [(0, 300), (1, 301), (2, 302)]


def test_an_item_that_is_there_twice_is_no_neighbour_of_itself() -> None:
    index = reworded.index([ITEMS[0], ITEMS[1], ITEMS[0].upper()])
    assert reworded.neighbours([ITEMS[0], ITEMS[1], ITEMS[0].upper()], index).num_rows == 0


def test_many_copies_of_a_rewording_are_all_found() -> None:
    assert matches(ITEMS, OTHERS + REWORDED[:1] * 200) == [(row, 0) for row in range(100, 300)]


def test_an_item_without_words_of_its_own_is_nobodys() -> None:
    common = ["Which of the following is true? " + text for text in OTHERS]
    assert matches(["Which of the following is true?", *OTHERS[:50]], common[50:]) == []


@pytest.mark.parametrize("items", [[], [""], ["..."], ["", "!", " "]])
def test_nothing_to_find(items: list[str]) -> None:
    assert matches(items, [*REWORDED, "", "?"]) == []


def test_no_records() -> None:
    index = reworded.index(ITEMS)
    table, counts = reworded.candidates([], index)
    assert (len(table), counts.sum(), len(counts)) == (0, 0, len(index.terms) + 1)
    assert decided(table, counts, ITEMS, index).schema.names == ["row", "item", "score", "crowded"]


def test_the_first_of_equal_items_stands_for_all() -> None:
    assert matches([ITEMS[2], ITEMS[0], ITEMS[0].upper()], OTHERS + REWORDED[:1]) == [(100, 1)]


def test_other_writing_systems() -> None:
    item = "東京の図書館で貸し出された本の数は十二冊でした。残りは何冊ですか"
    said = "図書館は東京にあり、貸し出された本の数は十二冊でした。何冊が残りますか"
    assert matches([*ITEMS, item], [*OTHERS, said]) == [(100, 5)]


def test_numbers() -> None:
    words = "7 007 seven twelve nineteenth 19th 4x x4 half 3 forty second seventeen 123456789012345678901"
    tokens = tokenize(of_strings([words]))
    values, found = numbers(tokens, stems(tokens), np.arange(len(tokens.starts)))
    assert values[found].tolist() == [7, 7, 7, 12, 19, 4, 2, 3, 40, 17, 123456789012345678]
    tokens = tokenize(of_strings([" ".join(NUMBERED)]))
    values, found = numbers(tokens, stems(tokens), np.arange(len(tokens.starts)))
    assert found.all()
    assert values.tolist() == list(NUMBERED.values())


def test_the_index_goes_through_arrow() -> None:
    index = reworded.index(ITEMS)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, index.table().schema) as writer:
        writer.write_table(index.table())
    read = reworded.read(pa.ipc.open_file(sink.getvalue()).read_all())
    assert len(read) == len(ITEMS)
    assert read.table().equals(index.table())


def plain_cosine(item: str, passage: str, everything: list[str]) -> float:
    """The cosine of item and passage in plain Python, with the weights of all texts."""
    texts = [[word[:6] for word in text.casefold().replace("?", " ").replace(",", " ").replace(".", " ").split()] for text in everything]
    total = sum(map(len, texts))
    counts = Counter(word for text in texts for word in text)
    vocabulary = {word for text in texts[: len(ITEMS)] for word in text}
    passages = max(total / PASSAGE, 1)

    def weight(word: str) -> float:
        return math.log((1 + passages) / (1 + passages * (1 - math.exp(-counts[word] / passages))))

    mean = sum(map(weight, vocabulary)) / len(vocabulary)
    left, right = ([*Counter(texts[everything.index(text)]).items()] for text in (item, passage))
    vectors = [{word: (1 + math.log(n)) * weight(word) for word, n in side if word in vocabulary} for side in (left, right)]
    unknown = sum(word not in vocabulary for word, _ in right) * (0.7 * mean) ** 2
    product = sum(value * vectors[1].get(word, 0) for word, value in vectors[0].items())
    norms = sum(v * v for v in vectors[0].values()) * (sum(v * v for v in vectors[1].values()) + unknown)
    return product / math.sqrt(norms)


def plain_letters(item: str, passage: str) -> float:
    """The cosine of the sets of four letters, in plain Python."""
    plain = ("".join(f" {word}" for word in re.findall(r"\w+", text.casefold())) for text in (item, passage))
    left, right = ({text[place : place + 4] for place in range(len(text) - 3)} for text in plain)
    return len(left & right) / math.sqrt(len(left) * len(right))


def test_the_score_is_that_of_plain_python() -> None:
    index = reworded.index(ITEMS)
    records = OTHERS[:9] + REWORDED
    table, counts = reworded.candidates(records, index)
    row, item, score, cosines = reworded.scores(table, counts, index) or pytest.fail("no candidates")
    pairs = list(zip(row.tolist(), item.tolist(), strict=True))
    found, alike = dict(zip(pairs, score.tolist(), strict=True)), dict(zip(pairs, cosines.tolist(), strict=True))
    everything = ITEMS + records
    chance = reworded.CHANCE * math.log1p(sum(len(tokenize(of_strings([text])).starts) for text in everything) / PASSAGE)
    for place, text in enumerate(REWORDED):
        cosine = plain_cosine(ITEMS[place], text, everything)
        agreed = 0 if place == 2 else reworded.NUMBERS * (1 - reworded.AGREED)
        agreed += reworded.LETTERS * (plain_letters(ITEMS[place], text) - reworded.SPELLED)
        assert alike[9 + place, place] == pytest.approx(cosine, abs=1e-5)
        assert found[9 + place, place] == pytest.approx(3 * cosine - 2 * reworded.FLOOR + agreed - chance, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(30)), st.sets(st.integers(1, 29)))
def test_order_and_batches_do_not_matter(order: list[int], borders: set[int]) -> None:
    records = OTHERS[:20] + REWORDED * 3 + [" ".join(OTHERS[:30])]
    items = ITEMS + OTHERS[50:60]
    index = reworded.index(items)
    wanted = decided(*reworded.candidates(records, index), items, index).to_pylist()
    tables, total = [], np.zeros(len(index.terms) + 1, np.int64)
    edges = [0, *sorted(borders), 30]
    for first, last in pairwise(edges):
        table, counts = reworded.candidates([records[place] for place in order[first:last]], index)
        tables.append(table.set_column(0, "row", pa.array([order[first + row] for row in table["row"].to_pylist()], pa.int64())))
        total += counts
    assert decided(pa.concat_tables(reversed(tables)), total, items, index).to_pylist() == wanted
    assert {(row["row"], row["item"]) for row in wanted} >= {(place, (place - 20) % 3) for place in range(20, 29)}


WORD = st.sampled_from(["hen", "eggs", "egg", "14", "fourteen", "Lisbon", "train", "a", "the", "prize", "本", "çok", "x2"])
WORDS = st.lists(WORD, max_size=260)


@settings(max_examples=60, deadline=None)
@given(items=st.lists(WORDS.map(" ".join), max_size=8), records=st.lists(WORDS.map(" ".join), max_size=8))
def test_machine_code_finds_the_same(compiled: Callable[[], AbstractContextManager[None]], items: list[str], records: list[str]) -> None:
    index = reworded.index(items)
    plain = reworded.candidates(records, index)
    with compiled():
        fast = reworded.candidates(records, index)
    assert fast[0].equals(plain[0])
    assert fast[1].tolist() == plain[1].tolist()
