"""Thrift's compact protocol, as far as Parquet speaks it: to a tree and back, so that a field can be changed where it stands.

Source: the protocol's specification in Apache Thrift (thrift-compact-protocol.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from .spoil import EDGES, SPICES

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_INTEGERS = {I16, I32, I64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a struct. The value is an integer, bytes (BINARY, BYTE, DOUBLE), None (TRUE, FALSE), a Struct or an Items."""

    id: int
    type: int
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list: the type of its elements, and these."""

    type: int
    values: tuple[Any, ...]


Struct = tuple[Field, ...]


def get(struct: Struct, *path: int) -> Any:
    """The value at a path of field ids; None where there is none."""
    found: Any = struct
    for step in path:
        found = next((field.value for field in found if field.id == step), None)
        if found is None:
            return None
    return found


def put(struct: Struct, value: Any, *path: int) -> Struct:
    """The struct with another value at a path of field ids, if something stands there."""
    first, *rest = path
    return tuple(
        replace(field, value=put(field.value, value, *rest) if rest else value) if field.id == first else field for field in struct
    )


def decode(data: bytes, at: int = 0) -> tuple[Struct, int]:
    """The struct that begins at a place, and where it ends."""
    reader = _Reader(data, at)
    return reader.struct(), reader.at


def encode(struct: Struct) -> bytes:
    """The struct as bytes."""
    out, last = bytearray(), 0
    for field in struct:
        step = field.id - last
        if 0 < step < 16:
            out.append(step << 4 | field.type)
        else:
            out.append(field.type)
            out += _varint(_zigzag(field.id))
        out += _value(field.type, field.value)
        last = field.id
    out.append(0)
    return bytes(out)


class _Reader:
    """Bytes, and how far they are read."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def signed(self) -> int:
        number = self.varint()
        return number >> 1 ^ -(number & 1)

    def struct(self) -> Struct:
        fields, last = [], 0
        while head := self.take(1)[0]:
            last = last + (head >> 4) if head >> 4 else self.signed()
            fields.append(Field(id=last, type=head & 15, value=self.value(head & 15)))
        return tuple(fields)

    def value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return self.signed()
        if kind in {TRUE, FALSE}:
            return None
        if kind == BINARY:
            return self.take(self.varint())
        if kind == STRUCT:
            return self.struct()
        if kind == LIST:
            return self.items()
        return self.take({BYTE: 1, DOUBLE: 8}[kind])

    def items(self) -> Items:
        head = self.take(1)[0]
        size, kind = head >> 4, head & 15
        size = self.varint() if size == 15 else size
        return Items(type=kind, values=tuple(self.take(1) if kind in {TRUE, FALSE} else self.value(kind) for _ in range(size)))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> int:
    return (number << 1 ^ number >> 63) % (1 << 64)


def _value(kind: int, value: Any) -> bytes:
    if isinstance(value, int):
        return _varint(_zigzag(value))
    if isinstance(value, Items):
        size = len(value.values)
        head = bytes([size << 4 | value.type]) if size < 15 else bytes([240 | value.type]) + _varint(size)
        return head + b"".join(_value(value.type, each) for each in value.values)
    if isinstance(value, tuple):
        return encode(value)
    if value is None:
        return b""
    return _varint(len(value)) + bytes(value) if kind == BINARY else bytes(value)


def spoiled(struct: Struct, rng: Random) -> Struct:
    """The struct with one field, at any depth, changed, left out, repeated or of another type."""
    if not struct:
        return (Field(id=rng.randrange(1, 16), type=I32, value=rng.choice(EDGES)),)
    at = rng.randrange(len(struct))
    field = struct[at]
    way = rng.random()
    if way < 0.04:
        return struct[:at] + struct[at + 1 :]
    if way < 0.06:
        return struct[: at + 1] + struct[at:]
    if way < 0.08:
        return (*struct[:at], replace(field, type=rng.randrange(13)), *struct[at + 1 :])
    if way < 0.09:
        return (*struct[:at], replace(field, id=rng.randrange(1, 20)), *struct[at + 1 :])
    return (*struct[:at], replace(field, **_changed(field, rng)), *struct[at + 1 :])


def _changed(field: Field, rng: Random) -> dict[str, Any]:
    if field.type in {TRUE, FALSE}:
        return {"type": TRUE + FALSE - field.type}
    return {"value": _another(field.type, field.value, rng)}


def _another(kind: int, value: Any, rng: Random) -> Any:
    if value is None:  # of a truth value that has been given another type
        return None
    if isinstance(value, int):
        near: Callable[[], int] = lambda: value + rng.choice((-8, -2, -1, 1, 2, 8))  # noqa: E731
        return rng.choice((near(), rng.choice(EDGES), rng.randrange(20)))
    if isinstance(value, Items):
        return _items(value, rng)
    if isinstance(value, tuple):
        return spoiled(value, rng)
    if kind == BINARY:
        return rng.choice((b"", value[:-1], value + b"\0", rng.choice(SPICES), rng.randbytes(len(value)), value * 40))
    return rng.randbytes(len(value))


def _items(items: Items, rng: Random) -> Items:
    if not items.values or rng.random() < 0.02:
        return replace(items, type=rng.randrange(1, 13))
    at, values = rng.randrange(len(items.values)), items.values
    way = rng.random()
    if way < 0.06:
        return replace(items, values=values[:at] + values[at + 1 :])
    if way < 0.12:
        return replace(items, values=values[:at] + (values[at],) * rng.choice((2, 3, 20)) + values[at:])
    if way < 0.16:
        return replace(items, values=values[at:] + values[:at])
    return replace(items, values=(*values[:at], _another(items.type, values[at], rng), *values[at + 1 :]))
