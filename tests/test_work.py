"""The kernels that a scan keeps, and how its process ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

from auditor.running import work


def test_compiled_kernels_that_nobody_uses_are_removed(tmp_path: Path) -> None:
    old, read, made, other = (tmp_path / name for name in ("kernels-1.bin", "kernels-2.bin", "kernels-3.bin", "notes.txt"))
    now = time.time()
    for path, age in ((old, work.KEPT + 60), (read, work.KEPT - 3600), (made, work.KEPT + 60), (other, work.KEPT + 60)):
        path.write_bytes(b"")
        os.utime(path, (now - age, now - age))
    work._forget(made)
    assert sorted(tmp_path.iterdir()) == [read, made, other]


def test_machine_code_that_somebody_else_may_have_written_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    path = folder / "kernels-1.bin"
    assert not work._is_ours(path)
    path.write_bytes(b"")
    for bits, at, ours in ((0o600, path, True), (0o620, path, False), (0o600, path, True), (0o773, folder, False), (0o755, folder, True)):
        at.chmod(bits)
        assert work._is_ours(path) == ours


def test_a_command_runs_what_was_registered_and_writes_all_before_it_ends() -> None:
    code = (
        "import atexit, sys; atexit.register(print, 'registered', file=sys.stderr)\n"
        "from auditor.cli import main; sys.argv = ['auditor', 'rules']; main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "\nDUP001 " in run.stdout and run.stdout.endswith("\n")
    assert run.stderr == "registered\n"
