"""What is sensitive never leaves as text: marks find what they were made from, masks leave nothing of it, and all else stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reports_sample import sample

from auditor import reports
from auditor.dataset import JSON_FIELD, Batch, Shard
from auditor.model import SHOWN, Finding, LedgerEntry, Location, Outcome, Report, Severity
from auditor.redaction import LONGEST, PIECE, WORDS, find, marks, masks, merged, named, redacted, texts, values

KEY = bytes(range(32))
SHARD = Shard(path="a.parquet", file="a.parquet", split="train", format="parquet")

LETTERS = "abAB01"
TRICKY = 'aA[]s\0\\"\n.*é\u0301ßİΣσς\ud800\udc00😀'
VALUE = st.text(LETTERS, min_size=1, max_size=5)
ANY = st.one_of(st.text(LETTERS, max_size=12), st.text(TRICKY, max_size=12))


def folded(text: str) -> str:
    """Lower case, one code point at a time."""
    return "".join({"İ": "i", "ς": "σ"}.get(char, char.lower()) for char in text)


def holds(text: str, found: Iterable[str]) -> bool:
    return any(folded(value) in folded(text) for value in found if value)


def of(column: pa.Array, typed: bool = True, metadata: Mapping[bytes, bytes] | None = None) -> set[str]:
    schema = pa.schema([pa.field("c", column.type, metadata=metadata), pa.field("d", pa.string())])
    records = pa.RecordBatch.from_arrays([column, pa.array(["not wanted"] * len(column))], schema=schema)
    return values(Batch(shard=SHARD, start=0, records=records, typed=typed), ["c", "missing"])


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_strings_as_they_are_and_as_they_are_written() -> None:
    assert of(pa.array(["Ann Lee", None, "", "Ann Lee", "x"])) == {"Ann Lee", "x"}
    assert of(pa.array([" Ann Lee "])) == {" Ann Lee ", "Ann Lee"}
    assert of(pa.array(["  Ann Lee\n"])) == {"  Ann Lee\n", r"  Ann Lee\n", "Ann Lee"}
    assert of(pa.array(['Ann "A" Lee'])) == {'Ann "A" Lee', r"Ann \"A\" Lee"}
    assert of(pa.array(["""O'N"eil"""])) == {"""O'N"eil""", r"""O'N\"eil""", r"""O\'N"eil"""}
    assert of(pa.array(["ab\x07cd"])) == {"ab\x07cd", r"ab\u0007cd", r"ab\x07cd"}
    assert of(pa.array(["Zoë!"])) == {"Zoë!", r"Zo\u00eb!", "Zoe\u0308!", r"Zoe\u0308!"}


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], ids=str)
def test_every_kind_of_string(kind: pa.DataType) -> None:
    assert of(pa.array(["Ann Lee", None, "Bob Ray"]).cast(kind)) == {"Ann Lee", "Bob Ray"}


def test_numbers_and_dates_as_text_and_as_json() -> None:
    assert of(pa.array([12345, None, 7])) == {"12345"}
    assert of(pa.array([50000.0, 0.125, float("nan")])) == {"50000", "50000.0", "0.125"}
    assert of(pa.array([Decimal("12.50")])) == {"12.50"}
    assert of(pa.array([True, False, None])) == set()
    assert of(pa.nulls(2)) == set()
    assert of(pa.array([dt.date(1980, 5, 1)])) == {"1980-05-01"}
    assert of(pa.array([dt.datetime(1980, 5, 1, 12, 30)])) == {"1980-05-01 12:30:00", "1980-05-01T12:30:00"}
    assert of(pa.array([b"Ann Lee"])) == {"Ann Lee", "b'Ann Lee'"}


def test_numbers_in_a_table_of_texts_also_as_they_are_once_read() -> None:
    assert of(pa.array(["0052000.50", " 70000 "]), typed=False) == {"0052000.50", "52000.5", " 70000 ", "70000", "70000.0"}
    assert of(pa.array(["0052000.50"]), typed=True) == {"0052000.50"}
    assert of(pa.array(["12", "1e999", "1_000"]), typed=False) == {"12", "1e999", "1_000", "Infinity", "inf"}


