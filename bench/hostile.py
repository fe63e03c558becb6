"""Audits hostile files one by one and says how each audit ended: `python bench/hostile.py FOLDER [ENDING]`.

Every file below FOLDER becomes a dataset of its own, as train.ENDING (by default the ending that it has). The command fails if an audit
prints a traceback or ends with anything but 0 (it was read), 2 or 3 (it could not be, and the report says why).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ALLOWED = (0, 2, 3)
SCAN = (sys.executable, "-m", "auditor", "scan")


def audited(file: Path, ending: str) -> tuple[int, str, bool]:
    """How the audit of a file ended: its exit code, why the file was not read to its end or "", and whether there was a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(file, Path(folder) / f"train{ending}")
        run = subprocess.run(
            [*SCAN, folder, "--select", "INPUT", "-o", "json"], capture_output=True, text=True, errors="replace", check=False
        )
    report = json.loads(run.stdout) if run.stdout.startswith("{") else {}
    notes = [entry["note"] for entry in report.get("ledger", []) if entry.get("note")]
    return run.returncode, "; ".join(notes), "Traceback" in run.stdout + run.stderr


def main(folder: Path, ending: str | None) -> int:
    """Audits every file, prints what became of each and the numbers; 1 if any audit ended as none may."""
    ends: Counter[int] = Counter()
    died = wrong = 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        code, note, traceback = audited(file, file.suffix if ending is None else f".{ending}")
        ends[code] += 1
        died += "died" in note
        if traceback or code not in ALLOWED:
            wrong += 1
        print(f"{code}  {file.relative_to(folder)}  {'TRACEBACK  ' if traceback else ''}{note}", flush=True)
    print(f"\n{ends.total()} files: " + ", ".join(f"{number} ended with {code}" for code, number in sorted(ends.items())))
    print(f"{died} killed their reader; {wrong} ended as none may")
    return 1 if wrong or not ends else 0


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else None))
