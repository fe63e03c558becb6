"""Attestations: made by the published formats to the letter, and whatever is changed in one, its data or its report is told."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from reports_sample import sample

from auditor import cli
from auditor.attestation import envelope, merkle, statement
from auditor.attestation.envelope import Envelope
from auditor.attestation.statement import File
from auditor.cli.attest import verified
from auditor.model import AuditorError, Verdict

PRIVATE = Encoding.PEM, PrivateFormat.PKCS8
PUBLIC = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
"""The private key of RFC 8032, test 1: known to everybody."""


# ── the Merkle tree ───────────────────────────────────────────────────────────────────────────────────────────────────

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first 0 to 8 of these entries, as the tests of Certificate Transparency's own logs have them."""


@pytest.mark.parametrize("count", range(9))
def test_the_roots_of_certificate_transparency(count: int) -> None:
    assert merkle.root([bytes.fromhex(entry) for entry in ENTRIES[:count]]).hex() == ROOTS[count]


def by_levels(entries: Sequence[bytes]) -> bytes:
    """The same tree from the bottom: neighbours are joined, and who has none goes up a level alone."""
    level = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\1" + a + b).digest() for a, b in pairs] + level[len(level) & ~1 :]
    return level[0]


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40))
def test_the_tree_is_that_of_another_way_to_build_it(entries: list[bytes]) -> None:
    assert merkle.root(entries) == by_levels(entries)


def test_a_node_is_no_entry() -> None:
    a, b = (hashlib.sha256(b"\0" + each).digest() for each in (b"a", b"b"))
    assert merkle.root([b"a", b"b"]) != merkle.root([a + b])


# ── the envelope ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_signed_is_what_the_specification_shows() -> None:
    assert envelope.encoded(b"http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert envelope.encoded("ü".encode(), b"") == b"DSSEv1 2 \xc3\xbc 0 "


def test_both_alphabets_of_base64_are_read() -> None:
    data = bytes(range(240, 256)) * 3
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        value = {"payload": encode(data).decode(), "payloadType": "t", "signatures": [{"sig": encode(data).decode()}]}
        assert envelope.read("a.json", json.dumps(value).encode()) == Envelope(type="t", payload=data, signatures=(("", data),))


@given(st.text(), st.binary(), st.lists(st.tuples(st.text(), st.binary())))
def test_what_is_written_is_read(kind: str, payload: bytes, signatures: list[tuple[str, bytes]]) -> None:
    given_ = Envelope(type=kind, payload=payload, signatures=tuple(signatures))
    assert envelope.read("a.json", envelope.written(given_).encode()) == given_


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.json is no JSON"),
        ("[" * 100_000, "a.json is no JSON"),
        ("[]", "a.json is no attestation"),
        ('{"schema": "auditor/report/1"}', "a.json is no attestation"),
        ('{"payload": "=", "payloadType": "t", "signatures": []}', "a.json is damaged"),
        ('{"payload": "é", "payloadType": "t", "signatures": []}', "a.json is damaged"),
        ('{"payload": 3, "payloadType": "t", "signatures": []}', "a.json is damaged"),
        ('{"payload": "", "payloadType": 3, "signatures": []}', "a.json is damaged"),
        ('{"payload": "", "payloadType": "t", "signatures": {}}', "a.json is damaged"),
        ('{"payload": "", "payloadType": "t", "signatures": [3]}', "a.json is damaged"),
        ('{"payload": "", "payloadType": "t", "signatures": [{}]}', "a.json is damaged"),
    ],
)
def test_what_is_no_envelope_is_told(text: str, message: str) -> None:
    with pytest.raises(AuditorError, match=message):
        envelope.read("a.json", text.encode())