def test_nested_values_whole_and_in_parts() -> None:
    column = pa.array([{"name": "Zoë Lee", "years": [1980, None]}])
    assert of(column) == {
        '{"name":"Zoë Lee","years":[1980,null]}',
        '{"name":"Zo\\u00eb Lee","years":[1980,null]}',
        "{'name': 'Zoë Lee', 'years': [1980, None]}",
        *("[1980,null]", "[1980, None]", "1980"),
        *("Zoë Lee", "Zoe\u0308 Lee", r"Zo\u00eb Lee", r"Zoe\u0308 Lee"),
    }
    assert {"ann@example.org", "Ann Lee", "b123"} <= of(
        pa.array([[("ann@example.org", "Ann Lee"), ("b123", "")]], pa.map_(pa.string(), pa.string()))
    )


def test_json_texts_are_looked_into() -> None:
    found = of(pa.array(['{"who": "Ann Lee", "a@b.c": {"id": 12345}}', None]), metadata=JSON_FIELD)
    assert {'{"who": "Ann Lee", "a@b.c": {"id": 12345}}', "Ann Lee", "12345", "a@b.c"} <= found
    assert "who" not in found


def test_names_that_look_like_values() -> None:
    assert named(["email", "ann@example.org", "1980-05-01", "address2", "x12", "x123"]) == {"ann@example.org", "1980-05-01", "x123"}


# ── marks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def reference(value: str, key: bytes) -> int:
    """The hash of a mark, in plain integers."""
    drawn = hashlib.blake2b(key, digest_size=16, person=b"marks").digest()
    base, secret = int.from_bytes(drawn[:8], "little") | 1, int.from_bytes(drawn[8:], "little")
    x = secret ^ sum(ord(char) * pow(base, place, 1 << 64) for place, char in enumerate(folded(value))) % (1 << 64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> 33) * factor % (1 << 64)
    return x ^ x >> 33


@given(
    st.sets(st.text(min_size=4, max_size=100).filter(lambda text: len(text.strip()) >= 4), max_size=8), st.binary(min_size=32, max_size=32)
)
def test_marks_are_lengths_and_keyed_hashes_in_order(given_values: set[str], key: bytes) -> None:
    table = marks(given_values, key)
    expected = sorted(
        {(min(len(value), LONGEST), reference(value[:LONGEST], key)) for value in given_values if value.strip().lower() not in WORDS}
    )
    assert list(zip(table["length"].to_pylist(), table["hash"].to_pylist(), strict=True)) == expected
    assert table.schema == pa.schema([("length", pa.int32()), ("hash", pa.uint64())])


def test_what_would_be_found_everywhere_is_not_marked() -> None:
    everywhere = ["", "abc", "  a  ", "Null", "TRUE", "false", " none", "Infinity", "train", "rows", "sensitive", "\u200b" * 3]
    assert marks(everywhere, KEY).num_rows == 0
    assert marks(["abcd"], KEY).num_rows == 1


@given(st.lists(st.sets(st.text("abc", min_size=4, max_size=5)), max_size=4))
def test_merged_marks_are_the_marks_of_all(parts: list[set[str]]) -> None:
    assert merged([marks(part, KEY) for part in parts]).equals(marks(set().union(*parts), KEY))


def test_marks_hold_no_text_and_depend_on_the_key() -> None:
    one, other = marks(["Ann Lee"], KEY), marks(["Ann Lee"], bytes(32))
    assert one["hash"] != other["hash"]
    assert find(["Ann Lee"], one, bytes(32)) == set()
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, one.schema) as writer:
        writer.write_table(one)
    assert b"Ann" not in sink.getvalue() and "Ann".encode("utf-32-le") not in sink.getvalue()


