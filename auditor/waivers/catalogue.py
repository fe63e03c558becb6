"""The rules about waivers. What they find is found when an audit is judged."""

from __future__ import annotations

from auditor.model import Example, Rule, Severity, digest

_TWICE = "The ferry to the northern islands leaves at nine\n"
_DATA = {"train.csv": f"text\n{_TWICE}{_TWICE}The ferry comes back at noon with the mail\n"}
_ONCE = {"train.csv": f"text\n{_TWICE}The ferry comes back at noon with the mail\n"}
_OPTIONS = ("--waivers", "excused.yaml", "--select", "DUP,WAIV")


def _waived(rule: str, subject: str) -> str:
    said = {"rule": rule, "until": "2020-01-31", "owner": "mail@example.org", "reason": "told to the authors"}
    return f'waivers:\n  - fingerprint: "{digest(rule, subject)}"\n' + "".join(f"    {key}: {value}\n" for key, value in said.items())


_OLD = _waived("DUP001", "train train")

WAIV001 = Rule(
    id="WAIV001",
    name="waiver-expired",
    severity=Severity.MEDIUM,
    summary="A waiver has passed its last day, and what it excused is still there.",
    why="A waiver is given for a time, in which something is mended or decided. The finding counts again.",
    fix="Mend what was found, or have the waiver's owner decide anew and move `until`.",
    failing=Example(files={**_DATA, "excused.yaml": _OLD}, options=_OPTIONS),
    passing=Example(files={**_ONCE, "excused.yaml": _OLD}, options=_OPTIONS),
)
WAIV002 = Rule(
    id="WAIV002",
    name="waiver-unused",
    severity=Severity.LOW,
    summary="A waiver excuses nothing that was found.",
    why="What it excused is mended or has changed. A waiver that stays could one day excuse something that nobody has looked at.",
    fix="Remove the waiver from the file.",
    failing=Example(files={**_ONCE, "excused.yaml": _OLD}, options=_OPTIONS),
    passing=Example(files={**_DATA, "excused.yaml": _OLD}, options=_OPTIONS),
)
WAIV003 = Rule(
    id="WAIV003",
    name="waiver-outgrown",
    severity=Severity.LOW,
    summary="A finding has more places than its waiver covers.",
    why="Somebody answered for as many places as there were then, not for those that came later. The finding counts.",
    fix="Mend what has come, or look at the new places and have the owner raise `places`.",
    failing=Example(
        files={"train.csv": _DATA["train.csv"] + _TWICE, "excused.yaml": _OLD},
        options=_OPTIONS,
    ),
    passing=Example(files={**_DATA, "excused.yaml": _OLD}, options=_OPTIONS),
)

_CARD = {"README.md": "---\nlicense: cc-by-nc-4.0\n---\n# Ferries\n"}
_FREE = {"README.md": "---\nlicense: cc-by-4.0\n---\n# Ferries\n"}
_POLICY = "checks:\n  licenses:\n    deny: ['@noncommercial']\n" + _waived("LIC014", "CC-BY-NC-4.0")

LIC026 = Rule(
    id="LIC026",
    name="license-waiver-expired",
    severity=Severity.MEDIUM,
    summary="A waiver in the policy has passed its last day, and the licence it excused is still there.",
    why="Such a waiver stands for a contract or a permission with an end. After it the data is used without one.",
    fix="Renew the permission and move `until` in the policy, or stop using the data.",
    failing=Example(files={**_CARD, "own.policy.yaml": _POLICY}, options=("--policy", "own.policy.yaml", "--select", "LIC")),
    passing=Example(files={**_FREE, "own.policy.yaml": _POLICY}, options=("--policy", "own.policy.yaml", "--select", "LIC")),
)

RULES = (WAIV001, WAIV002, WAIV003, LIC026)
