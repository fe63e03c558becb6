"""What training on duplicate and leaked records costs: an estimate, of which every input is named and every step is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Json

NEGLIGIBLE = 1.0
"""GPU-hours below which nothing is said of the cost unless `cost:` in the configuration asks for it."""

Given = tuple[tuple[str, float], ...]
"""Inputs that the user gives, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A number that the estimate starts from, with a low and a high one that are as well possible, and where it comes from.

    A higher value makes the cost higher, or lower where it `divides`.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    most: float = math.inf
    divides: bool = False
    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the arithmetic: its formula in the names of inputs and earlier steps, and what it comes to."""

    label: str
    formula: str
    unit: str
    value: float
    low: float
    high: float


INPUTS = (
    Input(
        name="tokens_per_word",
        value=4 / 3,
        low=0.7,
        high=2.5,
        unit="tokens of a model",
        source="rule of thumb for English: 100 tokens are 75 words; code takes more, Chinese less. A word is a token of norm-v1",
    ),
    Input(name="parameters", value=7e9, low=7e9, high=7e9, unit="parameters", source="assumed: name those of your model"),
    Input(name="epochs", value=1, low=1, high=1, unit="passes over the data", source="assumed"),
    Input(
        name="peak_flops",
        value=989e12,
        low=989e12,
        high=989e12,
        unit="FLOP/s of a GPU",
        source="data sheet of the NVIDIA H100 SXM: dense, BF16",
        divides=True,
    ),
    Input(
        name="utilisation",
        value=0.4,
        low=0.3,
        high=0.5,
        unit="of the peak",
        source="38 to 43 % were reported of Llama 3 (arXiv:2407.21783), 46 % of PaLM (arXiv:2204.02311); small runs reach less",
        most=1.0,
        divides=True,
    ),
    Input(name="price_per_hour", value=2.5, low=1.5, high=4.0, unit="USD for a GPU and an hour", source="assumed: name your price"),
    Input(
        name="power_kw",
        value=0.7,
        low=0.7,
        high=1.275,
        unit="kW of a GPU",
        source="data sheet of the NVIDIA H100 SXM: 700 W; high: an eighth of a DGX H100, 10.2 kW",
    ),
    Input(
        name="pue",
        value=1.2,
        low=1.1,
        high=1.56,
        unit="energy of the data centre to that of its computers",
        source="assumed; high: the average of the Uptime Institute's survey of 2024",
    ),
    Input(
        name="grid_g_per_kwh",
        value=436,
        low=50,
        high=700,
        unit="g CO2e/kWh",
        source="world average of 2022 (Ember, Global Electricity Review 2023); low and high assumed: little and much coal",
    ),
)

DESCRIBED: Json = {
    "type": "object",
    "properties": {each.name: {"type": "number", "exclusiveMinimum": 0} for each in INPUTS},
    "additionalProperties": False,
}
"""The JSON Schema of `cost:` in a configuration."""


def given(value: Json) -> Given:
    """What `cost:` in a configuration gives: numbers above 0 by the names of INPUTS; ValueError for anything else.

    A number may be a text, since YAML takes `7e9` for one.
    """
    known = {each.name: each for each in INPUTS}
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping such as `parameters: 7.0e+9` is expected, not {value!r}")
    found = {}
    for name, number in value.items():
        if name not in known:
            raise ValueError(f"there is no input {name!r}; known are {', '.join(known)}")
        found[str(name)] = _number(str(name), number, known[name].most)
    return tuple(sorted(found.items()))


def _number(name: str, value: Json, most: float) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf or number > most:
        limit = f" and at most {most:g}" if most < math.inf else ""
        raise ValueError(f"{name}: a number above 0{limit} is expected, not {value!r}")
    return number


def inputs(own: Given) -> tuple[Input, ...]:
    """All inputs, with those of the user, which have no range."""
    return tuple(
        Input(name=each.name, value=mine, low=mine, high=mine, unit=each.unit, source="given", divides=each.divides, given=True)
        if (mine := dict(own).get(each.name)) is not None
        else each
        for each in INPUTS
    )


def steps(words: int, known: Sequence[Input]) -> tuple[Step, ...]:
    """From words that are trained on for nothing to money and CO2e.

    Training takes 6 floating-point operations a parameter and token (Kaplan et al., arXiv:2001.08361); the rest is units.
    """
    ends = {each.name: (each.value, *((each.high, each.low) if each.divides else (each.low, each.high))) for each in known}
    made: list[Step] = []

    def step(label: str, unit: str, *factors: str, by: tuple[str, ...] = (), times: float = 1.0, over: float = 1.0) -> None:
        numbers = [times, times, times]
        for place in range(3):
            for name in factors:
                numbers[place] *= ends[name][place]
            for name in by:
                numbers[place] /= ends[name][place]
            numbers[place] /= over
        above = " × ".join([f"{times:g}"] * (times != 1) + list(factors))
        below = " × ".join([*by, *[f"{over:g}"] * (over != 1)])
        formula = f"{above} ÷ ({below})" if below.count("×") else above + (f" ÷ {below}" if below else "")
        ends[label] = numbers[0], numbers[1], numbers[2]
        made.append(Step(label=label, formula=formula, unit=unit, value=numbers[0], low=numbers[1], high=numbers[2]))

    ends["words"] = float(words), float(words), float(words)
    step("tokens", "tokens", "words", "tokens_per_word")
    step("operations", "FLOP", "parameters", "tokens", "epochs", times=6)
    step("gpu_hours", "GPU-hours", "operations", by=("peak_flops", "utilisation"), over=3600)
    step("price", "USD, or the currency of price_per_hour", "gpu_hours", "price_per_hour")
    step("energy", "kWh", "gpu_hours", "power_kw", "pue")
    step("emissions", "kg CO2e", "energy", "grid_g_per_kwh", over=1000)
    return tuple(made)


def section(leakage: Mapping[str, Json], own: Given) -> dict[str, Json]:
    """The section `cost` of a report, from that of its comparison of records; {} where nothing was compared.

    `summary` is "" where the cost is negligible and nobody asked for it.
    """
    rows = leakage.get("waste", ())
    if not rows:
        return {}
    leaked, duplicate = (sum(row[kind]["words"] for row in rows if row[kind] is not None) for kind in ("leaked", "duplicate"))
    known = inputs(own)
    made = steps(leaked + duplicate, known)
    counts = {"trained": sum(row["words"] for row in rows), "leaked": leaked, "duplicate": duplicate}
    words = [Step(label=f"words_{name}", formula="counted", unit="words", value=n, low=n, high=n) for name, n in counts.items()]
    total = leaked + duplicate
    words.append(Step(label="words", formula="words_leaked + words_duplicate", unit="words", value=total, low=total, high=total))
    names = ("name", "value", "low", "high", "unit", "source", "given")
    return {
        "inputs": [{name: _shown(getattr(each, name)) for name in names} for each in known],
        "steps": [
            {name: _shown(getattr(each, name)) for name in ("label", "formula", "value", "low", "high", "unit")} for each in (*words, *made)
        ],
        "summary": _summary(f"{total / max(counts['trained'], 1):.2%} of training {_sought(rows)}" if total else "", made, own),
    }


def _shown(value: Json) -> Json:
    """Six digits of a number that is not whole."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _sought(rows: Sequence[Mapping[str, Json]]) -> str:
    """What is waste, as far as it was sought."""
    kinds = {"leaked": "leaks", "duplicate": "is there twice"}
    return " or ".join(words for kind, words in kinds.items() if any(row[kind] is not None for row in rows))


def _summary(share: str, made: Sequence[Step], own: Given) -> str:
    """`share` says which part of training is waste, or is "" where none is."""
    by_label = {each.label: each for each in made}
    hours, tokens = by_label["gpu_hours"], by_label["tokens"].value
    if hours.value < NEGLIGIBLE and not own:
        return ""
    if not share:
        return "no training record leaks or stands there twice: none of its compute is spent for nothing"
    share = f"{share}, about {float(f'{tokens:.3g}'):,.0f} tokens"
    if hours.high < 0.01:
        return f"{share}: by estimate under 0.01 GPU-hours"
    price = f"{_rounded(by_label['price'].value)} {'at your price' if 'price_per_hour' in dict(own) else 'USD'}"
    power = f"{_rounded(by_label['energy'].value)} kWh, {_rounded(by_label['emissions'].value)} kg CO2e"
    return f"{share}: by estimate {_rounded(hours.value)} GPU-hours ({_rounded(hours.low)} to {_rounded(hours.high)}), {price}, {power}"


def _rounded(number: float) -> str:
    if number < 0.01:
        return "under 0.01"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
