"""The pytest plugin: `pytest --auditor-dataset DATASET` audits a dataset, and each rule is a test of its own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditor.model import AuditorError
from auditor.reports.wording import visible

if TYPE_CHECKING:
    from auditor.api import Report

REPORTS = pytest.StashKey["dict[str, Report | AuditorError]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, under a heading of their own."""
    group = parser.getgroup("auditor", "dataset audits")
    named = {"metavar": "DATASET", "help": "Audit DATASET; each rule is a test (repeatable)."}
    group.addoption("--auditor-dataset", action="append", default=[], **named)
    group.addoption("--auditor-options", default="", metavar="OPTIONS", help='Options of `auditor scan`, such as "--label label".')


def pytest_configure(config: pytest.Config) -> None:
    """Room for the reports, so that each dataset is audited once."""
    config.stash[REPORTS] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the rules of each dataset that is named to the tests."""
    for place in config.getoption("--auditor-dataset"):
        items += DatasetAudit.from_parent(session, name=place, nodeid=f"auditor::{place}").collect()


@pytest.fixture
def auditor_report(request: pytest.FixtureRequest) -> Report:
    """The report on the dataset of --auditor-dataset (the first, where there are several), for tests of your own."""
    places = request.config.getoption("--auditor-dataset")
    if not places:
        pytest.skip("no dataset was named; name it with --auditor-dataset")
    return report_on(request.config, places[0])


def report_on(config: pytest.Config, place: str) -> Report:
    """The report on a dataset, made once; AuditorError, each time, where there is none."""
    from auditor.api import scanned

    reports = config.stash[REPORTS]
    if place not in reports:
        try:
            reports[place] = scanned(place, shlex.split(config.getoption("--auditor-options")))
        except AuditorError as error:
            reports[place] = error
    found = reports[place]
    if isinstance(found, AuditorError):
        raise found
    return found


class DatasetAudit(pytest.Collector):
    """A dataset: a test for each rule, and one for the verdict."""

    def collect(self) -> list[pytest.Item]:
        """The tests, by the ids of their rules."""
        from auditor.check import rules

        found = [RuleItem.from_parent(self, name=f"{each.id} {each.name}") for each in rules().values()]
        return [*found, VerdictItem.from_parent(self, name="verdict")]


class AuditItem(pytest.Item):
    """A test of one dataset."""

    @property
    def audit(self) -> Report:
        """The report on the dataset."""
        assert self.parent is not None
        return report_on(self.config, self.parent.name)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """What is wrong, in place of a traceback."""
        error = excinfo.value
        return f"{error.message}\n  cure: {error.cure}" if isinstance(error, AuditorError) else str(error)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the test is said to be."""
        return self.path, None, self.nodeid


class RuleItem(AuditItem):
    """A rule: fails where what it found keeps the dataset from passing."""

    def runtest(self) -> None:
        """What became of the rule; a finding below the policy's `fail_on`, or waived, is told and does not fail."""
        from auditor.api import NotAcceptedError

        rule, report = self.name.split()[0], self.audit
        outcome = next((each for each in report.outcomes if each.rule == rule), None)
        if outcome is None or outcome.status == "skipped":
            pytest.skip(outcome.note if outcome is not None else "not selected")
        if outcome.status == "error":
            raise NotAcceptedError(f"{self.name} could not be checked: {outcome.note}")
        failing = [reason for reason in report.reasons if reason.startswith(f"{self.name}: ")]
        if failing:
            raise NotAcceptedError("\n".join(map(visible, failing)))
        told = [f"{each.severity} {each.message}" for each in report.findings if each.rule == rule]
        self.add_report_section("call", "auditor", "\n".join(map(visible, told)))


class VerdictItem(AuditItem):
    """The verdict: fails where the dataset may not pass or the audit could not be completed."""

    def runtest(self) -> None:
        """NotAcceptedError, with the reasons."""
        self.audit.assert_ok()
