"""Ways to spoil an input: by tokens where it is text, by bytes and little-endian words where it is not."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from random import Random

LONGEST = 64 << 10
"""Bytes of an input at most."""

_TOKEN = re.compile(rb"\w+|[ \t]+|[\x80-\xff]+|.", re.DOTALL)
JSON_VALUE = re.compile(rb'"[^"\\]*"|-?\d[\d.eE+-]*|true|false|null')
YAML_VALUE = re.compile(rb"(?<=[:\-\[,{] )[^\n,{}\[\]]+|(?<=: )[^\n]+")

_PLAIN = (
    '\0 \ufeff \r \n \r\n \n\n " "" \' \\ \t \x0b \x0c \x1a \x1b \x7f \x85 \u2028 \u2029 \xa0 \xad \u200b \u202e \uffff \ufffd é e\u0301 '
    "\U0001f600 İ ı ſ K \U000e0041 漢字 ﬁ \u0345 \U0010ffff ０ ² 0 -1 -0 1.5 1e5 1e999 -1e999 1e-999 9223372036854775807 "
    "9223372036854775808 0x10 1_000 0o7 NaN Infinity -Infinity nan null true false "
    "None ~ 2020-01-01 2020-99-99 [ ] { } ( ) < > , : ; & * ! # | % @ ` "
    "- --- ... ? / \\u0000 \\ud800 \\udc00 \\ud83d\\ude00 \\x00 text label license id a"
)
SPICES: tuple[bytes, ...] = (
    *(spice.encode() for spice in _PLAIN.split(" ")),
    *(b" ", b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xfe\xff", b"\xff\xfe"),
)
"""What trips readers of text: signs, numbers at the edge of a type, code points that fold oddly, bytes that are no UTF-8."""

_NUMBERS = (0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1024, 32767, 32768, 65535, 65536, 1 << 20, 1 << 30)
EDGES: tuple[int, ...] = (*_NUMBERS, *(-number for number in _NUMBERS[1:8]), 2**31 - 1, -(2**31), 2**32, 2**62, 2**63 - 1, -(2**63))
"""Integers at which lengths, offsets and counts go wrong."""

Spoil = Callable[[bytes, Random], bytes]


def times(rng: Random) -> int:
    """How often something is done: mostly once or twice, now and then a dozen times."""
    return min(12, 1 + int(rng.expovariate(0.7)))


def text(seed: bytes, rng: Random, spices: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The text, of which some tokens are replaced, repeated, moved, or joined with a part of another text, or some bytes changed."""
    data = seed
    for _ in range(times(rng)):
        if rng.random() < 0.2:
            data = _by_bytes(data, rng)
        else:
            data = b"".join(_by_tokens(_TOKEN.findall(data), rng, spices, others))
    return data[:LONGEST]


def values(seed: bytes, rng: Random, spices: Sequence[bytes], value: re.Pattern[bytes] = JSON_VALUE) -> bytes:
    """The JSON text, some of its strings, numbers and words replaced, so that most of it is JSON still; YAML with YAML_VALUE."""
    data = seed
    for _ in range(times(rng)):
        found = list(value.finditer(data))
        if found:
            at = rng.choice(found)
            data = data[: at.start()] + rng.choice(spices) + data[at.end() :]
    return data[:LONGEST]


def _by_tokens(tokens: list[bytes], rng: Random, spices: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    at = rng.randrange(len(tokens) + 1)
    end = at + 1 + int(rng.expovariate(0.5))
    way = rng.randrange(12)
    if way < 4:
        return [*tokens[:at], rng.choice(spices), *tokens[at:]]
    if way < 6:
        return [*tokens[:at], rng.choice(spices), *tokens[at + 1 :]]
    if way == 6:
        return [*tokens[:at], *tokens[end:]]
    if way == 7:
        return [*tokens[:end], *tokens[at:]]
    if way == 8:
        return [*tokens[:at], *(tokens[at:end] or [rng.choice(spices)]) * rng.choice((2, 3, 10, 120, 400)), *tokens[end:]]
    if way == 9:
        other = _TOKEN.findall(rng.choice(others))
        return [*tokens[:at], *other[rng.randrange(len(other) + 1) :]]
    if way == 10:
        return tokens[at:] + tokens[:at]
    ending = rng.choice((b"\r", b"\n", b"\r\n", b"", b"\n\n", b"\x85"))
    return [ending if token == b"\n" and rng.random() < 0.5 else token for token in tokens]


def _by_bytes(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    way = rng.randrange(5)
    if way == 0:
        return data[:at]
    if way == 1:
        return rng.choice(SPICES) + data
    if way == 2:
        return data + rng.choice(SPICES)
    if way == 3:
        return data[:at] + rng.randbytes(rng.randint(1, 4)) + data[at:]
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def binary(data: bytes, rng: Random) -> bytes:
    """The bytes, a few of them changed: single ones, words at a multiple of their size, runs; the length mostly stays."""
    for _ in range(times(rng)):
        data = rng.choice(_BINARY)(data, rng) if data else rng.randbytes(rng.randrange(9))
    return data[:LONGEST]


def words(data: bytes, rng: Random) -> bytes:
    """The bytes, of the same length, some little-endian words of 1, 2, 4 or 8 bytes in them changed."""
    for _ in range(times(rng)):
        data = rng.choice((_byte, _bit, _word, _word, _near))(data, rng) if data else data
    return data


def _place(data: bytes, rng: Random) -> int:
    """Anywhere, but rather at the beginning, where levels and headers stand."""
    return rng.randrange(min(len(data), 16)) if rng.random() < 0.4 else rng.randrange(len(data))


def _byte(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + bytes([rng.choice((0, 1, 2, 127, 128, 254, 255, rng.randrange(256)))]) + data[at + 1 :]


def _bit(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _word(data: bytes, rng: Random) -> bytes:
    size = rng.choice((2, 4, 4, 4, 8))
    at = _place(data, rng) // size * size
    word = (rng.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little")
    return data[:at] + word[: len(data) - at] + data[at + size :]


def _near(data: bytes, rng: Random) -> bytes:
    """A word of 4 bytes a little larger or smaller: lengths and offsets that are nearly right."""
    at = _place(data, rng) // 4 * 4
    if at + 4 > len(data):
        return data
    word = struct.unpack_from("<I", data, at)[0] + rng.choice((-8, -4, -1, 1, 4, 8, 1 << 16, 1 << 24))
    return data[:at] + struct.pack("<I", word % (1 << 32)) + data[at + 4 :]


def _insert(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.randbytes(rng.choice((1, 2, 4, 8))) + data[at:]


def _delete(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.choice((1, 2, 4, 8, 100)) :]


def _copy(data: bytes, rng: Random) -> bytes:
    at, source, size = _place(data, rng), _place(data, rng), rng.choice((1, 4, 8, 32))
    return data[:at] + data[source : source + size] + data[at + size :]


def _fill(data: bytes, rng: Random) -> bytes:
    at, size = _place(data, rng), rng.choice((2, 4, 16, 64))
    run = data[at : at + size]
    return data[:at] + rng.choice((b"\0", b"\xff", b"\x80", b"\x01")) * len(run) + data[at + size :]


_BINARY: tuple[Spoil, ...] = (_byte, _byte, _bit, _bit, _word, _word, _near, _near, _fill, _copy, _insert, _delete)