# ── find ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.one_of(VALUE, st.text(TRICKY, min_size=4, max_size=6)), max_size=6), st.lists(ANY, max_size=6))
@example(["ΑΣΑΣ"], ["xασας", "ΑΣΑ", "Σ"])
@example(["İİİİ", "aaaa"], ["iiIİaaaaa"])
def test_find_gives_every_run_that_is_a_value_in_some_case(secrets: list[str], shown: list[str]) -> None:
    wanted = {folded(value) for value in secrets if len(value.strip()) >= 4 and value.lower() not in WORDS}
    runs = {text[a:b] for text in shown for a in range(len(text)) for b in range(a + 4, len(text) + 1)}
    assert find(shown, marks(secrets, KEY), KEY) == {run for run in runs if folded(run) in wanted}


def test_a_value_may_stand_anywhere_in_long_texts() -> None:
    secret = "Ann Lee"
    for place in (0, PIECE - len(secret), PIECE - 3, PIECE - 1, PIECE, 2 * PIECE - 2, 3 * PIECE):
        text = "." * place + secret + "." * (3 * PIECE - place)
        assert find(["..", text, "Ann", " Lee"], marks([secret], KEY), KEY) == {secret}
    longest = "".join(map(chr, range(0x3000, 0x3000 + 100)))
    assert find(["." * (PIECE - 1) + longest], marks([longest], KEY), KEY) == {longest[:LONGEST]}


def test_nothing_is_found_where_two_texts_meet() -> None:
    assert find(["Ann ", "Lee", "x\0", "yz"], marks(["Ann Lee", "Ann \0Lee", "x\0yz", "x\0\0yz"], KEY), KEY) == set()
    assert find(["ax\0yzb"], marks(["x\0yz"], KEY), KEY) == {"x\0yz"}


def test_no_texts_and_no_marks() -> None:
    assert find([], marks(["abcd"], KEY), KEY) == set()
    assert find(["", "a", "abcd"], marks([], KEY), KEY) == set()
    assert find(["", "a"], marks(["abcd"], KEY), KEY) == set()


def test_every_letter_is_found_in_its_other_case() -> None:
    pairs = [(char, char.upper()) for char in map(chr, range(0x20000)) if char.upper() != char and folded(char.upper()) == folded(char)]
    lower, upper = ("".join(each) for each in zip(*pairs, strict=True))
    assert len(lower) == len(upper) > 1300
    for place in range(0, len(lower) - 64, 16):
        assert find([upper], marks([lower[place : place + 64]], KEY), KEY) == {upper[place : place + 64]}


def test_case_folding_keeps_places() -> None:
    every = "".join(map(chr, [*range(0x20000), 0x10FFFD, 0x10FFFE, 0x10FFFF, 0x10FFFF]))
    assert masks({every[-4:]}, None)(every) == every[:-4] + "[sensitive]"
    assert find([every], marks([every[-4:]], KEY), KEY) == {every[-4:]}


# ── masks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def spans(text: str, found: Iterable[str]) -> list[tuple[int, int]]:
    """Where any of the values stands, those as one that overlap: by looking everywhere for each."""
    places = sorted(
        (a, a + len(value)) for value in found for a in range(len(text)) if value and folded(text[a : a + len(value)]) == folded(value)
    )
    joined: list[tuple[int, int]] = []
    for a, b in places:
        if joined and a < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


@given(st.sets(VALUE, max_size=5), st.text(LETTERS, max_size=30), st.sampled_from([None, KEY]))
def test_the_union_of_all_values_is_masked_and_nothing_else(found: set[str], text: str, key: bytes | None) -> None:
    def mask(value: str) -> str:
        digits = hashlib.blake2b(value.lower().encode(), key=key or b"").hexdigest()[:8]
        return f"[sensitive:{digits}]" if key else "[sensitive]"

    masked, place = "", 0
    for a, b in spans(text, found):
        masked, place = masked + text[place:a] + mask(text[a:b]), b
    masked += text[place:]
    given_text = masks(found, key)(text)
    if not spans(masked, found):
        assert given_text == masked
    else:  # the mask itself would show a value
        blocked, place = "", 0
        for a, b in spans(text, found):
            blocked, place = blocked + text[place:a] + "█", b
        assert given_text == blocked + text[place:]


