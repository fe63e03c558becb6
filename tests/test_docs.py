"""What the documentation says is what the code does: the command line's reference is generated, README's commands are run."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from auditor.cli import COMMANDS, group
from auditor.model import AuditorError
from auditor.reports import FORMATS
from auditor.schemas import keys, parser
from auditor.schemas.suites import load_suite
from auditor.schemas.tree import TYPES

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "cli.md"


def reference() -> str:
    """The page of the command line: the help of every command."""
    top = click.Context(group, info_name="auditor", terminal_width=100, **group.context_settings)
    pages = [f"# The command line\n\nWritten by `make docs` from the commands' own help.\n\n```\n{group.get_help(top)}\n```\n"]
    for name in COMMANDS:
        command = group.get_command(top, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=top, terminal_width=100)
        pages.append(f"## auditor {name}\n\n```\n{command.get_help(context)}\n```\n")
        for inner in command.commands.values() if isinstance(command, click.Group) else ():
            below = click.Context(inner, info_name=inner.name, parent=context, terminal_width=100)
            pages.append(f"### auditor {name} {inner.name}\n\n```\n{inner.get_help(below)}\n```\n")
    return "\n".join(pages)


def test_the_reference_of_the_command_line_is_the_generated_one() -> None:
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        REFERENCE.write_text(reference(), encoding="utf-8")
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def shown_commands() -> list[tuple[str, str]]:
    """Every `auditor ...` line of a console block in README and docs, with the page it stands on; test_docs_commands.py has the others."""
    found = []
    for page in [ROOT / "README.md", *(each for each in sorted((ROOT / "docs").glob("*.md")) if each.name != "tutorial.md")]:
        for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            found += [(page.name, line[2:]) for line in block.splitlines() if line.startswith("$ auditor ")]
    return found


@pytest.mark.parametrize(("page", "line"), shown_commands())
def test_a_command_that_is_shown_runs(page: str, line: str, tmp_path: Path) -> None:
    words = [str(ROOT / word) if word.startswith(("sample_data/", "rules/")) else word for word in shlex.split(line, comments=True)]
    run = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False, input="MIT\n")
    assert run.returncode in {0, 1}, f"{page}: {line}: {run.stderr}"
    assert run.stdout or list(tmp_path.iterdir())


def test_some_commands_are_shown() -> None:
    assert len(shown_commands()) >= 5


README = ROOT / "README.md"
DEMO = re.compile(r"(<!-- demo -->\n```text\n)(.*?)(```\n<!-- end -->)", re.DOTALL)


def demo() -> list[str]:
    """What `make demo` prints."""
    made = re.search(r"auditor (scan sample_data/leaky .*?) -o", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert made is not None
    words = shlex.split(made[1])
    run = subprocess.run([sys.executable, "-m", "auditor", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    return run.stdout.rstrip("\n").splitlines()


def abridged(lines: list[str]) -> str:
    """The beginning, the first finding with one of its pairs, and the end."""
    blanks = [place for place, line in enumerate(lines) if not line]
    pair = next(place for place, line in enumerate(lines) if line.startswith(("   | near", "   | identical")))
    return "\n".join([*lines[: pair + 1], "   ...", "", *lines[blanks[-3] + 1 :]]) + "\n"


def test_the_output_that_readme_shows_is_the_real_one() -> None:
    text = README.read_text(encoding="utf-8")
    shown = DEMO.search(text)
    assert shown is not None
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        text = text[: shown.start(2)] + abridged(demo()) + text[shown.end(2) :]
        README.write_text(text, encoding="utf-8")
        shown = DEMO.search(text)
        assert shown is not None
    assert shown[2] == abridged(demo()), "run `make docs`"


REPORTS = ROOT / "docs" / "reports.md"


def formats() -> str:
    """The table of formats, from what the file of each says it is."""
    said = {name: str(importlib.import_module(f"auditor.reports.{name}").__doc__).split("\n\n")[0] for name in FORMATS}
    rows = "".join(f"| `{name}` | {' '.join(words.split())} |\n" for name, words in said.items())
    return f"<!-- formats -->\n| format | what it is |\n| --- | --- |\n{rows}<!-- end -->"


def test_the_page_of_reports_has_every_format() -> None:
    text = given = REPORTS.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- formats -->")
    text = before + formats() + rest.partition("<!-- end -->")[2]
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        REPORTS.write_text(text, encoding="utf-8")
        given = text
    assert given == text, "run `make docs`"


RULE_FILES = ROOT / "docs" / "rule_files.md"


def known_of_rule_files() -> dict[str, str]:
    """What the code knows of rule files, by the mark that it stands under."""
    sections = {"the top": ("", keys.TOP), **{f"`{name}`": section for name, section in keys.SECTIONS.items()}}
    tables = []
    for name, (says, table) in sections.items():
        rows = "".join(f"| `{key}` | {each.says} |\n" for key, each in table.items())
        heading = f"### {name}\n\n{says}\n" if says else f"### At {name}\n"
        tables.append(heading + (f"\n| key | what it says |\n|---|---|\n{rows}" if rows else ""))
    types = "".join(f"| `{name}` | {says} |\n" for name, says in TYPES.items())
    tables.append(f"### Types\n\n| type | what every value is |\n|---|---|\n{types}")
    grammar = [line[4:] for line in str(parser.__doc__).splitlines() if line.startswith("    ")]
    metrics = "".join(f"| `{name}` | {says} |\n" for name, says in parser.METRICS.items())
    return {
        "keys": "\n".join(tables),
        "grammar": "```text\n" + "\n".join(grammar) + "\n```\n",
        "metrics": f"| metric | of a split |\n|---|---|\n{metrics}",
    }


def test_the_page_of_rule_files_says_what_the_code_knows() -> None:
    text = given = RULE_FILES.read_text(encoding="utf-8")
    for mark, known in known_of_rule_files().items():
        before, _, rest = text.partition(f"<!-- {mark} -->\n")
        text = f"{before}<!-- {mark} -->\n{known}<!-- end -->{rest.partition('<!-- end -->')[2]}"
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        RULE_FILES.write_text(text, encoding="utf-8")
        given = text
    assert given == text, "run `make docs`"


def test_the_rule_file_that_the_page_shows_can_be_read(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(auditor: 1\n.*?)```", RULE_FILES.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "rules.yaml").write_text(example[1], encoding="utf-8")
    assert len(load_suite(tmp_path / "rules.yaml")["expectations"]) >= 12
    (tmp_path / "rules.yaml").write_text(example[1].replace("range:", "rnge:"), encoding="utf-8")
    with pytest.raises(AuditorError) as raised:
        load_suite(tmp_path / "rules.yaml")
    assert raised.value.message.replace("rules.yaml:7", "rules.yaml:8") in RULE_FILES.read_text(encoding="utf-8")
