"""Writes the samples' data files from phrases.yaml, and the tables of the READMEs that say at which rows something is wrong.

The committed files are the truth; this shows how they came about, and gives the same bytes each time (Parquet: with one pyarrow).
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PHRASES = yaml.safe_load((HERE / "phrases.yaml").read_text(encoding="utf-8"))
Record = dict[str, Any]


# Texts -------------------------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text as norm-v1 compares it, which for English is: no case, no format characters, one space between words."""
    folded = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c) != "Cf")
    return " ".join(re.findall(r"\w+", folded))


def shingles(text: str) -> frozenset[str]:
    """All runs of five characters."""
    flat = plain(text)
    return frozenset(flat[at : at + 5] for at in range(max(1, len(flat) - 4)))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of all shingles of both that both have."""
    return len(a & b) / len(a | b)


class Author:
    """Writes texts of one sample, none of which is like another; remembers what it wrote."""

    def __init__(self, sample: str) -> None:
        self.phrases = PHRASES[sample]
        self.random = random.Random(sample)  # noqa: S311 - reproducible, not secret
        self.labels = list(self.phrases["labels"])
        self._written: list[frozenset[str]] = []

    def write(self, label: str) -> str:
        """A new text: one sentence of each list, slots filled; at most 0.6 of it like any other, 0.8 of it within any other."""
        while True:
            sentences = [self.random.choice(choices) for choices in self.phrases["labels"][label]]
            text = re.sub(r"\{(\w+)\}", lambda slot: self.random.choice(self.phrases["slots"][slot[1]]), " ".join(sentences))
            text = re.sub(r"(^|[.!?] )([a-z])", lambda start: start[1] + start[2].upper(), text)
            new = shingles(re.sub(r"\ba (?=[aeiou])", "an ", text))
            if all(jaccard(new, old) < 0.6 and len(new & old) < 0.8 * min(len(new), len(old)) for old in self._written):
                self._written.append(new)
                return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)

    def records(self, count: int, text: str = "text", label: str = "label") -> list[Record]:
        """`count` records, equally many of each label, in a mixed order."""
        made = [{text: self.write(kind), label: kind} for kind in (self.labels[at % len(self.labels)] for at in range(count))]
        self.random.shuffle(made)
        return made


# Files -------------------------------------------------------------------------------------------------------------------------


def write_separated(path: Path, records: Sequence[Record], separator: str = ",") -> None:
    """CSV or TSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(records[0]), delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def fill(readme: Path, columns: str, rows: Sequence[Sequence[object]]) -> None:
    """Put a table between the two marks in a README."""
    titles = columns.split(", ")
    lines = [titles, ["---"] * len(titles), *rows]
    table = "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
    text = readme.read_text(encoding="utf-8")
    readme.write_text(re.sub(r"(?s)(<!-- made -->\n).*(\n<!-- end -->)", lambda mark: mark[1] + table + mark[2], text), encoding="utf-8")


# Samples -----------------------------------------------------------------------------------------------------------------------


