"""Well-formed texts to begin with: CSV, TSV, JSON lines and JSON, made anew from random numbers for every input."""

from __future__ import annotations

import json
from random import Random
from typing import Any

KEYS = ("text", "label", "id", "split", "license", "rights", "a", "b", "", "é", "a b", "label_2", "Answer", "nested", "\U0001f600")
WORDS = (
    *(
        "a",
        "The quick brown fox.",
        "",
        " ",
        "x,y",
        'say "yes"',
        "two\nlines",
        "é",
        "漢字かな",
        "\u200b",
        "0",
        "train",
        "test",
        "NA",
        "null",
    ),
    *("\U0001f600", "a\tb", "1.5", "-7", "=1+1", "'", "\\", "\\n", "tail\r", "\ufeff", "İstanbul", "x" * 70),
)
NUMBERS: tuple[int | float, ...] = (0, 1, -1, 7, 1.5, -0.0, 1e300, 5e-324, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**30)
JSON_SPICES: tuple[bytes, ...] = (
    *(b'"license": "MIT", "license": "GPL-3.0-only", ', b'"label": 1, "label": 2, ', b'"a": 1, "a": 2, '),
    *(b'"a": {"label": 0, "label": 0}, ', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xed\xa0\x80"', b'"\xff"', b'"\\u0000"', b'"\\u12"'),
    *(b'"\\x"', b'"\x01"', b'"', b'"" ""', b"9" * 5_000, b"-" + b"9" * 4_299, b"9" * 400 + b".5", b"1e999", b"1E400", b"-0", b"01"),
    *(b"1.", b".5", b"NaN", b"-Infinity", b"nul", b"[" * 300, b"[" * 2_000, b'{"a":' * 260, b"[" * 256 + b"]" * 256),
    *(b"[" * 255 + b"]" * 255, b"{}", b"[]", b"[{}]", b"{}\n{}\n", b"],[", b"\r", b"\n", b"\r\n", b",", b":", b"}", b"]", b"]}", b"}\n{"),
    *(b'{"text": "x"}', b'{"text": "x"},', b"// no\n", b"/* */", b"'a'"),
)
"""What JSON readers disagree about."""
VALUES: tuple[bytes, ...] = (
    *(b'1, "license": "a", "license": "b"', b'1, "label": 1, "label": 2', b'1, "a": 1, "a": 2', b'{"a": {"label": 0, "label": 0}}'),
    *(b"[{}]", b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\ude00\\ud83d"', b'"\xed\xa0\x80"', b'"\xff"', b'"\\u0000"', b'"a\\r\\nb"', b'""'),
    *(b"1.0", b"0", b"9" * 5_000, b"9" * 4_299, b"9" * 400 + b".5", b"1e999", b"1E400", b"-0", b"-0.0", b"1e22", b"1.5e-7", b"NaN"),
    *(b"-Infinity", b"9" * 19, b"[" * 255 + b"]" * 255, b"[" * 256 + b"]" * 256, b'{"a":' * 256 + b"1" + b"}" * 256),
    *(b"[" * 995 + b"]" * 995, b"{}", b"[]", b"{}, {}", b"true", b'[{"text": "x"}]', b'"2020-01-01"', b"9007199254740993"),
    *(b"9223372036854775808", b"-9223372036854775809", b'"label": 3', b"null", b"[1, null]"),
)
"""Values, and more than values, with which a text may still be JSON."""
CSV_SPICES: tuple[bytes, ...] = (
    *(b'"', b'""', b'"""', b'"a"b', b'a"b', b'"a\nb"', b'"a\r\nb"', b"\0", b",", b",,", b"\t", b";", b"\n\n", b"\r", b"\r\r\n", b'"\n"'),
    *(b'","', b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b'\n"', b'",', b"text,text\n", b" ", b"\x1a", b'"' * 99, b"," * 99, b'"a,' * 99),
    *(b"\x85", b"\x0c"),
)
"""What CSV readers disagree about."""


def value(rng: Random, depth: int = 0) -> Any:
    """A JSON value."""
    way = rng.random()
    if way < 0.45:
        return rng.choice(WORDS)
    if way < 0.7:
        return rng.choice(NUMBERS)
    if way < 0.85 or depth > 3:
        return rng.choice((True, False, None))
    if way < 0.93:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return record(rng, depth + 1)


def record(rng: Random, depth: int = 0) -> dict[str, Any]:
    """A JSON object."""
    return {rng.choice(KEYS): value(rng, depth) for _ in range(rng.randrange(5))}


def _written(rng: Random, each: Any) -> str:
    return json.dumps(each, ensure_ascii=rng.random() < 0.3, separators=rng.choice(((",", ":"), (", ", ": "), (" ,", "\t:"))))


def jsonl(rng: Random) -> bytes:
    """JSON lines, with one schema or none."""
    columns = rng.sample(KEYS, rng.randint(1, 4)) if rng.random() < 0.6 else []
    made = ({key: value(rng) for key in columns} if columns else record(rng) for _ in range(rng.randint(0, 7)))
    end = rng.choice(("\n", "\n", "\r\n", "\n\n", "\r"))
    return end.join(_written(rng, each) for each in made).encode() + end.encode() * rng.randint(0, 1)


def json_document(rng: Random) -> bytes:
    """An array of objects, an object around one, lines, or any value."""
    way, rows = rng.random(), [record(rng) for _ in range(rng.randint(0, 6))]
    if way < 0.05:
        return jsonl(rng)
    document: Any = rows
    if way > 0.6:
        document = {**record(rng), rng.choice(KEYS): rows, **(record(rng) if rng.random() < 0.3 else {})}
    return json.dumps(document if way < 0.95 else value(rng), ensure_ascii=False, indent=rng.choice((None, None, 1))).encode()


def table(rng: Random, comma: str) -> bytes:
    """CSV, or TSV, with cells quoted where they must be and here and there where they need not."""
    width, end = rng.randint(1, 5), rng.choice(("\n", "\n", "\r\n", "\r"))

    def cell(word: str) -> str:
        if any(sign in word for sign in (comma, '"', "\n", "\r")) or rng.random() < 0.1:
            return '"' + word.replace('"', '""') + '"'
        return word

    rows = [rng.sample(KEYS, width), *([rng.choice(WORDS) for _ in range(width)] for _ in range(rng.randint(0, 8)))]
    return end.join(comma.join(map(cell, row)) for row in rows).encode() + end.encode() * rng.randint(0, 1)
