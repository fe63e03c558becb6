"""How options are read from a command line and shown in its help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from auditor.running.work import How


class Headed(click.Command):
    """A command whose help lists its options under headings: `headings` names the options of each, the rest come last."""

    def __init__(self, *arguments: Any, headings: Mapping[str, tuple[str, ...]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.headings = headings

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, by heading."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = {option.name: record for option in options if (record := option.get_help_record(ctx))}
        for heading, names in self.headings.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names])
        with formatter.section("Other"):
            formatter.write_dl(list(records.values()))


class Checked(click.ParamType[Any]):
    """An option whose text a function turns into a value; its ValueError is the error message."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name, self._read = name, read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value, or a usage error."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def together(_ctx: click.Context, _param: click.Parameter, values: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The values of an option that may be given several times, each with several values."""
    return tuple(dict.fromkeys(part for value in values for part in value))


def separated(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of an option that may be given several times and may hold commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def how(options: Mapping[str, Any]) -> How:
    """How an audit is carried out, by the options that a command has for it."""
    from auditor.running.work import How

    known = ("workers", "max_memory", "work_dir", "debug")
    return How(**{name: options[name] for name in known if name in options})