def clean() -> None:
    """Long texts in Parquet, laid out as the card's `configs` say."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    author = Author("clean")
    records = author.records(480, label="department")
    for split, part in (("train", records[:320]), ("validation", records[320:400]), ("test", records[400:])):
        (HERE / "clean" / "data").mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(part), HERE / "clean" / "data" / f"{split}-00000-of-00001.parquet", compression="zstd")


def one_word(text: str) -> str:
    """The text with one word changed, if it has one of these."""
    for old, new in (("Please", "Kindly"), (" my ", " our "), (" have ", " had "), (" is ", " was ")):
        if old in text:
            return text.replace(old, new, 1)
    return text


def last_sentence(text: str) -> str:
    """The text with another ending: alike, and yet below the threshold."""
    return " ".join([*re.split(r"(?<=[.?!]) ", text)[:-1], "Who takes care of such things?"])


def quoted(text: str) -> str:
    """A longer ticket that quotes the text."""
    before = "Hello again, I write on behalf of my aunt, who does not use a computer and asked me to pass this on word for word."
    after = "She adds that she has been a loyal customer since the first shop opened and hopes for a kind and speedy answer."
    return f"{before}\n{text}\n{after}"


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
CHANGES: Mapping[str, Callable[[str], str]] = {
    "copied": lambda text: text,
    "in capitals": str.upper,
    "other punctuation": lambda text: text.replace(",", " -").replace(". ", "!  "),
    "in full-width letters": lambda text: text.translate(FULL_WIDTH),
    "zero-width spaces inside": lambda text: text.replace("e", "e\u200b"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "one word changed": one_word,
    "quoted in the left one": lambda text: text,
    "another last sentence": last_sentence,
}
TRAIN, VALID, TEST = "train", "validation", "test"
PLANTED = [
    # left, right, relation, what was done, is the label another one, how often
    (TRAIN, TEST, "identical", "copied", False, 6),
    (TRAIN, TEST, "identical", "in capitals", False, 2),
    (TRAIN, TEST, "identical", "other punctuation", False, 2),
    (TRAIN, TEST, "identical", "in full-width letters", False, 1),
    (TRAIN, TEST, "identical", "zero-width spaces inside", False, 1),
    (TRAIN, TEST, "identical", "no-break spaces", False, 1),
    (TRAIN, TEST, "identical", "copied", True, 3),
    (TRAIN, TEST, "near", "one word changed", False, 8),
    (TRAIN, TEST, "near", "one word changed", True, 2),
    (TRAIN, TEST, "contained", "quoted in the left one", False, 5),
    (TRAIN, TEST, "", "another last sentence", False, 5),
    (TRAIN, VALID, "identical", "copied", False, 3),
    (TRAIN, VALID, "near", "one word changed", False, 3),
    (VALID, TEST, "identical", "in capitals", False, 2),
    (VALID, TEST, "near", "one word changed", False, 1),
    (TRAIN, TRAIN, "identical", "copied", False, 4),
    (TRAIN, TRAIN, "identical", "in capitals", True, 2),
    (TRAIN, TRAIN, "near", "one word changed", False, 4),
    (TEST, TEST, "identical", "copied", False, 1),
]


ALIKE = {"identical": (1.0, 1.0), "near": (0.83, 0.99), "contained": (1.0, 1.0), "": (0.65, 0.77)}
"""How alike a text and the changed one must be, well away from the threshold of 0.8."""


def planted(author: Author) -> tuple[dict[str, list[Record]], list[tuple[Record, Record, str, str, bool]]]:
    """The records of each split that belong to a planted pair, and the pairs."""
    records: dict[str, list[Record]] = {TRAIN: [], VALID: [], TEST: []}
    pairs = []
    for left, right, relation, change, other, times in PLANTED:
        for at in range(times):
            label, (least, most) = author.labels[at % 4], ALIKE[relation]
            drafts = ((text, CHANGES[change](text)) for text in map(author.write, itertools.repeat(label)))
            text, changed = next(draft for draft in drafts if least <= jaccard(*map(shingles, draft)) <= most)
            first = {"ticket": "", "text": quoted(text) if relation == "contained" else text, "queue": label}
            second = {"ticket": "", "text": changed, "queue": author.labels[(at + other) % 4]}
            records[left].append(first)
            records[right].append(second)
            if relation:
                pairs.append((first, second, relation, change, other))
    return records, pairs


def leaky() -> None:
    """Short texts in CSV, with pairs planted across the splits and within them."""
    author = Author("leaky")
    records, pairs = planted(author)
    for split, rows in ((TRAIN, 300), (VALID, 60), (TEST, 80)):
        fresh = author.records(rows - len(records[split]), label="queue")
        for record in fresh[::12]:
            record["text"] = record["text"].replace(". ", ".\n", 1)
        records[split] += [{"ticket": "", **record} for record in fresh]
        author.random.shuffle(records[split])
    place = {}
    for split in (TRAIN, VALID, TEST):
        line = 2
        for row, record in enumerate(records[split]):
            record["ticket"] = f"{split[:2].upper()}-{row + 1:03}"
            place[id(record)] = (split, row, line)
            line += 1 + record["text"].count("\n")
        write_separated(HERE / "leaky" / f"{split}.csv", records[split])
    table: list[tuple[str, int, int, str, int, int, str, str, str, str]] = []
    for first, second, relation, change, other in pairs:
        left, right = place[id(first)], place[id(second)]
        if left[0] == right[0] and left > right:
            left, right = right, left
        table.append((*left, *right, relation, "yes" if change == "copied" else "no", "yes" if other else "no", change))
    columns = "left, row, line, right, row, line, relation, same bytes, labels differ, what was done"
    order = (TRAIN, VALID, TEST).index
    table.sort(key=lambda row: (order(row[0]), order(row[3]), row[1], row[4]))
    fill(HERE / "leaky" / "README.md", columns, table)


BROKEN: list[tuple[str, str, list[tuple[int, str, object]]]] = [
    # the expectation's name, the split, then (row, column, value)
    ("report-unique", "train", [(17, "report", "W0004"), (203, "report", "W0120")]),
    ("temperature-plausible", "train", [(41, "temperature", 71.5), (150, "temperature", -99.9), (260, "temperature", 48.2)]),
    ("humidity-present", "train", [(8, "humidity", None), (77, "humidity", None), (78, "humidity", None), (299, "humidity", None)]),
    ("humidity-percent", "train", [(64, "humidity", 104), (199, "humidity", -1)]),
    ("station-known", "train", [(12, "station", "habour"), (231, "station", "test")]),
    ("date-of-year", "train", [(99, "date", "31.02.2026"), (100, "date", "2026-13-05")]),
    ("wind-plausible", "train", [(188, "wind", 412)]),
    ("temperature-plausible", "test", [(30, "temperature", 99.9)]),
    ("station-known", "test", [(55, "station", "TOWER")]),
]


def weather(author: Author, count: int, first: int) -> list[Record]:
    """`count` reports that keep the suite, numbered from `first`."""
    records = []
    for at, record in enumerate(author.records(count, label="sky")):
        draw = author.random
        records.append(
            {
                "report": f"W{first + at:04}",
                "station": draw.choice(["harbour", "tower", "valley", "airfield", "summit"]),
                "date": f"2026-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
                "temperature": round(draw.gauss(9, 8), 1),
                "humidity": draw.randint(35, 100),
                "wind": draw.randint(0, 60),
                **record,
            }
        )
    return records


def broken_schema() -> None:
    """Typed records in JSON lines, some of which break suite.yaml; an empty line in train.jsonl sets rows and lines apart."""
    author = Author("broken_schema")
    splits = {"train": weather(author, 300, 1), "test": weather(author, 80, 301)}
    places = []
    for expectation, split, changes in BROKEN:
        for row, column, value in changes:
            splits[split][row][column] = value
            rows = [at for at, record in enumerate(splits[split]) if record[column] == value] if column == "report" else [row]
            places += [(expectation, split, each, each + (2 if split == "train" and each >= 100 else 1), column) for each in rows]
    for split, records in splits.items():
        stream = io.StringIO()
        for row, record in enumerate(records):
            stream.write(("\n" if split == "train" and row == 100 else "") + json.dumps(record) + "\n")
        (HERE / "broken_schema" / f"{split}.jsonl").write_text(stream.getvalue(), encoding="utf-8")
    fill(HERE / "broken_schema" / "README.md", "expectation, split, row, line, column", places)


GARDEN = (
    ("When do I sow {}?", "Sow {} as soon as the ground is no longer cold to the hand."),
    ("How deep do I plant {}?", "Plant {} as deep as the seed is thick, three times over."),
    ("How often do I water {}?", "Water {} every other day, and never in the sun of noon."),
    ("What eats the leaves of {}?", "Mostly snails; a ring of ash around {} keeps them away."),
    ("Can I grow {} in a pot?", "Yes, {} does well in a pot of ten litres."),
)
PLANTS = ("beans", "beets", "carrots", "chard", "leeks", "lettuce", "onions", "peas", "radishes", "spinach")
BROKEN_CHATS: tuple[tuple[str, str, int, str, Callable[[list[Record]], object]], ...] = (
    ("role-known", "train", 6, "$.messages[0].role", lambda chat: chat[0].update(role="User")),
    ("role-known", "train", 21, "$.messages[1]", lambda chat: chat[1].pop("role")),
    ("role-known", "test", 3, "$.messages[1].role", lambda chat: chat[1].update(role="bot")),
    ("message-says-something", "train", 11, "$.messages[1]", lambda chat: chat[1].update(content="")),
    ("message-says-something", "train", 30, "$.messages[0]", lambda chat: chat[0].update(content=None)),
    ("content-not-blank", "train", 11, "$.messages[1].content", lambda _: None),
    ("content-not-blank", "train", 17, "$.messages[1].content", lambda chat: chat[1].update(content=" \n ")),
    ("turns-alternate", "train", 25, "$.messages[1].role", lambda chat: chat.insert(1, {"role": "user", "content": "Hello?"})),
    ("turns-alternate", "train", 6, "$.messages[1].role", lambda _: None),
    ("assistant-has-the-last-word", "train", 33, "$.messages[0].role", lambda chat: chat.pop()),
    ("assistant-has-the-last-word", "test", 3, "$.messages[1].role", lambda _: None),
    ("messages-there", "train", 36, "$.messages", lambda chat: chat.clear()),
    ("messages-there", "test", 8, "$", lambda chat: chat.append({})),
)
"""The rule that a change breaks, the split, the row, the path in the record, and the change; some changes break two rules."""


def broken_chat() -> None:
    """Chats in JSON lines, some of which break rules/schemas/chat.yaml; an empty line in train.jsonl sets rows and lines apart."""
    pairs = [(question.format(plant), answer.format(plant)) for question, answer in GARDEN for plant in PLANTS]
    chats = [[{"role": "user", "content": asked}, {"role": "assistant", "content": told}] for asked, told in pairs]
    random.Random("broken_chat").shuffle(chats)  # noqa: S311 - reproducible, not secret
    splits, places = {"train": chats[:40], "test": chats[40:]}, []
    for rule, split, row, path, change in BROKEN_CHATS:
        change(splits[split][row])
        places.append((rule, split, row, row + (2 if split == "train" and row >= 20 else 1), path))
    for split, some in splits.items():
        lines = [json.dumps({"id": row, "messages": chat}) if {} not in chat else json.dumps({"id": row}) for row, chat in enumerate(some)]
        if split == "train":
            lines.insert(20, "")
        (HERE / "broken_chat" / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    fill(HERE / "broken_chat" / "README.md", "rule, split, row, line, path", places)


def unlicensed() -> None:
    """Tab-separated files in a folder for each split."""
    records = Author("unlicensed").records(340, text="question", label="topic")
    for path, part in (("train/desk", records[:160]), ("train/mail", records[160:260]), ("test/desk", records[260:])):
        write_separated(HERE / "unlicensed" / f"{path}.tsv", part, "\t")


def mixed_license() -> None:
    """Arrays of JSON objects."""
    records = Author("mixed_license").records(320, text="step", label="course")
    for split, part in (("train", records[:240]), ("test", records[240:])):
        (HERE / "mixed_license" / f"{split}.json").write_text(json.dumps(part, indent=1) + "\n", encoding="utf-8")


def mixed_records() -> None:
    """Each record with its licence, some of which are not what the card says."""
    records = Author("unlicensed").records(120, text="question", label="topic")
    made = [{"id": f"q{at:03}", **record, "license": "cc-by-4.0", "generator": "people"} for at, record in enumerate(records)]
    stated = {11: "CC BY-NC 4.0", 30: "cc", 47: "", 62: "https://creativecommons.org/licenses/by/4.0/", 70: "CC-BY-NC-4.0", 81: None}
    for at, licence in stated.items():
        made[at]["license"] = licence
    made[70] |= {"question": made[5]["question"].upper(), "topic": made[5]["topic"]}
    for at in range(20, 26):
        made[at]["generator"] = "gpt-4"
    for split, part in (("train", made[:90]), ("test", made[90:])):
        lines = "".join(json.dumps(record) + "\n" for record in part)
        (HERE / "mixed_records" / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    rules = {"LIC020": (30, 47, 81), "LIC021": (11, 70), "LIC022": (5,), "LIC023": (11, 70)}
    places = [(rule, row, row + 1, made[row]["id"]) for rule, rows in rules.items() for row in rows]
    fill(HERE / "mixed_records" / "README.md", "rule, row, line, id", places)


def visit(draw: random.Random, number: int, patient: str, day: int) -> Record:
    """A visit on a day of the year; `ward` and whether a blood test was made tell whether the patient came back."""
    back = draw.random() < 0.4
    return {
        "visit": f"V{number:04}",
        "patient": patient,
        "admitted": (date(2026, 1, 1) + timedelta(days=day)).isoformat(),
        "age": draw.randint(20, 90),
        "pressure": round(draw.gauss(125, 15), 1),
        "pulse": round(draw.gauss(72, 9), 1),
        "iron": round(draw.gauss(80, 20), 1) if back and draw.random() < 0.9 else None,
        "ward": "recovery" if back else "home",
        "readmitted": "yes" if back else "no",
    }


def leaky_table() -> None:
    """Visits to a hospital: training up to day 200, the test from day 215 on; then some of each kind of leak."""
    draw = random.Random("leaky_table")  # noqa: S311 - reproducible, not secret
    train = [visit(draw, number, f"P{number % 150:03}", draw.randint(0, 199)) for number in range(300)]
    train[7]["admitted"] = (date(2026, 1, 1) + timedelta(days=200)).isoformat()
    test = [visit(draw, 1000 + number, f"Q{number:03}", draw.randint(215, 300)) for number in range(80)]
    for row, day in ((3, 120), (41, 200), (66, 13)):
        test[row]["admitted"] = (date(2026, 1, 1) + timedelta(days=day)).isoformat()
    for row, day in ((12, 203), (55, 206)):
        test[row]["admitted"] = (date(2026, 1, 1) + timedelta(days=day)).isoformat()
    for row, patient in ((3, "P020"), (18, "P149"), (19, "P149"), (77, "P000")):
        test[row]["patient"] = patient
    for row, number in ((30, 44), (31, 299)):
        test[row]["visit"] = f"V{number:04}"
    for row, twin in ((22, 101), (60, 250)):
        test[row] |= {name: train[twin][name] for name in ("age", "pressure", "pulse", "iron", "ward", "readmitted")}
    last = max(record["admitted"] for record in train)
    embargo = (date.fromisoformat(last) + timedelta(days=7)).isoformat()
    latest = {record["patient"]: max(r["admitted"] for r in train if r["patient"] == record["patient"]) for record in train}
    tests: list[tuple[str, str, Callable[[int, Record], bool]]] = [
        ("LEAK020", "patient", lambda _, record: record["patient"] in latest),
        ("LEAK021", "admitted", lambda _, record: record["admitted"] <= last),
        ("LEAK022", "admitted", lambda _, record: last < record["admitted"] < embargo),
        ("LEAK023", "admitted", lambda _, record: record["admitted"] <= latest.get(record["patient"], "")),
        ("LEAK024", "visit", lambda _, record: record["visit"] in {each["visit"] for each in train}),
        ("LEAK028", "5 columns", lambda row, _: row in {22, 60}),
    ]
    places = [(rule, row, row + 2, column) for rule, column, broken in tests for row, record in enumerate(test) if broken(row, record)]
    for split, records in (("train", train), ("test", test)):
        write_separated(HERE / "leaky_table" / f"{split}.csv", records)
    fill(HERE / "leaky_table" / "README.md", "rule, row, line, column", places)


if __name__ == "__main__":
    for write in (clean, leaky, broken_schema, broken_chat, unlicensed, mixed_license, mixed_records, leaky_table):
        write()