# ── the statement ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_statement_is_a_test_result_of_in_toto() -> None:
    report = sample()
    found = json.loads(statement.stated(report, "ab" * 32))
    assert (found["_type"], found["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    files = report.dataset["splits"]["test"]["files"]
    assert found["subject"][0] == {
        "name": "test.csv",
        "digest": {"sha256": files[0]["sha256"]},
        "annotations": {"bytes": 240_001, "rows": 3_080},
    }
    assert [each["name"] for each in found["subject"]] == ["test.csv", "train.csv", "validation.csv"]
    predicate = found["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["configuration"] == [
        {"name": "report", "mediaType": "application/json", "digest": {"sha256": "ab" * 32}},
        {"name": "policy default", "digest": {"sha256": report.policy["digest"]}},
    ]
    assert predicate["failedTests"] == ["LEAK001", "LEAK002", "LEAK003", "LEAK004", "LEAK010"]
    assert predicate["warnedTests"] == ["DUP002", "LIC006", "SCHM001"]
    assert predicate["passedTests"] == ["DUP001", "LIC001"]
    assert predicate["auditor"]["skippedTests"] == ["SEC001"]


@pytest.mark.parametrize(
    ("verdict", "result"), [("pass", "PASSED"), ("pass-with-waivers", "WARNED"), ("fail", "FAILED"), ("incomplete", "FAILED")]
)
def test_an_audit_that_was_not_completed_has_not_passed(verdict: Verdict, result: str) -> None:
    assert json.loads(statement.stated(dataclasses.replace(sample(), verdict=verdict), ""))["predicate"]["result"] == result


def test_a_rule_in_error_has_failed() -> None:
    outcomes = (dataclasses.replace(sample().outcomes[0], status="error"),)
    found = json.loads(statement.stated(dataclasses.replace(sample(), outcomes=outcomes, reasons=()), ""))
    assert found["predicate"]["failedTests"] == [outcomes[0].rule]


def test_a_table_with_a_split_column_is_one_file_with_the_rows_of_all_splits() -> None:
    file = {"path": "all.csv", "bytes": 9, "sha256": "cd" * 32}
    splits = {name: {"rows": rows, "files": [{**file, "rows": rows}]} for name, rows in (("train", 7), ("test", 2))}
    report = dataclasses.replace(sample(), dataset={**sample().dataset, "splits": splits})
    said = statement.read(statement.stated(report, "ab" * 32))
    assert said.files == (File(path="all.csv", bytes=9, sha256="cd" * 32, rows=9),)
    assert said.root == statement.root(said.files)


def test_without_data_files_there_is_nothing_to_attest() -> None:
    with pytest.raises(AuditorError, match="no data file"):
        statement.stated(dataclasses.replace(sample(), dataset={**sample().dataset, "splits": {}}), "")


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b"[" * 100_000, b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": 3}']
)
def test_what_is_signed_and_no_statement_is_told(payload: bytes) -> None:
    with pytest.raises(AuditorError):
        statement.read(payload)


@given(st.lists(st.builds(File, path=st.text(), bytes=st.integers(0), sha256=st.text(), rows=st.none() | st.integers(0)), max_size=6))
def test_the_root_is_that_of_the_files_in_any_order(files: list[File]) -> None:
    unique = list({each.path: each for each in files}.values())
    assert statement.root(unique) == statement.root(unique[::-1])


# ── made and verified ─────────────────────────────────────────────────────────────────────────────────────────────────


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(list(words))
    assert isinstance(end.value.code, int)
    return end.value.code


def keys(folder: Path, name: str, seed: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    (folder / f"{name}.pem").write_bytes(private.private_bytes(*PRIVATE, NoEncryption()))
    (folder / f"{name}.pem").chmod(0o600)
    (folder / f"{name}_public.pem").write_bytes(private.public_key().public_bytes(*PUBLIC))


@pytest.fixture(scope="module")
def attested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, the report of an audit of it, an attestation, and keys."""
    folder = tmp_path_factory.mktemp("attested")
    (folder / "data").mkdir()
    (folder / "data" / "train.csv").write_text("text\nWhere may I leave my wet umbrella\n", encoding="utf-8")
    (folder / "data" / "test.csv").write_text("text\nDogs must wait outside by the gate\n", encoding="utf-8")
    (folder / "data" / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    keys(folder, "key", SEED)
    keys(folder, "other", SEED[::-1])
    assert run("scan", str(folder / "data"), "--select", "LIC", "--quiet", "-o", f"json:{folder / 'report.json'}") == 0
    assert run("attest", str(folder / "report.json"), "--key", str(folder / "key.pem"), "-o", str(folder / "a.json")) == 0
    return folder


@pytest.fixture
def copy(attested: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(attested, tmp_path / "copy"))


def wrong(folder: Path, key: str = "key") -> set[str]:
    """The claims that do not hold, by part and what they are about."""
    found = verified(folder / "a.json", folder / f"{key}_public.pem", str(folder / "data"), folder / "report.json")
    assert found.wrong == len(found.failed)
    return {f"{each['part']}: {each['what']}" for each in found.failed}


def test_what_is_unchanged_holds(attested: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, data = str(attested / "key_public.pem"), str(attested / "data")
    capsys.readouterr()
    assert run("verify", str(attested / "a.json"), "--key", public, data, "--report", str(attested / "report.json")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("says PASSED: data, sha256:")
    assert lines[1:] == [
        "signature: 1 of 1 hold",
        "manifest: 2 of 2 hold",
        "report: 1 of 1 hold",
        "files: 2 of 2 hold",
        "dataset: 1 of 1 hold",
        "the attestation holds",
    ]
    assert run("verify", str(attested / "a.json"), "--key", public, "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["says"][:6]) == ("holds", "PASSED")
    assert answer["claims"] == [{"part": "signature", "held": 1, "of": 1}, {"part": "manifest", "held": 1, "of": 1}]


def test_a_file_of_the_folder_that_an_option_named_is_no_data_when_verified_either(attested: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(attested / "data", tmp_path / "data"))
    suite = {"name": "s", "expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "text"}}], "meta": {}}
    (data / "suite_test.json").write_text(json.dumps(suite), encoding="utf-8")
    report, key = str(tmp_path / "r.json"), str(attested / "key.pem")
    assert run("scan", str(data), "--schema", str(data / "suite_test.json"), "--select", "SCHM,LEAK", "--quiet", f"-ojson:{report}") == 0
    assert run("attest", report, "--key", key, "-o", str(tmp_path / "a.json")) == 0
    assert run("verify", str(tmp_path / "a.json"), "--key", str(attested / "key_public.pem"), str(data)) == 0
    assert run("verify", report, str(data)) == 0


def test_the_same_report_and_key_give_the_same_bytes(attested: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("attest", str(attested / "report.json"), "--key", str(attested / "key.pem")) == 0
    assert capsys.readouterr() == ((attested / "a.json").read_text(encoding="utf-8"), "")


def _more(folder: Path) -> None:
    (folder / "data" / "more_test.csv").write_text("text\nThe cafe closes at six\n", encoding="utf-8")


def _bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


ROOT, ALL = "manifest: Merkle root of the files there", "dataset: data files and documents"
TAMPERED: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a bit of a data file": (lambda folder: _bit(folder / "data" / "train.csv"), {"files: train.csv", ROOT, ALL}),
    "a data file is missing": (lambda folder: (folder / "data" / "test.csv").unlink(), {"files: test.csv", ROOT, ALL}),
    "a data file is new": (_more, {"files: more_test.csv", ROOT, ALL}),
    "a data file has another name": (
        lambda folder: (folder / "data" / "test.csv").rename(folder / "data" / "test2.csv"),
        {"files: test.csv", "files: test2.csv", ROOT, ALL},
    ),
    "a bit of a document": (lambda folder: _bit(folder / "data" / "README.md"), {ALL}),
    "another report": (lambda folder: _bit(folder / "report.json"), {"report: SHA-256 of report.json"}),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_is_named(what: str, copy: Path) -> None:
    change, told = TAMPERED[what]
    change(copy)
    assert wrong(copy) == told


def test_another_key_did_not_sign_it(attested: Path) -> None:
    assert wrong(attested, "other") == {"signature: of payload and type"}
    found = verified(attested / "a.json", attested / "other_public.pem", None, None)
    assert "it names key" in found.failed[0]["found"]
    assert found.says == "", "what nobody has signed says nothing"


@pytest.mark.parametrize("part", ["payload", "sig"])
def test_no_bit_of_payload_or_signature_can_be_changed(part: str, copy: Path) -> None:
    value = json.loads((copy / "a.json").read_bytes())
    holder = value if part == "payload" else value["signatures"][0]
    data = base64.b64decode(holder[part])
    for place in range(0, 8 * len(data), max(1, len(data) // 16)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        holder[part] = base64.b64encode(changed).decode()
        (copy / "a.json").write_text(json.dumps(value), encoding="utf-8")
        found = verified(copy / "a.json", copy / "key_public.pem", None, None)
        assert (found.wrong, found.of) == (1, {"signature": 1})
        assert "it was changed after" in found.failed[0]["found"]


@pytest.mark.parametrize(("name", "value"), [("payloadType", "application/json"), ("signatures", [])])
def test_the_rest_of_the_envelope_counts_too(name: str, value: Any, copy: Path) -> None:
    changed = json.loads((copy / "a.json").read_bytes()) | {name: value}
    (copy / "a.json").write_text(json.dumps(changed), encoding="utf-8")
    assert wrong(copy) == {"signature: of payload and type"}


def _signed(folder: Path, kind: str, payload: bytes) -> None:
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(envelope.encoded(kind.encode(), payload))
    whole = Envelope(type=kind, payload=payload, signatures=(("", signature),))
    (folder / "a.json").write_text(envelope.written(whole), encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "payload", "message"),
    [
        ("text/plain", b"{}", "another type: text/plain"),
        (envelope.TYPE, b"{}", "no statement of an audit"),
        (envelope.TYPE, b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x"}', "of another kind: x"),
    ],
)
def test_what_is_signed_must_be_a_statement_of_an_audit(kind: str, payload: bytes, message: str, copy: Path) -> None:
    _signed(copy, kind, payload)
    with pytest.raises(AuditorError, match=message):
        wrong(copy)


def test_a_root_that_is_not_that_of_the_files_listed_is_told(copy: Path) -> None:
    """Signed by the right key, and wrong all the same."""
    found = json.loads(base64.b64decode(json.loads((copy / "a.json").read_bytes())["payload"]))
    found["subject"][0]["annotations"]["rows"] = 99
    _signed(copy, envelope.TYPE, json.dumps(found).encode())
    assert "manifest: Merkle root of the files listed" in wrong(copy)


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rsa() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*PRIVATE, NoEncryption())


def _locked() -> bytes:
    return Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(*PRIVATE, BestAvailableEncryption(b"x"))


@pytest.mark.parametrize(
    ("key", "message"),
    [(lambda: b"", "holds no private key"), (_rsa, "not of the kind Ed25519"), (_locked, "has a pass phrase")],
)
def test_what_is_no_key_to_sign_with_is_told(
    key: Callable[[], bytes], message: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "key.pem").write_bytes(key())
    capsys.readouterr()
    assert run("attest", str(copy / "report.json"), "--key", str(copy / "key.pem"), "-o", str(copy / "b.json")) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "openssl genpkey" in told
    assert not (copy / "b.json").exists()


def test_a_private_key_is_not_taken_for_a_public_one(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("verify", str(copy / "a.json"), "--key", str(copy / "key.pem")) == 2
    assert "key.pem holds a private key" in capsys.readouterr().err
    (copy / "key.pem").write_bytes(Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes(*PUBLIC)[:60])
    assert run("verify", str(copy / "a.json"), "--key", str(copy / "key.pem")) == 2
    assert run("verify", str(copy / "a.json"), "--key", str(copy / "nowhere.pem")) == 2


def test_a_key_that_others_may_read_is_told_and_nothing_of_it_is_shown(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "key.pem").chmod(0o644)
    capsys.readouterr()
    assert run("attest", str(copy / "report.json"), "--key", str(copy / "key.pem")) == 0
    out, err = capsys.readouterr()
    assert "others than you may read the private key key.pem: chmod 600 key.pem" in err
    secret = (copy / "key.pem").read_text(encoding="utf-8").splitlines()[1]
    for form in (secret, secret[-43:], SEED.hex(), base64.b64encode(SEED).decode()):
        assert form not in out + err


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "a.json", "--report", "report.json"),
        ("verify", "a.json", "--key", "key_public.pem", "--evidence", "data"),
        ("verify", "report.json", "--key", "key_public.pem"),
        ("verify", "nowhere.json", "--key", "key_public.pem"),
        ("verify", "a.json", "--key", "key_public.pem", "--report", "nowhere.json"),
        ("verify", "a.json", "--key", "key_public.pem", "nowhere"),
        ("verify", "a.json", "--key", "key_public.pem", "sqlite:///x.db"),
        ("attest", "a.json", "--key", "key.pem"),
        ("attest", "nowhere.json", "--key", "key.pem"),
        ("attest", "report.json", "--key", "key.pem", "-o", "nowhere/b.json"),
        ("attest", "report.json"),
    ],
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...], copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    assert run(*words) == 2
