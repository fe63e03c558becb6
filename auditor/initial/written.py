"""The files of a first audit as texts: the configuration, with what it means in plain words, and what a pipeline needs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.inference.written import scalar
from auditor.initial.roles import Guess

PIPELINES = {
    "github": ".github/workflows/auditor.yml",
    "gitlab": ".gitlab-ci.yml",
    "pre-commit": ".pre-commit-config.yaml",
}
"""The pipelines that are known, and the file that each reads."""

REPOSITORY = "https://github.com/dataset-auditor/dataset-auditor"

_ROLES = {
    "label": ("The column that says what a model is to learn.", "Records with equal texts and other labels are then the worst finding."),
    "id": ("The column whose value tells records apart.", "An id that stands in two splits is then leakage."),
    "group": ("Whom or what a record belongs to (a patient, an author).", "One on both sides of a split is then leakage."),
    "time": ("When a record comes from.", "Training records from after the evaluation records are then leakage."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a dataset: how it is called here, its splits with their files, its text columns, what columns seem to be for.

    `licence` is the SPDX expression that its documents lead to, or None. `rules` is the name of the file with inferred rules, or None.
    """

    dataset: str
    splits: tuple[tuple[str, int], ...]
    text: tuple[str, ...]
    guesses: Sequence[Guess]
    licence: str | None
    rules: str | None
    policy: str
    uses: tuple[str, ...]


def configuration(seen: Seen) -> str:
    """The text of auditor.yaml."""
    return "".join(f"{line}\n" for line in _configured(seen))


def _configured(seen: Seen) -> Iterator[str]:
    yield f"# How {_shown(seen.dataset)} is audited. Run: auditor scan {_shown(shlex.quote(seen.dataset))}"
    yield "# What stands here was guessed from the data. Read it, correct it, and keep it with your code, not in the dataset:"
    yield "# a dataset must not judge itself."
    yield ""
    yield f"# Splits that were found: {', '.join(f'{_shown(name)} ({files})' for name, files in seen.splits) or 'none'} (files of each)."
    yield "# To say it yourself: split: {train: data/train-*.parquet, test: data/test-*.parquet}"
    yield ""
    yield from _text(seen.text)
    for role, (what, then) in _ROLES.items():
        guess = next((each for each in seen.guesses if each.role == role), None)
        yield f"# {what} {then}"
        yield f"{role}: {scalar(guess.column)}  # guessed: {guess.why}" if guess else f"# {role}: COLUMN"
        yield ""
    sensitive = [each.column for each in seen.guesses if each.role == "sensitive"]
    yield "# Columns whose values must never stand in a report: they are written as [sensitive]."
    yield f"sensitive: {scalar(sensitive)}  # guessed by their names" if sensitive else "# sensitive: [COLUMN]"
    yield ""
    yield "# The rules that every split must keep, a draft inferred from the data. `auditor rules test FILE DATASET` shows what they catch."
    yield f"schema: {scalar(seen.rules)}" if seen.rules else "# schema: FILE"
    yield ""
    yield from _judged(seen)


def _text(text: tuple[str, ...]) -> Iterator[str]:
    yield "# The columns whose texts are compared, so that test records that stand in the training data are found."
    if text:
        yield f"text: {scalar(list(text))}"
    else:
        yield "# No column of texts was seen; records are compared by their values.  text: [COLUMN]"
    yield ""


def _judged(seen: Seen) -> Iterator[str]:
    yield "# What is not accepted. default: leakage, denied licences. strict: medium findings too, and leakage must have been looked for."
    yield "# research: non-commercial licences are fine, and leakage of up to 0.1 % of a split. Or a file of your own."
    yield f"policy: {scalar(seen.policy)}"
    yield ""
    licence = f"The licence found is {seen.licence}." if seen.licence else "No licence was found, and so no right to use the data."
    yield f"# What you mean to do with the data; each use is judged by the licence. {_shown(licence)}"
    yield "# One or more of: train-commercial, train-research, evaluate, redistribute-data, redistribute-model, publish-outputs"
    yield f"use: {scalar(list(seen.uses))}" if seen.uses else "# use: [train-commercial]"


def _shown(text: str) -> str:
    """A text that can stand in a comment."""
    return scalar(text).strip('"') if scalar(text) != text else text


def pipeline(name: str, dataset: str) -> str:
    """The file that lets a pipeline (one of PIPELINES) audit the dataset."""
    command = f"auditor scan {shlex.quote(dataset)}"
    return {"github": _github, "gitlab": _gitlab, "pre-commit": _pre_commit}[name](command, dataset)


def _github(command: str, _dataset: str) -> str:
    return f"""# Audits the dataset whenever something is pushed. It fails when the data may not pass; the reports are kept either way.
name: dataset audit
on: [push, pull_request]
permissions:
  contents: read
jobs:
  audit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - run: pip install dataset-auditor
      - run: {scalar(f"{command} -o github -o html:auditor-report.html -o json:auditor-report.json")}
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: auditor-report
          path: auditor-report.*
"""


def _gitlab(command: str, _dataset: str) -> str:
    return f"""# Audits the dataset in every pipeline. Findings are shown in merge requests; the page is kept as an artifact.
dataset-audit:
  image: python:3.12-slim
  script:
    - pip install dataset-auditor
    - {scalar(f"{command} -o text -o gitlab:gl-code-quality.json -o html:auditor-report.html")}
  artifacts:
    when: always
    paths: [auditor-report.html]
    reports:
      codequality: gl-code-quality.json
"""


def _pre_commit(_command: str, dataset: str) -> str:
    return f"""# Audits licence, schema and readability before data is committed; the whole audit belongs into a pipeline.
repos:
  - repo: {REPOSITORY}
    rev: main  # `pre-commit autoupdate` sets a release
    hooks:
      - id: auditor-scan
        args: {scalar([dataset, "--select", "LIC,SCHM,INPUT"])}
"""
