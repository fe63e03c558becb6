"""Which checks look, and with which options: what was selected, and what configuration, rule file and policy say."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import AuditorError, means, meant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.check import Check
    from auditor.config import Config
    from auditor.model import Json, Rule
    from auditor.policy import Policy
    from auditor.schemas.rulefile import RuleFile

    Extra = Mapping[str, Mapping[str, Json]] | None

ALWAYS = "INPUT"
"""The family that no selection hides: what the reader refused."""


def chosen(asked: Config, policy: Policy, key: Path | None, demanded: RuleFile | None = None, extra: Extra = None) -> tuple[Check, ...]:
    """The checks that look for a selected rule, built with the options that configuration, rule file, policy and key give them; and those
    that are named besides in `extra`, with the options that it gives them.
    """
    from auditor.check import NOBODY, build, discover, rules
    from auditor.leakage.sketch import read_key
    from auditor.running.ruled import known_checks

    for pattern in (*asked.select, *asked.ignore, *policy.severity, *policy.require):
        if not any(means(pattern, rule.id, rule.name) for rule in rules().values()):
            known = [name for rule in rules().values() for name in (rule.id, rule.name, rule.family)]
            raise unknown_rule(pattern, known)
    for name in policy.checks:
        if name not in discover():
            cure = f"{meant(name, discover())}known are {', '.join(discover())}"
            raise AuditorError(f"policy {policy.name}: checks: there is no check {name!r}", cure)
    known_checks(demanded, discover())
    withheld = asked.no_text or bool(asked.sensitive)  # a text may repeat what a sensitive column says
    pool = dataclasses.asdict(asked) | {"suite": asked.schema or "", "no_text": withheld}
    pool |= {"use": policy.use, "roles": policy.roles, "deny": policy.checks.get("licenses", {}).get("deny", ())}
    pool["key"] = read_key(key).hex() if key is not None else ""
    wanted = {name: tuple(rule.id for rule in kind.rules if _is_wanted(rule, asked)) for name, kind in discover().items()}
    shared = {each for name, kind in discover().items() if wanted[name] for each in (kind.shares, kind.beside)}
    more = extra or {}
    return tuple(
        build(name, pool | _terms(kind, policy, demanded, asked) | {"wanted": wanted[name] or NOBODY} | dict(more.get(name, {})))
        for name, kind in discover().items()
        if wanted[name] or name in shared or name in more
    )


def _is_wanted(rule: Rule, asked: Config) -> bool:
    if rule.family == ALWAYS:
        return True
    selected = not asked.select or is_named(rule, asked)
    return selected and not any(means(pattern, rule.id, rule.name) for pattern in asked.ignore)


def is_named(rule: Rule, asked: Config) -> bool:
    """Whether the selection names the rule (selecting nothing names none)."""
    return any(means(pattern, rule.id, rule.name) for pattern in asked.select)


def _terms(kind: type[Check], policy: Policy, demanded: RuleFile | None, asked: Config) -> dict[str, Json]:
    """What the rule file tells this check where configuration and options do not, and what the policy does, which has the last word.

    An option that the check does not have, or a value that it cannot have, is an error.
    """
    own = {field.name for field in dataclasses.fields(asked) if getattr(asked, field.name) != field.default}
    known = {field.name: field.default for field in dataclasses.fields(kind) if field.name != "wanted"}
    told = [(f"policy {policy.name}: checks", policy.checks.get(kind.name, {}))]
    if demanded is not None and kind.name in demanded.splits:
        told.insert(0, (f"{demanded.places['splits.' + kind.name].at}: splits", demanded.splits[kind.name]))
    terms = {}
    for where, option, value in ((where, *each) for where, options in told for each in options.items()):
        at = f"{where}: {kind.name}"
        if option not in known:
            raise AuditorError(f"{at} has no option {option!r}", f"{meant(option, known)}known are {', '.join(known)}")
        try:
            like = _like(known[option], value)
        except ValueError as error:
            raise AuditorError(f"{at}: {option}: {error}", f"change the value of {option}") from None
        if option not in own or where == told[-1][0]:
            terms[option] = like
    return terms


def _like(default: object, value: Json) -> Json:
    """The value, if it is of the kind of an option's default; a text where a list of texts is expected is a list of one."""
    from auditor.rulebook import texts

    if isinstance(default, tuple):
        return texts(value)
    kinds = (float, int) if isinstance(default, float) else (type(default),)
    if isinstance(default, str | int | float) and type(value) not in kinds:
        raise ValueError(f"a value such as {default!r} is expected, not {value!r}")
    return value


def unknown_rule(name: str, known: list[str]) -> AuditorError:
    """The error for a name that is no rule."""
    return AuditorError(f"there is no rule called {name!r}", f"{meant(name, known)}`auditor rules` lists them all")
