"""DSSE envelopes (secure-systems-lab/dsse, version 1.0.0): what is signed is the type of a payload and its bytes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import AuditorError, Json

TYPE = "application/vnd.in-toto+json"
"""The type of the payload."""

CURE = "name a file written by `auditor attest REPORT --key KEY`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload with its type, and signatures of both, each with the id of a key (a hint, which proves nothing)."""

    type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @property
    def signed(self) -> bytes:
        """What is signed: the Pre-Authentication Encoding of type and payload."""
        return encoded(self.type.encode(), self.payload)


def encoded(kind: bytes, body: bytes) -> bytes:
    """PAE(type, body) of the DSSE protocol."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def written(envelope: Envelope) -> str:
    """The envelope as JSON."""
    signatures = [{"keyid": key, "sig": base64.b64encode(signature).decode()} for key, signature in envelope.signatures]
    payload = base64.b64encode(envelope.payload).decode()
    return json.dumps({"payload": payload, "payloadType": envelope.type, "signatures": signatures}, indent=1) + "\n"


def read(name: str, data: bytes) -> Envelope:
    """The envelope in a file called `name`; AuditorError where it holds none. Nothing of it has been checked."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise AuditorError(f"{name} is no JSON", CURE) from None
    if not isinstance(value, Mapping) or not {"payload", "payloadType", "signatures"} <= value.keys():
        raise AuditorError(f"{name} is no attestation: it has no payload with signatures", CURE)
    try:
        kind, payload, signatures = value["payloadType"], _bytes(value["payload"]), value["signatures"]
        if not isinstance(kind, str) or not isinstance(signatures, list):
            raise TypeError
        signed = tuple((str(each.get("keyid", "")), _bytes(each["sig"])) for each in signatures)
        return Envelope(type=kind, payload=payload, signatures=signed)
    except (TypeError, ValueError, LookupError, AttributeError):
        raise AuditorError(f"{name} is damaged: payload and signatures cannot be decoded", CURE) from None


def _bytes(text: Json) -> bytes:
    """Base64 in either alphabet."""
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
