"""`auditor attest REPORT`: a signed statement of what an audit found of which files; and how one is verified."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.attestation.envelope import Envelope
    from auditor.attestation.statement import Attested
    from auditor.dataset import Dataset
    from auditor.verification.judged import Verification

KEY = "Your private key: Ed25519, in PEM, without a pass phrase."


@click.command("attest")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, metavar="FILE", help=KEY)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it.  [default: standard output]")
def command(report: Path, key: Path, output: Path | None) -> None:
    """Sign what the JSON report REPORT says: which files were audited, what was looked for, and the verdict, whatever it is.

    The statement is an in-toto Statement (test-result) in a DSSE envelope. `auditor verify` checks it, without a network.

    \b
    Example:
      openssl genpkey -algorithm ed25519 -out key.pem && chmod 600 key.pem
      openssl pkey -in key.pem -pubout -out public.pem
      auditor scan my_dataset/ -o json:report.json
      auditor attest report.json --key key.pem -o attestation.json
      auditor verify attestation.json --key public.pem my_dataset/

    \b
    Exit codes:
      0 signed   2 wrong option, report or key
    """
    from auditor import saved
    from auditor.attestation.envelope import TYPE, Envelope, encoded, written
    from auditor.attestation.statement import stated
    from auditor.doors import ed25519
    from auditor.doors.files import replacing

    payload = stated(saved.load(report), _digest(report))
    private = ed25519.private_key(key)
    if ed25519.others_may_read(key):
        click.echo(f"auditor: others than you may read the private key {key.name}: chmod 600 {key.name}", err=True)
    signature = private.sign(encoded(TYPE.encode(), payload))
    text = written(Envelope(type=TYPE, payload=payload, signatures=((ed25519.key_id(private.public_key()), signature),)))
    if output is None:
        click.echo(text, nl=False)
        return
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise AuditorError(f"{path.name} cannot be opened ({error.strerror})", "name a file that can be read") from None


def verified(path: Path, key: Path, dataset: str | None, report: Path | None) -> Verification:
    """Whether an attestation was signed by the owner of the public key, and is of this dataset and report, where they are given.

    Where the signature does not hold nothing else is looked at.
    """
    from auditor.attestation import envelope, statement
    from auditor.verification.judged import Verification

    try:
        found, opened = Verification(about="the attestation"), envelope.read(path.name, path.read_bytes())
    except OSError as error:
        raise AuditorError(f"{path.name} cannot be opened ({error.strerror})", envelope.CURE) from None
    _compare_signature(found, opened, key)
    if found.wrong:
        return found
    said = statement.read(opened.payload)
    found.says = said.says
    found.note("manifest", "Merkle root of the files listed", said.root, statement.root(said.files))
    if report is not None:
        found.note("report", f"SHA-256 of {report.name}", said.report, _digest(report))
    if dataset is not None:
        _compare_data(found, said, dataset)
    return found


def _compare_signature(found: Verification, opened: Envelope, key: Path) -> None:
    from auditor.attestation.envelope import TYPE
    from auditor.doors import ed25519

    public = ed25519.public_key(key)
    mine = f"key {ed25519.key_id(public)}"
    holds = any(ed25519.holds(public, signature, opened.signed) for _, signature in opened.signatures)
    named = ", ".join(f"key {name}" for name, _ in opened.signatures) or "nobody"
    changed = f"it was changed after {mine} signed it" if named == mine else f"it names {named}"
    found.note("signature", "of payload and type", f"by {mine}", f"by {mine}" if holds else f"none by that key: {changed}")
    if holds and opened.type != TYPE:
        raise AuditorError(f"what is signed is of another type: {opened.type}", f"{TYPE} is what can be verified")


def _compare_data(found: Verification, said: Attested, place: str) -> None:
    """Every file by its SHA-256, those that are missing and new, and all of them together."""
    from auditor.attestation import statement
    from auditor.audit import digest_of

    dataset = _found(said, place)
    rows = {each.path: each.rows for each in said.files}
    there = {each.path: each for each in dataset.shards}
    for each in said.files:
        found.note("files", each.path, each.sha256, there[each.path].sha256 if each.path in there else "no such file")
    for path in sorted(there.keys() - rows.keys()):
        found.note("files", path, "no such file", there[path].sha256)
    files = [statement.File(path=path, bytes=e.bytes, sha256=e.sha256, rows=rows.get(path)) for path, e in there.items()]
    found.note("manifest", "Merkle root of the files there", said.root, statement.root(files))
    found.note("dataset", "data files and documents", said.dataset, digest_of(dataset))


def _found(said: Attested, place: str) -> Dataset:
    from auditor.sources.database import is_database
    from auditor.sources.folder import find

    if is_database(place):
        raise AuditorError("a database is not held against an attestation", "export the tables to files, audit and attest those")
    return find(Path(place), splits=said.split, subsets=said.subset, apart=tuple(Path(place) / each for each in said.apart))
