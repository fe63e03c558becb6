"""How many licence texts of the SPDX list are known again: `bench/license_texts.py PACKAGE_FOLDER` (npm's spdx-license-list, unpacked).

Each text is taken as the list has it, and again as people keep it: wrapped anew, behind comment marks, with a copyright line before it.
Beside that, what must never be taken for the licence: each text with one more sentence that restricts it.
"""

from __future__ import annotations

import json
import sys
import textwrap
import time
from pathlib import Path

from auditor.dataset import Document
from auditor.licenses import expression, statements, texts

ADDED = "The work may not be used for training machine learning models."


def told(text: str) -> str | None:
    """What an audit would detect in a LICENSE of this text."""
    return statements.detected_in(statements.find([Document(path="LICENSE", file="", text=text)]))


def main(folder: Path) -> None:
    """Prints what is known again, what is not, and how long one text takes."""
    entries = json.loads((folder / "spdx-full.json").read_text(encoding="utf-8"))
    missed: dict[str, list[str]] = {"as listed": [], "as kept": [], "with terms added": []}
    begun = time.perf_counter()
    for license_id, entry in entries.items():
        text = entry["licenseText"]
        kept = "\n".join(f"# {line}" for line in textwrap.wrap(f"Copyright (c) 2026 Somebody\n\n{text}", 72, break_long_words=False))
        same = {expression.render(expression.parse(each)) for match in texts.read(text).matches for each in match.ids}
        if expression.render(expression.parse(license_id)) not in same or told(text) not in same:
            missed["as listed"].append(license_id)
        if told(kept) not in same:
            missed["as kept"].append(license_id)
        if told(f"{text}\n\n{ADDED}\n") is not None:
            missed["with terms added"].append(license_id)
    seconds = time.perf_counter() - begun
    for name, ids in missed.items():
        print(f"{name}: {len(entries) - len(ids)} of {len(entries)} right{'; not ' + ', '.join(ids) if ids else ''}")
    print(f"{1000 * seconds / (4 * len(entries)):.1f} ms a text")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