@given(
    st.sets(st.text(TRICKY + "[sensitive:0]", min_size=1, max_size=4), max_size=5), ANY, ANY, st.sampled_from([str.upper, str.lower, str])
)
@example({"sensitive"}, "", "", str)
@example({"[sen", "x[s", "a"}, "x", "b", str)
@example({"█", "▉", "sens"}, "", "", str)
def test_nothing_of_a_value_is_left(found: set[str], before: str, after: str, case: Any) -> None:
    masker = masks(found, None)
    for value in found:
        planted = case(value) if folded(case(value)) == folded(value) else value
        for text in (before + planted + after, planted * 2, f"{before}/{planted}.csv", planted + before + planted):
            out = masker(text)
            assert text in WORDS or not holds(out, found)
            assert masker(out) == out


@given(st.sets(st.text(TRICKY, min_size=1, max_size=4), max_size=5), ANY)
def test_a_text_without_any_stays(found: set[str], text: str) -> None:
    assert holds(text, found) or masks(found, KEY)(text) == text


def test_values_that_overlap_touch_or_repeat() -> None:
    assert masks({"Ann Lee", "Lee Roy"}, None)("by ann lee roy!") == "by [sensitive]!"
    assert masks({"Ann Lee", "Lee"}, None)("Lee, Ann Lee, Leela") == "[sensitive], [sensitive], [sensitive]la"
    assert masks({"abcd", "efgh"}, None)("abcdefgh") == "[sensitive][sensitive]"
    assert masks({"aaaa"}, None)("xaaaaaaay") == "x[sensitive]y"
    assert masks({"a.*c", "(", "^x$"}, None)("abc a.*c (^x$") == "abc [sensitive] [sensitive][sensitive]"
    assert masks(set(), None)("abcd") == "abcd"


def test_a_long_value_takes_the_rest_of_the_text_with_it() -> None:
    value = "".join(chr(0x100 + place) for place in range(300))
    found = find([f"it says {value} and more"], marks([value], KEY), KEY)
    assert found == {value[:LONGEST]}
    assert masks(found, None)(f"it says {value} and more") == "it says [sensitive]"
    assert masks(find([value[:200]], marks([value], KEY), KEY), None)(f"cut: {value[:200]}") == "cut: [sensitive]"


def test_masks_under_a_key_can_be_compared() -> None:
    digits = hashlib.blake2b(b"ann lee", key=b"ours").hexdigest()[:8]
    assert masks({"Ann Lee"}, b"ours")("x ANN LEE") == f"x [sensitive:{digits}]" == masks({"ann lee", "Bob Ray"}, b"ours")("x Ann Lee")
    assert masks({"Ann Lee"}, b"theirs")("Ann Lee") != masks({"Ann Lee"}, b"ours")("Ann Lee")
    assert masks({"Ann Lee"}, b"")("Ann Lee") == "[sensitive]"
    half = hashlib.blake2b("\ud800abc".encode("utf-8", "surrogatepass"), key=b"ours").hexdigest()[:8]
    assert masks({"\ud800abc"}, b"ours")("\ud800abc") == f"[sensitive:{half}]"
    long = hashlib.blake2b(b"ann lee", key=hashlib.blake2b(b"k" * 65).digest()).hexdigest()[:8]
    assert masks({"Ann Lee"}, b"k" * 65)("Ann Lee") == f"[sensitive:{long}]"


SECRETS = st.text('abZ9 é"\\\n\u0301', min_size=4, max_size=90).filter(lambda text: len(text.strip()) >= 4)
SAID = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text("abZ9 é", max_size=8), st.integers(0, 99)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text("abZ9", max_size=4), inner, max_size=4)),
    max_leaves=12,
)


def planted(value: Any, secrets: Sequence[str], forms: Sequence[Any]) -> Any:
    """The value with secrets in its texts and keys, glued to what stands there."""
    if isinstance(value, str):
        return value + forms[len(value) % len(forms)](secrets[len(value) % len(secrets)]) + value
    if isinstance(value, Mapping):
        return {planted(key, secrets, forms): planted(item, secrets, forms) for key, item in value.items()}
    return [planted(item, secrets, forms) for item in value] if isinstance(value, list) else value


