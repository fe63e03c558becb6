"""Nested records: rows a second of CPU at which chats are judged by path and by JSON Schema, the reading of their JSON included.

    python bench/nested.py [ROWS ...]
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa

from auditor.dataset import JSON_FIELD, Batch, Shard
from auditor.doors import python
from auditor.kernels import native
from auditor.kernels.nodes import Builder
from auditor.nested.demands import Demand, Demands

BATCH = 10_000
WORDS = ["how", "do", "I", "pay", "the", "bill", "with", "my", "card", "please", "tell", "where", "parcel", "waits", "yesterday"]
CHAT: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"enum": ["system", "user", "assistant"]}, "content": {"type": "string", "minLength": 1}},
        "additionalProperties": False,
    },
}
BY_PATH = [
    Demand(id="messages", path="$.messages", required=True, own={"type": "array", "minItems": 1}),
    Demand(id="roles", path="$.messages[*].role", required=True, own={"enum": ["system", "user", "assistant"]}),
    Demand(id="content", path="$.messages[*].content", required=True, own={"type": "string", "minLength": 1}, nullable=False),
    Demand(id="turns", path="$.messages[*].role", alternate=("user", "assistant")),
    Demand(id="last", path="$.messages[-1].role", own={"enum": ["assistant"]}),
]
BY_SCHEMA = [Demand(id="chat", path="$.messages", schema=CHAT)]


def chats(rows: int) -> list[str]:
    """Chats of two to seven messages, about 460 bytes each, one in a thousand with a wrong role."""
    chance = random.Random(1)

    def message(role: str, words: int) -> dict[str, str]:
        return {"role": role, "content": " ".join(chance.choices(WORDS, k=words))}

    def chat(row: int) -> str:
        turns = [message("system", 8)] if row % 3 == 0 else []
        for _ in range(chance.randint(1, 3)):
            turns += [message("user" if row % 1000 else "usr", 12), message("assistant", 20)]
        return json.dumps(turns)

    return [chat(row) for row in range(rows)]


def batches(columns: list[pa.Array], metadata: dict[bytes, bytes] | None) -> list[Batch]:
    """The chats as batches, as a reader gives them."""
    shard = Shard(path="train.jsonl", file="", split="train", format="jsonl")
    schemas = [pa.schema([pa.field("messages", column.type, metadata=metadata)]) for column in columns]
    return [
        Batch(shard=shard, start=place * BATCH, records=pa.RecordBatch.from_arrays([column], schema=schema))
        for place, (column, schema) in enumerate(zip(columns, schemas, strict=True))
    ]


def timed(what: str, rows: int, work: Callable[[], object]) -> None:
    """Prints the best of three."""
    best = 1e9
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    print(f"{what:52s} {rows:>9,} rows {best:8.3f} s {rows / best:>12,.0f} rows/s")


def judged(some: list[Demand], given: list[Batch]) -> int:
    """How many breaches there are."""
    demands = Demands(some)
    return sum(len(breaches) for batch in given for _, breaches in demands.broken(batch))


def main() -> None:
    """Measures."""
    validator = jsonschema.Draft202012Validator(CHAT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.bin"
        subprocess.run(python.command("auditor.kernels.native.build", str(path), "nodes"), check=True)
        native.load(path)
        for rows in map(int, sys.argv[1:] or ["50000", "1000000"]):
            texts = chats(rows)
            parts = [texts[at : at + BATCH] for at in range(0, rows, BATCH)]
            as_json = batches([pa.array(part) for part in parts], JSON_FIELD)
            as_arrow = batches([pa.array([json.loads(text) for text in part]) for part in parts], None)
            for form, given in (("JSON texts", as_json), ("Arrow lists", as_arrow)):
                timed(f"{form}: 5 rules by path", rows, lambda given=given: judged(BY_PATH, given))  # type: ignore[misc]
                timed(f"{form}: JSON Schema", rows, lambda given=given: judged(BY_SCHEMA, given))  # type: ignore[misc]
            columns = [batch.records.column(0) for batch in as_json]
            timed("reading the JSON alone", rows, lambda columns=columns: [read(column) for column in columns])  # type: ignore[misc]
            some = texts[:20_000]
            timed("json.loads alone", len(some), lambda some=some: [json.loads(text) for text in some])  # type: ignore[misc]
            timed("json.loads and jsonschema", len(some), lambda some=some: [validator.is_valid(json.loads(text)) for text in some])  # type: ignore[misc]
            assert judged(BY_SCHEMA, as_json) == judged(BY_SCHEMA, as_arrow) > 0


def read(column: pa.Array) -> object:
    """The nodes of a column of JSON texts."""
    builder = Builder(len(column), ["messages", "role", "content"])
    builder.add_texts("messages", column)
    return builder.nodes()


if __name__ == "__main__":
    main()
