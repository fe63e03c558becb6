"""Machine code: made, kept, loaded, and refused where something does not fit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from auditor.doors import python
from auditor.kernels import native

EMPTY = np.zeros(0, np.uint8)


def test_a_file_of_kernels_is_read_as_it_was_packed(tmp_path: Path) -> None:
    kernels = {"one": {"symbol": "_one", "arguments": ["uint8[]", "int64"]}}
    path = tmp_path / "kernels.bin"
    path.write_bytes(native.packed(kernels, [b"first", b"\n\0"]))
    assert native.read(path) == (kernels, [b"first", b"\n\0"])


@pytest.mark.parametrize("content", [b"", b"auditor machine code 2\n{}\n", b"\x80\x04N."])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kernels.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="holds no kernels"):
        native.load(path)


def test_the_place_depends_on_the_sources_and_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = native.cached()
    assert first.parent == tmp_path / "auditor"
    monkeypatch.setattr(native, "_processor", lambda: ["another one"])
    assert native.cached().parent == first.parent and native.cached() != first


def test_a_process_without_kernels_has_none() -> None:
    assert native.kernel("no such kernel") is None


def test_what_cannot_be_made_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    made = subprocess.run(
        python.command("auditor.kernels.native.build", str(blocked / "kernels.bin")), capture_output=True, text=True, check=False
    )
    assert made.returncode != 0 and "FileExistsError" in made.stderr