def shape(value: Any) -> Any:
    """What must not change: kinds, numbers of elements, their order, and all that is no text."""
    if isinstance(value, Mapping):
        return [shape(item) for item in value.values()]
    return [shape(item) for item in value] if isinstance(value, list) else type(value) if isinstance(value, str) else value


@given(st.lists(SECRETS, min_size=1, max_size=4), SAID)
def test_from_the_data_to_the_report_nothing_marked_is_left(secrets: list[str], said: Any) -> None:
    forms = (str, str.upper, str.strip, lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False), repr)
    marked = marks(of(pa.array(secrets)), KEY)
    report = planted(said, secrets, forms)
    out = redacted(report, masks(find(texts(report), marked, KEY), None))
    assert find(texts(out), marked, KEY) == set()
    assert shape(out) == shape(report)
    assert [text for text in texts(out) if holds(text, map(str.strip, secrets))] == []


@given(SAID)
def test_what_holds_no_value_stays_equal(said: Any) -> None:
    assert redacted(said, masks({"#never#"}, None)) == said


# ── nouns ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Many(Sequence[Location]):
    """More places than anyone may make; it counts those that were asked for."""

    def __init__(self, length: int) -> None:
        self.length, self.asked = length, 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> Any:
        assert isinstance(index, int), "slices stay lazy"
        if not 0 <= index < self.length:
            raise IndexError(index)
        self.asked += 1
        partner = Location(split="Ann Lee", row=index, digest="ab" * 16)
        return Location(split="train", row=index, file=f"{index}/ann lee.csv", partner=partner, message="~ Ann Lee")


def finding(**changes: Any) -> Finding:
    plain = Finding(rule="SCHM001", name="expectation-not-met", severity=Severity.HIGH, message="Ann Lee is", subject="Ann Lee @ train")
    return dataclasses.replace(plain, **changes)


MASKER = masks({"Ann Lee", "stat", "expect"}, None)


def test_a_finding_keeps_its_identity() -> None:
    places = (Location(file="Ann Lee.md", line=3), Location(split="train", row=1, digest="d1"), Location(column="Ann Lee"), Location())
    for check in (None, "Ann Lee known"):
        plain = finding(check=check, where=places, evidence={"denied": True, "Ann Lee": ["Ann Lee", 1]}, waived={"until": "2027-01-31"})
        masked = redacted(plain, MASKER)
        assert (masked.rule, masked.name, masked.severity, masked.count) == (plain.rule, plain.name, plain.severity, plain.count)
        assert (masked.message, masked.subject) == ("[sensitive] is", "[sensitive] @ train")
        assert masked.check == (check and "[sensitive] known")
        assert masked.evidence == {"denied": True, "[sensitive]": ["[sensitive]", 1]}
        assert masked.waived == plain.waived
        assert masked.fingerprint == plain.fingerprint
        assert [masked.fingerprint_at(place) for place in masked.where] == [plain.fingerprint_at(place) for place in plain.where]
        assert masked.fingerprint_at(Location()) == plain.fingerprint_at(Location())
        assert [place.file for place in masked.where] == ["[sensitive].md", None, None, None]
        assert [place.column for place in masked.where] == [None, None, "[sensitive]", None]
        graded = dataclasses.replace(masked, severity=Severity.LOW)
        assert (graded.fingerprint, graded.fingerprint_at(graded.where[0])) == (plain.fingerprint, plain.fingerprint_at(places[0]))
        again = redacted(masked, masks({"[sensitive]"}, None))
        assert (again.fingerprint, again.fingerprint_at(again.where[0])) == (plain.fingerprint, plain.fingerprint_at(places[0]))


