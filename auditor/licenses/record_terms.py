"""What a policy denies of the licences of records, split by split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from auditor.licenses import expression
from auditor.licenses.groups import groups_of
from auditor.licenses.records import Meaning
from auditor.licenses.uses import asked, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why a licence is denied: the use and the clause, or an entry of the policy."""

    reason: str
    use: str | None = None
    clause: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked of data: the uses of all splits, those of the roles of single ones, and the entries of licences that are denied.

    A split whose role has uses of its own is judged by these alone.
    """

    use: Sequence[str] = ()
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deny: Sequence[str] = ()

    def asks(self, split: str) -> bool:
        """Whether anything can be denied in a split."""
        return bool(asked(self.use, self.roles, split) or self._entries(split))

    def _entries(self, split: str) -> Sequence[str]:
        own = {split, split.rpartition("/")[2]} & set(self.roles)
        return () if own else self.deny

    def denial(self, split: str, meaning: Meaning) -> Denial | None:
        """Why what records state is denied in a split; None: it is not. That nothing is stated is for another rule to say."""
        if meaning.why == "none":
            return None
        for use in asked(self.use, self.roles, split):
            found = judged(meaning.expression, use)
            if found.answer == "deny":
                clauses = "; ".join(f"{name} {cell.clause}".strip() for name, cell in found.because)
                source = found.because[0][1].source if found.because else ""
                return Denial(reason=f"denied for {use} ({clauses})", use=use, clause=clauses, source=source)
        if _worst(meaning, self._entries(split)):
            return Denial(reason="the policy denies it")
        return None


def _worst(meaning: Meaning, entries: Sequence[str]) -> bool:
    """Whether entries of a policy mean a licence: of AND one part of it, of OR all."""
    if meaning.expression is None:
        return ("@family" if meaning.why == "family" else "@unknown") in entries
    return bool(expression.worst(expression.parse(meaning.expression), lambda one: _listed(one.id, entries)))


def _listed(license_id: str, entries: Sequence[str]) -> int:
    groups = groups_of(license_id)
    return int(any(each[1:] in groups if each.startswith("@") else fnmatchcase(license_id.casefold(), each.casefold()) for each in entries))
