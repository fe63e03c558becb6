"""The command `auditor`: each command lies in its own file and is loaded when it is called."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from auditor import __version__
from auditor.doors import python
from auditor.model import AuditorError, meant

COMMANDS = {
    "scan": "Audit a dataset: leakage, duplicates, schema, licence.",
    "init": "Write what the audits of a dataset need: configuration, rules, pipeline.",
    "fix": "Write a copy of a dataset without what leaks.",
    "infer": "Infer the rules that a dataset keeps.",
    "rules": "List what can be found; try rules on spoilt data.",
    "explain": "Explain a rule: what it finds, why it matters, how to mend it.",
    "report": "Write a saved report in other formats, or judge it anew.",
    "diff": "Say how a dataset differs from an earlier version, and what is worse.",
    "history": "Show the saved reports of a folder in a row.",
    "waive": "Accept a finding for a time, with a reason and an owner.",
    "verify": "Compute anew what a report says of pairs of records.",
    "attest": "Sign what a report says of which files.",
    "sketch": "Make fingerprints that can be compared without sharing text.",
    "schema": "Show JSON Schemas, import and export rule files.",
    "license": "Turn a licence name into an SPDX expression.",
    "doctor": "Show what this installation can do.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are most needed."""
        return list(COMMANDS)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; a name that looks like one gets a question."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"No such command {args[0]!r}. {meant(args[0], COMMANDS)}".rstrip(), ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"auditor.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="auditor")
def group() -> None:
    """Say, before anyone trains on a dataset, whether it leaks, whether it is sound and whether it may be used.

    \b
    Example:
      auditor scan my_dataset/

    \b
    Exit codes:
      0 may pass   1 may not   2 wrong option or configuration
      3 the audit could not be completed
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends with its exit code; errors are sentences, not tracebacks. Without arguments, those of this process."""
    if arguments is None:
        python.collect_rarely()
    status = _status(list(sys.argv[1:] if arguments is None else arguments))
    if arguments is None:
        # Taking down an interpreter with numpy, pyarrow and machine code in it costs a twentieth of a second, and gives nothing back
        # that the end of the process does not: what libraries have registered is run, and the process ends.
        atexit._run_exitfuncs()
        if not sys.stderr.closed:
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _status(arguments: list[str]) -> int:
    """The exit code of the command, all output of which is written."""
    try:
        status: Any = group.main(args=arguments, prog_name="auditor", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("auditor: interrupted; no audit was performed", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AuditorError as error:
        _show(error.message, error.cure)
        return error.code
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except Exception as error:
        if "--debug" in arguments:
            raise
        reason = f"something went wrong inside auditor ({type(error).__name__}); no audit was performed"
        _show(reason, "run it again with --debug, and report what it prints")
        return 3
    return status if isinstance(status, int) else 0


def _show(message: str, cure: str) -> None:
    from auditor.reports.wording import visible

    click.echo(f"auditor: {visible(message)}", err=True)
    if cure:
        click.echo(f"  cure: {visible(cure)}", err=True)