def test_many_places_are_masked_when_they_are_asked_for() -> None:
    many = Many(3_000_000)
    plain = finding(where=many)
    masked = redacted(plain, MASKER)
    assert (len(masked.where), many.asked) == (3_000_000, 0)
    part = masked.where[10:2_999_999:7][1:]
    assert (len(part), many.asked) == (428_569, 0)
    for place, row in ((masked.where[5], 5), (masked.where[-1], 2_999_999), (part[0], 17), (part[-1], 2_999_993), (next(iter(part)), 17)):
        assert (place.split, place.row, place.file, place.message) == ("train", row, f"{row}/[sensitive].csv", "~ [sensitive]")
        assert place.partner == Location(split="[sensitive]", row=row, digest="ab" * 16)
        assert masked.fingerprint_at(place) == plain.fingerprint_at(many[row])
    with pytest.raises(IndexError):
        masked.where[3_000_000]
    assert [place.row for place in redacted(finding(where=Many(3)), MASKER).where] == [0, 1, 2]


def test_texts_are_those_that_would_change() -> None:
    many = Many(1000)
    report = dataclasses.replace(
        sample(), findings=(*sample().findings, finding(where=many, check="c", evidence={"k": dt.date(2020, 1, 5)}))
    )
    report = dataclasses.replace(report, tables={"t": pa.table({"a": ["x", None, "y"], "n": [1, 2, 3]})})
    heard = list(texts(report))
    assert len(heard) == len(set(heard)) and many.asked == SHOWN
    assert {"0/ann lee.csv", "99/ann lee.csv", "Ann Lee is", "Ann Lee @ train", "2020-01-05", "x", "y", "c", "k", "refnud"} <= set(heard)
    assert not {"100/ann lee.csv", "SCHM001", "ab" * 16, report.dataset["digest"], "fail", None} & set(heard)


def test_what_a_report_computes_stays() -> None:
    report = sample()
    words = {"fail", "Train", "LEAK", "dupl", "stat", "text", "high", "iden", "ever", "ows", "sha2"}
    masked = redacted(report, masks({*words, "ab", "0", "1", "cd"}, None))
    assert (masked.verdict, masked.run["seconds"]) == (report.verdict, report.run["seconds"])
    assert [(o.rule, o.name, o.status, o.found) for o in masked.outcomes] == [(o.rule, o.name, o.status, o.found) for o in report.outcomes]
    assert [(f.rule, f.name, f.fingerprint) for f in masked.findings] == [(f.rule, f.name, f.fingerprint) for f in report.findings]
    assert masked.dataset["digest"] == report.dataset["digest"]
    assert [each["sha256"] for each in masked.dataset["splits"]["test"]["files"]] == [
        each["sha256"] for each in report.dataset["splits"]["test"]["files"]
    ]
    assert [place.digest for place in masked.findings[0].where] == [place.digest for place in report.findings[0].where]


@pytest.mark.parametrize("name", reports.FORMATS)
def test_a_report_can_be_written_whatever_is_sensitive(name: str) -> None:
    """Each part of 4 letters of each word that formats look for is sensitive: no format stumbles."""
    report = sample()
    parts = {word[a : a + 4] for word in WORDS for a in range(len(word) - 3)}
    assert reports.render(name, redacted(report, masks(parts, None)))


def test_no_format_shows_a_value() -> None:
    report = sample()
    secrets = ["where is my parcel", "refnud", "legal@example.org", "support-questions", "notes.pdf"]
    marked = marks(secrets, KEY)
    out = redacted(report, masks(find(texts(report), marked, KEY), KEY))
    for name in reports.FORMATS:
        before, after = (reports.render(name, each).lower() for each in (report, out))
        assert name == "badge" or any(secret in before for secret in secrets)  # which shows nothing of the data
        assert [secret for secret in secrets if secret in after] == []


def test_keys_that_a_mask_makes_equal_are_told_apart() -> None:
    splits = {"ann lee": 1, "Ann Lee": 2, "ANN LEE": 3, "train": 4, 5: 6}
    masked = redacted(splits, masks({"Ann Lee"}, None))
    assert list(masked.items()) == [("[sensitive]", 1), ("[sensitive]█", 2), ("[sensitive]██", 3), ("train", 4), (5, 6)]


