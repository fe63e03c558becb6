"""How often rules that were inferred alarm on records of the same kind, and how many planted faults they find.

.venv/bin/python bench/infer.py tables            20 kinds of tables of 20,000 records, rules learnt from one half, tried on the other
.venv/bin/python bench/infer.py large [MILLIONS]  the same rules on so many million further records of these kinds
.venv/bin/python bench/infer.py mutants           faults of `auditor rules test` that inferred rules find in these tables
.venv/bin/python bench/infer.py folder PATH ...   the halves of datasets of your own
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor import inferring
from auditor.inference.rows import Table, chosen, joined
from auditor.inference.written import Inferred

Random = np.random.Generator
Columns = dict[str, Any]
SHARE = 1e-6

WORDS = np.array(
    ["river", "harbour", "ticket", "late", "seven", "train", "garden", "mill", "north", "paper", "lamp", "goat", "soup", "iron"]
)


def _text(rng: Random, rows: int, least: int, most: int) -> list[str]:
    counts = rng.integers(least, most + 1, rows)
    words = WORDS[rng.integers(0, len(WORDS), int(counts.sum()))]
    ends = np.cumsum(counts)
    return [" ".join(words[end - count : end]) for end, count in zip(ends.tolist(), counts.tolist(), strict=True)]


def _times(rng: Random, rows: int) -> Any:
    return np.datetime64("2020-01-01", "us") + rng.integers(0, 10**14, rows).astype("timedelta64[us]")


def _hex(rng: Random, rows: int, size: int) -> list[str]:
    return [rng.bytes(size).hex() for _ in range(rows)]


def _gappy(rng: Random, values: Any, share: float) -> Any:
    """The values with a share of them missing."""
    found = values.astype(object)
    found[rng.random(len(values)) < share] = None
    return found


def _people(rng: Random, first: int, rows: int) -> Columns:
    age = np.clip(rng.normal(40, 15, rows), 0, 110).astype(np.int64)
    return {
        "id": np.arange(first, first + rows),
        "age": age,
        "income": np.round(rng.lognormal(10, 0.8, rows), 2),
        "email": [
            f"{a}.{b}@mail{c}.example.org"
            for a, b, c in zip(_text(rng, rows, 1, 1), rng.integers(0, 10**6, rows), rng.integers(0, 9, rows), strict=True)
        ],
        "country": rng.choice(["DE", "FR", "IT", "JP", "BR"], rows, p=[0.4, 0.3, 0.2, 0.07, 0.03]),
    }


def _orders(rng: Random, first: int, rows: int) -> Columns:
    opened = _times(rng, rows)
    return {
        "order": [f"ORD-{number:08d}" for number in range(first, first + rows)],
        "opened": opened,
        "closed": opened + rng.exponential(1e11, rows).astype("timedelta64[us]"),
        "quantity": rng.poisson(2, rows) + 1,
        "price": np.round(rng.gamma(2, 30, rows), 2),
        "state": rng.choice(["open", "paid", "sent", "back"], rows, p=[0.2, 0.5, 0.25, 0.05]),
    }


def _sensors(rng: Random, _first: int, rows: int) -> Columns:
    low = rng.normal(5, 8, rows)
    return {
        "station": rng.choice(["summit", "valley", "tower"], rows),
        "low": np.round(low, 1),
        "high": np.round(low + rng.gamma(2, 3, rows), 1),
        "humidity": rng.integers(0, 101, rows),
        "lat": rng.uniform(-90, 90, rows),
        "wind": _gappy(rng, np.round(rng.weibull(2, rows) * 8, 1), 0.03),
    }


def _tickets(rng: Random, first: int, rows: int) -> Columns:
    return {
        "ticket": [f"TE-{number:07d}" for number in range(first, first + rows)],
        "text": _text(rng, rows, 4, 40),
        "queue": rng.choice(["billing", "delivery", "account", "returns"], rows),
        "mark": rng.integers(1, 6, rows),
    }


def _hashes(rng: Random, _first: int, rows: int) -> Columns:
    return {"sha256": _hex(rng, rows, 32), "size": rng.pareto(1.5, rows) * 1000, "parts": rng.geometric(0.3, rows)}


def _uuids(rng: Random, _first: int, rows: int) -> Columns:
    raw = _hex(rng, rows, 16)
    return {
        "key": [f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in raw],
        "score": rng.beta(2, 5, rows),
        "kept": rng.random(rows) < 0.9,
    }


def _grid(rng: Random, first: int, rows: int) -> Columns:
    place = np.arange(first, first + rows)
    return {"visit": place // 100, "shop": [f"S{shop:03d}" for shop in (place % 100).tolist()], "sold": rng.poisson(30, rows)}


def _scores(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "logit": rng.normal(0, 3, rows),
        "share": rng.random(rows),
        "percent": rng.uniform(0, 100, rows),
        "cauchy": rng.standard_cauchy(rows),
    }


def _counts(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "rare": rng.poisson(0.01, rows),
        "some": rng.poisson(1, rows),
        "many": rng.poisson(1000, rows),
        "long": rng.zipf(2.2, rows).astype(float),
    }


def _zipf(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "word": [f"w{number}" for number in rng.zipf(1.8, rows)],
        "city": [f"c{number}" for number in rng.geometric(0.02, rows)],
        "n": rng.integers(0, 9, rows),
    }


def _zeros(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "amount": np.where(rng.random(rows) < 0.4, 0.0, rng.exponential(50, rows)),
        "debt": -rng.exponential(5, rows),
        "t": rng.standard_t(5, rows),
    }


def _gaps(rng: Random, _first: int, rows: int) -> Columns:
    return {name: _gappy(rng, rng.normal(50, 5, rows), share) for name, share in (("a", 0.001), ("b", 0.02), ("c", 0.3))}


def _codes(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "zip": [f"{number:05d}" for number in rng.integers(0, 10**5, rows)],
        "plate": ["".join(chr(65 + c) for c in rng.integers(0, 26, 2)) + f" {n}" for n in rng.integers(1, 9999, rows)],
        "phone": [f"+49 {a}/{b}" for a, b in zip(rng.integers(100, 999, rows), rng.integers(10**5, 10**7, rows), strict=True)],
    }


def _dates(rng: Random, _first: int, rows: int) -> Columns:
    born = np.datetime64("1950-01-01") + rng.integers(0, 18_000, rows).astype("timedelta64[D]")
    return {
        "born": born.astype(str),
        "hired": born + (6_600 + rng.integers(0, 9_000, rows)).astype("timedelta64[D]"),
        "weekday": rng.integers(0, 7, rows),
    }


def _links(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "url": [
            f"https://example.org/{a}/{b}?q={c}"
            for a, b, c in zip(_text(rng, rows, 1, 1), rng.integers(0, 10**6, rows), rng.integers(0, 99, rows), strict=True)
        ],
        "ip": [".".join(map(str, row)) for row in rng.integers(0, 256, (rows, 4)).tolist()],
        "status": rng.choice([200, 301, 404, 500], rows, p=[0.9, 0.05, 0.04, 0.01]),
    }


def _chat(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "messages": [[{"role": "user", "content": text}] for text in _text(rng, rows, 3, 30)],
        "lang": rng.choice(["en", "de", "pt-BR"], rows),
    }


def _prose(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "text": [f"{text}é." for text in _text(rng, rows, 30, 200)],
        "tokens": rng.integers(30, 400, rows),
        "source": rng.choice(["web", "book"], rows),
    }


def _nearly(rng: Random, _first: int, rows: int) -> Columns:
    bad = rng.random(rows) < 0.003
    return {
        "mail": np.where(bad, "none", [f"u{n}@x.org" for n in rng.integers(0, 10**7, rows)]),
        "v": rng.normal(4, 1, rows),
        "w": rng.normal(5, 1, rows),
    }


def _mixture(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "x": np.where(rng.random(rows) < 0.001, rng.normal(1e6, 1e5, rows), rng.normal(10, 1, rows)),
        "g": rng.choice(["a", "b"], rows),
        "k": rng.integers(0, 10**12, rows),
    }


def _licensed(rng: Random, _first: int, rows: int) -> Columns:
    return {
        "license": rng.choice(["MIT", "Apache-2.0", "CC-BY-4.0"], rows),
        "stars": rng.pareto(1.0, rows).astype(np.int64),
        "fork": rng.random(rows) < 0.5,
    }


KINDS: dict[str, Callable[[Random, int, int], Columns]] = {
    function.__name__.strip("_"): function
    for function in (
        *(_people, _orders, _sensors, _tickets, _hashes, _uuids, _grid, _scores, _counts, _zipf),
        *(_zeros, _gaps, _codes, _dates, _links, _chat, _prose, _nearly, _mixture, _licensed),
    )
}


def records(kind: str, seed: int, first: int, rows: int) -> pa.Table:
    """Records of a kind, numbered from `first`."""
    made = KINDS[kind](np.random.default_rng([seed, first]), first, rows)
    arrays = {
        name: pa.array(values.tolist() if isinstance(values, np.ndarray) and values.dtype == object else values)
        for name, values in made.items()
    }
    return pa.table(arrays)


def halves(table: pa.Table, typed: bool = True) -> tuple[Table, Table]:
    """The halves of a table, by lot."""
    odd = np.random.default_rng(7).random(table.num_rows) < 0.5
    first, second = (table.filter(pa.array(which)).combine_chunks() for which in (~odd, odd))
    return Table(records=first, typed=typed), Table(records=second, typed=typed)


def learnt(table: Table) -> Inferred:
    """Rules from a table, half of which is held out within."""
    from auditor.dataset import Batch, Shard

    shard = Shard(path="", file="", split="all", format="memory")
    parts = [chosen(Batch(shard=shard, start=0, records=batch, typed=table.typed), 0, 0.5) for batch in table.records.to_batches(10_000)]
    sides = [joined([(part[side], table.typed) for part in parts]) for side in (0, 1)]
    return inferring.infer(sides[0], sides[1], SHARE)


def alarms(found: Inferred, table: Table) -> tuple[int, int, list[str]]:
    """Rules that were judged, records that break one of those that tolerate none, and the rules that alarm."""
    results = inferring.judged(found, table)
    bad = [
        f"{name}: {status} {broken} of {examined} {message}"
        for name, status, examined, broken, message in results
        if status not in {"passed", "vacuous"}
    ]
    tolerant = {name for name, keys in found.columns.items() if keys.get("tolerate")}
    broken = sum(each[3] for each in results if each[0].rpartition(".")[0] not in tolerant)
    return len(results), broken, bad


def tables() -> None:
    """Rules of each kind of table, learnt from one half and tried on the other."""
    rules = loud = rows = 0
    for kind in KINDS:
        learning, trying = halves(records(kind, 1, 0, 20_000))
        count, _, bad = alarms(learnt(learning), trying)
        rules, loud, rows = rules + count, loud + len(bad), rows + trying.records.num_rows
        print(f"{kind:<10} {count:>3} rules, {len(bad)} alarms {bad if bad else ''}")
    print(f"{rules} rules on {rows:,} records: {loud} alarms (95 %: fewer than {3 / rules:.2%} of rules)")


def large(millions: int) -> None:
    """The rules of each kind on many further records."""
    each = millions * 1_000_000 // len(KINDS)
    total = broken = 0
    for kind in KINDS:
        began = time.process_time()
        found = learnt(halves(records(kind, 1, 0, 20_000))[0])
        seen: dict[str, int] = {}
        for first in range(20_000, 20_000 + each, 100_000):
            size = min(100_000, 20_000 + each - first)
            table = Table(records=records(kind, 2, first, size), typed=True)
            count = alarms(found, table)
            for told in count[2]:
                seen[told.split(": ")[0]] = seen.get(told.split(": ")[0], 0) + int(
                    told.split(" ")[2] if told.split(" ")[2].isdigit() else 1
                )
            total, broken = total + size, broken + count[1]
        print(f"{kind:<10} {each:>9,} records, {time.process_time() - began:5.1f} s, alarms by rule {seen}", flush=True)
    print(f"{total:,} records: {broken} alarms, {broken / total * 1e6:.2f} per million")


def mutants() -> None:
    """The faults that inferred rules find in each kind of table."""
    from auditor import mutating

    killable = killed = 0
    for kind in KINDS:
        learning, trying = halves(records(kind, 1, 0, 20_000))
        told = mutating.tried(inferring.suite(learnt(learning)), trying, 0)
        some = [each for each in told.mutants if each.killable]
        dead = [each for each in some if each.killers]
        killable, killed = killable + len(some), killed + len(dead)
        left = ", ".join(each.name for each in some if not each.killers)
        print(f"{kind:<10} {len(dead):>3} of {len(some):>3} killed" + (f"; not {left}" if left else ""), flush=True)
    print(f"{killed} of {killable} mutants killed: {killed / killable:.1%}")


def folder(paths: list[str]) -> None:
    """The halves of datasets."""
    from auditor.dataset import Tally
    from auditor.sources import open_shard
    from auditor.sources.folder import find

    rules = loud = 0
    for path in paths:
        batches = [batch for shard in find(Path(path)).shards for batch in open_shard(shard, Tally())]
        table = joined([(batch.records, batch.typed) for batch in batches])
        learning, trying = halves(table.records, table.typed)
        count, _, bad = alarms(learnt(learning), trying)
        rules, loud = rules + count, loud + len(bad)
        print(
            f"{Path(path).name:<14} {table.records.num_rows:>7,} records, {count:>3} rules, {len(bad)} alarms {bad if bad else ''}",
            flush=True,
        )
    print(f"{rules} rules: {loud} alarms (95 %: fewer than {min(1, 3 / max(rules, 1)):.2%} of rules)")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or ["tables"]
    if command == "large":
        large(int(arguments[0]) if arguments else 10)
    else:
        commands: dict[str, Callable[[], None]] = {"tables": tables, "mutants": mutants, "folder": lambda: folder(arguments)}
        commands[command]()
