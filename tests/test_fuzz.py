"""Spoiled inputs: some of every kind each time, the same ones, and every file that once did harm, with what must come of it now."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fuzz import arrow, parquet, thrift
from fuzz.__main__ import jobs, main
from fuzz.canary import WAYS
from fuzz.catalogue import TARGETS
from fuzz.readers import put_to_the_test
from fuzz.supervisor import Child
from fuzz.target import random_of

CRASHES = Path(__file__).with_name("crashes")
SEED = 20_260_101
INPUTS, PACKED_INPUTS = 2_000, 300
"""Inputs of each target; those of a format that is compressed make 2,000 together with its other three, and with the other formats."""


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as one:
        yield one


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "canary"])
def test_whatever_comes_is_accepted_or_refused(target: str, child: Child) -> None:
    inputs = PACKED_INPUTS if "." in target else INPUTS
    count = child.work(target, SEED, 0, inputs)
    assert count.faults == []
    assert count.accepted + count.refused == count.inputs == inputs
    assert count.accepted > inputs // 50, "what is refused at the door tests nothing behind it"
    assert count.refused > 0 or target == "norm-v1"


def read(rows: int, failure: str | None = None, refused: Sequence[str] = ()) -> dict[str, Any]:
    """What must come of reading a data file; `refused` are the reasons for which one record each is refused."""
    return {"accepted": failure is None, "rows": rows, "refused": dict.fromkeys(refused, 1), "doubts": {}, "failure": failure}


def refused(failure: str, cure: str) -> dict[str, Any]:
    """What must come of a rule file with something wrong in it."""
    return {"accepted": False, "failure": failure, "cure": cure}


def yaml(reason: str) -> dict[str, Any]:
    """What must come of a text that is no YAML that is read."""
    return {"accepted": False, "value": f"refused: {reason}"}


CONDITION = "compare columns with constants, such as `label == 'a' and age > 3`"
TOML = "mend the TOML, or name a configuration with --config"
DIGITS = (
    "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; "
    "use sys.set_int_max_str_digits() to increase the limit"
)
UNCLOSED = "unclosed quote: everything up to the end of the file stands in this record"
DISAGREE = "its footer and its messages are not of the same records, so that readers would disagree"
OUTCOMES: dict[str, dict[str, Any]] = {
    "arrow-file--bad-offsets.arrow": read(
        0, "damaged or truncated Arrow data: Offset invariant failure: offset for slot 2 out of bounds: 1073741824 > 11"
    ),
    "arrow-file--empty-child-without-offsets.arrow": read(0, f"damaged: {DISAGREE}"),
    "arrow-file--nested-namesakes.arrow": read(0, "columns 1 and 2 have one name"),
    "arrow-stream--decimal-scale.arrow": read(0, "column 1 is of a decimal type with an impossible scale"),
    "arrow-stream--nested-name-no-utf8.arrow": read(0, "a name in it is no UTF-8"),
    "card--bool-tag.md": {
        "accepted": False,
        "licences": [],
        "trouble": [["README.md", "its YAML cannot be read: cannot be read (KeyError) (line 1)"]],
    },
    "citation--timestamp-tag.cff": {
        "accepted": False,
        "licences": [],
        "trouble": [["CITATION.cff", "its YAML cannot be read: cannot be read (AttributeError) (line 1)"]],
    },
    "config--long-name.yaml": {"accepted": True},
    "config-toml--deep.toml": refused("pyproject.toml: maximum recursion depth exceeded", TOML),
    "config-toml--long-integer.toml": refused(f"pyproject.toml: {DIGITS}", TOML),
    "csv--lone-carriage-returns.csv": read(2, refused=["invalid UTF-8"]),
    "csv--nul.csv": read(2, refused=["NUL character"]),
    "csv--unclosed-quote.csv": read(1, refused=[UNCLOSED]),
    "csv.gz--ratio-bomb.csv.gz": read(2),
    "csv.xz--padding.csv.xz": read(2),
    "csv.xz--trailing-garbage.csv.xz": read(2, "truncated: the xz data end early"),
    "expression--large-integer-and-fraction.txt": {
        "accepted": True,
        "expression": "c > 0.5 or c in [1, 2.5]",
        "answers": [[True, True, False]] * 2,
    },
    "glob--lone-surrogate.txt": {"accepted": False, "paths": []},
    "json--deep-value.json": read(1, "nested too deeply (line 1, character 22 of the file)"),
    "jsonl--deep-line.jsonl": read(2, refused=["nested too deeply"]),
    "jsonl--duplicate-licence-key.jsonl": read(2, refused=["duplicate key 'license'"]),
    "jsonl--lone-surrogate.jsonl": read(2, refused=["lone surrogate"]),
    "jsonl--long-integer.jsonl": read(2, refused=["integer of more than 4,300 digits"]),
    "jsonl--not-a-number.jsonl": read(2, refused=["NaN or Infinity", "number out of range"]),
    "jsonl.gz--cut-off.jsonl.gz": read(4, "truncated: the gz data end early"),
    "kaggle--lone-surrogate.json": {"accepted": True, "licences": [["\ud800", None]], "trouble": []},
    "parquet--delta-strings.parquet": read(3),
    "parquet--dictionary-bomb.parquet": read(2_000),
    "rule-file--infinite-bound.yaml": refused(
        "rules.yaml:2: columns.a.range: a number, a date or null is expected as a bound, not inf", "change the value of range"
    ),
    "saved--lone-surrogate.json": {"accepted": True, "missing": ["data/\\ud800.arrow"], "order": ["data/train-0.parquet"]},
    "schema-import--column-that-is-a-list.json": {"accepted": True, "columns": [], "notes": []},
    "schema-import--lone-surrogate.json": refused(
        "given.json: something in it cannot be written as YAML: found invalid Unicode character escape code",
        "take it out of the file",
    ),
    "schema-import--nul-in-a-note.json": {"accepted": True, "columns": ["a"], "notes": ["a: type \\u0000 is not carried"]},
    "suite--condition-of-no-type.json": refused(
        "suite.json: expectation 1: the row condition {'type': ['and']} cannot be understood", CONDITION
    ),
    "suite--condition-of-nothing.json": refused(
        "suite.json: expectation 1: the row condition {'type': 'and', 'conditions': 7} cannot be understood", CONDITION
    ),
    "suite--deep-condition.json": refused("suite.json: expectation 1: maximum recursion depth exceeded in comparison", CONDITION),
    "suite--long-integer.json": refused("suite.json: cannot be read (ValueError)", "give a readable UTF-8 file of JSON or YAML"),
    "suite--name-of-ours.json": {"accepted": True},
    "suite-yaml--long-hexadecimal.yaml": refused("suite.yaml:1: cannot be read (ValueError)", "mend the YAML at that line"),
    "tsv--one-name-twice.tsv": read(0, "columns 1 and 3 have one name"),
    "yaml--alias-bomb.yaml": yaml("aliases (*name) are not allowed (line 2)"),
    "yaml--bool-tag.yaml": yaml("cannot be read (KeyError) (line 1)"),
    "yaml--deep.yaml": yaml("nested deeper than 100 levels (line 1)"),
    "yaml--empty-integer-tag.yaml": yaml("cannot be read (IndexError) (line 1)"),
    "yaml--long-hexadecimal.yaml": yaml("cannot be read (ValueError) (line 1)"),
    "yaml--timestamp-tag.yaml": yaml("cannot be read (AttributeError) (line 1)"),
}
"""What must come of every file of tests/crashes, which is named after its target and what is wrong with it."""


@pytest.mark.parametrize("name", sorted({*OUTCOMES, *(path.name for path in CRASHES.iterdir())}))
def test_what_once_did_harm_does_none(name: str, child: Child) -> None:
    assert child.replay(name.partition("--")[0], CRASHES / name) == OUTCOMES[name]


def test_sound_files_are_read_to_their_end(tmp_path: Path) -> None:
    seeds = [*(("parquet", each) for each in parquet.seeds()), *(("arrow", each) for file in (True, False) for each in arrow.seeds(file))]
    unread = []
    for form, (_, data) in seeds:
        failure = put_to_the_test(data, tmp_path, form, form).told["failure"]
        if failure is not None and "of a type that is not read" not in failure:
            unread.append(failure)
    assert unread == []


def test_what_is_taken_apart_and_put_together_is_the_same() -> None:
    for is_file in (True, False):
        assert all(arrow.together(parts, is_file) == data for parts, data in arrow.seeds(is_file))
    for parts, data in parquet.seeds():
        footer, _ = thrift.decode(data, len(data) - 8 - int.from_bytes(data[-8:-4], "little"))
        assert thrift.decode(thrift.encode(footer))[0] == footer
        assert parquet.apart(parquet.together(parts)).chunks == parts.chunks


DIGEST = """
import hashlib
from fuzz.catalogue import TARGETS
from fuzz.target import random_of
inputs = [target.make(random_of(name, 3, number)) for name, target in TARGETS.items() for number in range(5)]
print(hashlib.sha256(b"/".join(inputs)).hexdigest())
"""


def test_the_same_seed_makes_the_same_inputs_in_every_process() -> None:
    inputs = [target.make(random_of(name, 3, number)) for name, target in TARGETS.items() for number in range(5)]
    assert len(set(inputs)) > len(inputs) // 2
    run = subprocess.run([sys.executable, "-c", DIGEST], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == hashlib.sha256(b"/".join(inputs)).hexdigest()


def test_the_harness_sees_what_goes_wrong_and_goes_on(child: Child) -> None:
    made = [TARGETS["canary"].make(random_of("canary", 2, number)) for number in range(9)]
    assert set(made) == set(WAYS)
    count = child.work("canary", 2, 0, len(made))
    kinds = {b"fails": "failure", b"breaks a promise": "failure", b"dies": "death", b"hangs": "hang"}
    assert [(fault.number, fault.kind) for fault in count.faults] == [(n, kinds[way]) for n, way in enumerate(made) if way in kinds]
    assert (count.inputs, count.accepted, count.refused) == (len(made), made.count(b"accepted"), made.count(b"refused"))
    assert {fault.what.split()[0] for fault in count.faults if fault.kind == "death"} == {"SIGSEGV"}
    assert {fault.what for fault in count.faults if fault.kind == "failure"} == {
        "KeyError in canary.py:21 _run",
        "broken promise: a canary",
    }


@pytest.mark.parametrize(("first", "status"), [(WAYS.index(b"accepted"), 0), (WAYS.index(b"fails"), 1), (WAYS.index(b"dies"), 0)])
def test_the_command_saves_what_went_wrong_and_says_so(first: int, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = (number for number in range(100) if TARGETS["canary"].make(random_of("canary", 0, number)) == WAYS[first])
    number = next(numbers)
    assert main(["--only", "canary", "--inputs", "1", "--first", str(number), "--save", str(tmp_path)]) == status
    saved = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert saved == ({} if WAYS[first] == b"accepted" else {f"canary--0-{number}.txt": WAYS[first]})
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["canary", "1"]


def test_every_target_gets_its_share_in_turns() -> None:
    made = list(jobs({"a": 3, "b": 1, "none": 0}, 1_003, 7))
    numbers = {name: [n for target, first, count in made if target == name for n in range(first, first + count)] for name in ("a", "b")}
    assert numbers == {"a": list(range(7, 759)), "b": list(range(7, 258))}
    assert {target for target, _, _ in made[:2]} == {"a", "b"}
    assert json.dumps(made) == json.dumps(list(jobs({"a": 3, "b": 1, "none": 0}, 1_003, 7)))
