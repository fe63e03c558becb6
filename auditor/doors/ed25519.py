"""Signatures by Ed25519 (RFC 8032) with keys in PEM files; what is secret of a key is in no message."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import AuditorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAKE = "make a key with `openssl genpkey -algorithm ed25519 -out key.pem`"
SHARE = "`openssl pkey -in key.pem -pubout -out public.pem` writes the public key of a private one"


def private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file without a pass phrase (PKCS #8)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), password=None)
    except TypeError:
        raise AuditorError(f"the key in {path.name} has a pass phrase", f"use one without, that only you can read: {MAKE}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise AuditorError(f"{path.name} holds no private key in PEM", MAKE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditorError(f"the key in {path.name} is not of the kind Ed25519", MAKE)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file (SubjectPublicKeyInfo)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise AuditorError(f"{path.name} holds a private key, and verifying needs the public one", f"keep it to yourself; {SHARE}")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise AuditorError(f"{path.name} holds no public key in PEM", SHARE) from None
    if not isinstance(key, Ed25519PublicKey):
        raise AuditorError(f"the key in {path.name} is not of the kind Ed25519", SHARE)
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AuditorError(f"the key {path.name} cannot be opened ({error.strerror})", MAKE) from None


def others_may_read(path: Path) -> bool:
    """Whether anybody but the owner of a file may read it."""
    return bool(path.stat().st_mode & 0o077)


def key_id(key: Ed25519PublicKey) -> str:
    """What a key is called: the SHA-256 of its SubjectPublicKeyInfo, hexadecimal."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def holds(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message was made by the owner of a key."""
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