def test_other_values_of_a_report() -> None:
    entry = LedgerEntry(file="Ann Lee.csv", rejected=(("Ann Lee", 2),), note="Ann Lee")
    assert redacted(entry, MASKER) == LedgerEntry(file="[sensitive].csv", rejected=(("[sensitive]", 2),), note="[sensitive]")
    outcome = Outcome(rule="STAT001", name="stat", status="passed", note="Ann Lee", examined=3)
    assert list(texts(outcome)) == ["Ann Lee"]
    assert redacted(outcome, MASKER) == dataclasses.replace(outcome, note="[sensitive]")
    assert redacted([dt.date(2020, 1, 5), b"Ann Lee", Severity.HIGH, None, True, 1.5], MASKER)[0] == dt.date(2020, 1, 5)
    assert redacted([dt.date(2020, 1, 5), b"Ann Lee"], masks({"2020-01-05", "ann lee"}, None)) == ["[sensitive]", "b'[sensitive]'"]
    assert redacted({"sha256": "ann lee", "digest": "12" * 32, "other": "12" * 32}, masks({"1212", "ann lee"}, None)) == {
        "sha256": "[sensitive]",
        "digest": "12" * 32,
        "other": "[sensitive]",
    }
    empty = Report(run={}, dataset={}, config={})
    assert redacted(empty, MASKER) == empty


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.string(), pa.large_string(), pa.string_view()),
        *(pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.large_string(), ordered=True)),
    ],
    ids=str,
)
def test_text_columns_of_tables(kind: pa.DataType) -> None:
    cells = [["Ann Lee", None, "x", "by ANN LEE", "Bob Ray"], [], ["Bob Ray", "Ann Lee"]]
    chunks = [pa.array(each, pa.string()).cast(kind if not pa.types.is_dictionary(kind) else pa.string()) for each in cells]
    column = pa.chunked_array(chunks)
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type).dictionary_encode().cast(kind)
    table = pa.table([column], schema=pa.schema([pa.field("Ann Lee", kind, metadata={"a": "b"})], metadata={"c": "d"}))
    masked = redacted(table, masks({"Ann Lee", "Bob Ray"}, None))
    assert masked.schema.equals(table.schema, check_metadata=True)
    assert masked.column(0).to_pylist() == ["[sensitive]", None, "x", "by [sensitive]", "[sensitive]", "[sensitive]", "[sensitive]"]
    if not pa.types.is_string_view(kind):
        sink = io.BytesIO()
        pq.write_table(masked, sink)
        assert pq.read_table(sink).column(0).to_pylist() == masked.column(0).to_pylist()
    assert redacted(table, masks({"Eve Moe"}, None)).equals(table)


def test_other_columns_of_tables() -> None:
    table = pa.table(
        {
            "row": pa.array([1, 2], pa.int64()),
            "share": [0.5, None],
            "string_lists": [["Ann Lee", None, "x"], None],
            "ends": [{"Ann Lee": "Ann Lee", "row": 1}, {"Ann Lee": "y", "row": None}],
            "map": pa.array([[("Ann Lee", "x Ann Lee")], []], pa.map_(pa.string(), pa.string())),
            "raw": [b"Ann Lee", b""],
        }
    )
    masked = redacted(table, masks({"Ann Lee"}, None))
    assert masked.schema == table.schema
    assert masked.to_pydict() == {
        "row": [1, 2],
        "share": [0.5, None],
        "string_lists": [["[sensitive]", None, "x"], None],
        "ends": [{"Ann Lee": "[sensitive]", "row": 1}, {"Ann Lee": "y", "row": None}],
        "map": [[("[sensitive]", "x [sensitive]")], []],
        "raw": [b"Ann Lee", b""],
    }
    backwards = pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int8()), pa.array(["Ann Lee", "x", "unused"]))})
    assert redacted(backwards, masks({"Eve Moe"}, None)).equals(backwards)
    assert redacted(backwards, masks({"ann lee"}, None)).column("a").to_pylist() == ["x", "[sensitive]"]
    empty = pa.table({"a": pa.chunked_array([], pa.string())})
    assert redacted(empty, masks({"Ann Lee"}, None)).equals(empty)
