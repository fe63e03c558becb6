"""Every `auditor ...` command of README and docs: it runs, or it is one of few that cannot, and then its options at least exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from auditor.cli import group

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GENERATED = {"cli.md", "decisions.md"}
"""Written from the commands' help, whose examples the tests of commands run; and history, which may name what is gone."""

NOT_RUN = {
    "auditor scan postgresql:": "needs a server",
    "auditor scan tickets.db": "needs a database with a past",
    "auditor scan sqlite:": "needs a database",
    "auditor waive 6f1c2d3e": "names a finding of the reader's own",
    "auditor attest report.json": "needs a key; the tutorial makes one and signs",
    "auditor verify attestation.json": "needs an attestation; the tutorial makes one",
    "auditor verify report.json my_": "needs the evidence of the reader's own audit; the certificate's page runs one",
    "auditor verify dataset.cdx.json": "needs the file of the line before; tests of documents run it",
    "auditor scan DATASET": "stands for any dataset",
    "auditor license --mix": "exits with the answer; tests of mixing run it",
}
"""Commands by how they begin, and why they are only parsed."""

PREPARED = ("my_dataset", "my_data", "data", "benchmarks", "benchmark", "new_version", "stations", "visits")
PARTS = re.compile(r"(?:- run: |script: |sh ')?(?:\$ )?(auditor [a-z-].*)")


def commands(page: Path) -> list[str]:
    """The commands of a page, in fenced and in indented blocks; a backslash at the end joins two lines."""
    text, found, fenced = page.read_text(encoding="utf-8").replace("\\\n", " "), [], ""
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = "" if fenced else line.lstrip()[3:] or "plain"
        elif fenced or line.startswith("    "):
            shown = PARTS.fullmatch(line.strip())
            if shown and fenced != "text":
                found.append(shown[1].rstrip("'") if line.strip().startswith("sh '") else shown[1])
    return found


def pages() -> list[Path]:
    return [ROOT / "README.md", *(page for page in sorted(DOCS.glob("*.md")) if page.name not in GENERATED)]


def listed() -> list[tuple[str, str]]:
    """All commands but those of the tutorial, which has a test of its own, each once."""
    every = [(page.name, line) for page in pages() if page.name != "tutorial.md" for line in commands(page)]
    return list({line: (name, line) for name, line in reversed(every)}.values())[::-1]


def shape(line: str) -> tuple[str, ...]:
    """The command and its options, without what they are given."""
    words = shlex.split(line, comments=True)
    return tuple(words[1:2] + sorted({word.partition("=")[0] for word in words if word.startswith("-")}))


def run_here() -> list[tuple[str, str]]:
    """Of the commands that test_docs.py does not run (and those of their shapes), one of each shape."""
    console = set(re.findall(r"^\$ (auditor .*)$", "\n".join(page.read_text(encoding="utf-8") for page in pages()), re.MULTILINE))
    ours, shapes = [], {shape(line) for _, line in listed() if line in console and not unable(line)}
    for name, line in listed():
        if not unable(line) and shape(line) not in shapes:
            shapes.add(shape(line))
            ours.append((name, line))
    return ours


def unable(line: str) -> bool:
    return line.startswith(tuple(NOT_RUN))


@pytest.fixture
def room(tmp_path: Path, saved: Path) -> Path:
    """A folder with all that the pages speak of: small tables, a key, a saved report, a configuration."""
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    for name in PREPARED:
        tables(tmp_path / name)
    shutil.copytree(ROOT / "sample_data" / "broken_chat", tmp_path / "my_chats")
    (tmp_path / "reports").mkdir()
    (tmp_path / "rules" / "schemas").mkdir(parents=True)
    for name in ("report.json", "baseline.json", "accepted.json", "january.json", "reports/report.json", "reports/later.json"):
        shutil.copy(saved / "report.json", tmp_path / name)
    shutil.copy(saved / "auditor.lock", tmp_path)
    (tmp_path / "shared.key").write_text(32 * "k", encoding="utf-8")
    (tmp_path / "my_rules.yaml").write_text("auditor: 1\ncolumns: {messages: {}}\n", encoding="utf-8")
    (tmp_path / "rules" / "schemas" / "my_dataset.yaml").write_text("auditor: 1\ncolumns: {text: {type: text}}\n", encoding="utf-8")
    (tmp_path / "auditor.yaml").write_text("cost: {epochs: 3}\n", encoding="utf-8")
    (tmp_path / "auditor-waivers.yaml").write_text("waivers: []\n", encoding="utf-8")
    return tmp_path


def tables(folder: Path) -> None:
    folder.mkdir()
    head = "text,label,sky,patient,admitted,id,visit,readmitted\n"
    for split, first in (("train", 0), ("test", 40)):
        rows = (f"question {n} about parcel {n * n},a,b,p{n},2026-01-{n % 28 + 1:02},{n},{n},{n % 2}\n" for n in range(first, first + 20))
        (folder / f"{split}.csv").write_text(head + "".join(rows), encoding="utf-8")


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report on the small dataset, and the lock of its licence."""
    folder = tmp_path_factory.mktemp("saved")
    tables(folder / "my_dataset")
    run = audit(["auditor", "scan", "my_dataset", "-o", "json:report.json", "--write-lock", "auditor.lock"], folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def audit(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False, env=settings, input="MIT\n"
    )


@pytest.mark.parametrize(("page", "line"), run_here())
def test_a_command_runs(page: str, line: str, room: Path) -> None:
    run = audit(shlex.split(line, comments=True), room)
    assert run.returncode in {0, 1}, f"{page}: {line}: {run.stderr}"


@pytest.mark.parametrize(("page", "line"), listed())
def test_a_command_has_the_options_that_it_shows(page: str, line: str) -> None:
    """Parsed as click does, so a command, an option or one of its choices that is no more is an error."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command | None = group
    context = click.Context(group, info_name="auditor", **group.context_settings)  # the commands keep the help option
    while isinstance(command, click.Group) and words:
        command = command.get_command(context, words[0])
        assert command is not None, f"{page}: there is no command {words[0]}"
        words = words[1:]
    assert command is not None
    try:
        parsed = command.make_context(str(command.name), list(words), parent=context)
    except click.UsageError as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")
    assert parsed.command is command


def test_no_reason_is_left_over() -> None:
    every = [line for _, line in listed()]
    assert [begins for begins in NOT_RUN if not any(line.startswith(begins) for line in every)] == []
    assert len(every) >= 60


def test_the_tutorial_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """As one script in an empty folder; what a step may answer is in the words of its section."""
    blocks = re.findall(r"^```console\n(.*?)^```", (DOCS / "tutorial.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line[2:] for block in blocks for line in block.splitlines()]
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    call = f'auditor() {{ {shlex.quote(sys.executable)} -m auditor "$@" > out.txt; }}\n'
    script = call + "".join(f"{line}\necho $? {number}\n" for number, line in enumerate(lines))
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, env=settings)
    answers = [int(answer.split()[0]) for answer in run.stdout.splitlines()]
    failing = {"auditor scan tickets -o text -o json:report.json -o html:report.html"}
    assert answers == [int(line in failing) for line in lines], run.stderr


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"^- \[[^\]]+\]\(([^)#]+)\)", index, re.MULTILINE)
    assert sorted(linked) == sorted([*(page.name for page in DOCS.glob("*.md") if page.name != "index.md"), "rules"])


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match("[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []
