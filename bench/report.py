"""The HTML report of an audit of a million rows: bytes, seconds to render, and seconds to open in Chromium.

usage: python bench/report.py [RUNS]     (with the Python that has the project and its dev group installed; Chromium: make chromium)
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from auditor.model import Finding, Json, LedgerEntry, Location, Outcome, Report, Severity
from auditor.reports import html

ROWS, COLUMNS, FINDINGS = 1_000_000, 60, 2_000
SPLITS = ("train", "validation", "test")


def column(number: int) -> dict[str, Json]:
    """A column of whole numbers, as the profile shows it."""
    bins = [(number * 37 + place * place) % 9_001 for place in range(32)]
    top = [[value, ROWS // (value + 2)] for value in range(50)]
    numbers = {"count": ROWS, "mean": 50.5, "deviation": 28.9, "quantiles": list(range(101)), "histogram": bins}
    return {"present": ROWS, "missing": 0, "distinct": 900, "exact": True, "types": {"integer": ROWS}, "top": top, "numbers": numbers}


def finding(number: int) -> Finding:
    """A finding of a million pairs, of which a hundred are listed."""
    ends = [Location(split="test", row=place, file="test.parquet") for place in range(100)]
    where = tuple(Location(split="train", row=end.row, file="train-00003.parquet", partner=end) for end in ends)
    evidence = {"left": "train", "right": "test", "share": 0.0213, "listed": 100}
    message = f"train → test: {ROWS:,} pairs, 21,300 of 1,000,000 rows of test (group {number})"
    name, level = "near-duplicate-across-splits", Severity(number % 5)
    return Finding(
        rule="LEAK002", name=name, severity=level, message=message, subject=str(number), where=where, count=ROWS, evidence=evidence
    )


def report() -> Report:
    """A report as such an audit gives it, with more findings than any page shows."""
    files = [{"path": f"part-{place:05}.parquet", "bytes": 90_000_000, "sha256": f"{place:064x}", "rows": 10_000} for place in range(100)]
    splits = {split: {"rows": ROWS, "files": files} for split in SPLITS}
    pairs = [
        {"left": left, "right": right, "right_rows": ROWS, "identical": 9, "near": 90, "contained": 5, "share": 0.02}
        for place, left in enumerate(SPLITS)
        for right in SPLITS[place:]
    ]
    text = "The parcel was promised for Tuesday, and the courier's page said Wednesday. " * 6
    sides = [{"split": split, "row": 7, "file": f"{split}.parquet", "text": text + split, "label": None} for split in ("train", "test")]
    alike = {"relation": "near", "jaccard": 0.93, "containment_left": 0.95, "containment_right": 0.95}
    examples = [{"rule": "LEAK002", "left": sides[0], "right": sides[1], **alike} for _ in range(50)]
    columns = {f"column_{number}": column(number) for number in range(COLUMNS)}
    return Report(
        run={"started": "2026-05-04T10:00:00Z", "seconds": 41.0},
        dataset={"name": "a million rows", "digest": f"sha256:{1:064x}", "splits": splits},
        config={},
        policy={"name": "default", "digest": f"{2:064x}", "fail_on": "high"},
        verdict="fail",
        reasons=tuple(finding(number).message for number in range(20)),
        outcomes=tuple(Outcome(rule=f"QUAL{number:03}", name="rule", status="passed", examined=ROWS) for number in range(100)),
        findings=tuple(finding(number) for number in range(FINDINGS)),
        ledger=tuple(LedgerEntry(file=str(each["path"]), physical=10_000, parsed=10_000) for each in files),
        sections={
            "leakage": {"pairs_of_splits": pairs, "examples": examples, "controls": {}, "method": {}},
            "profile": {"version": 1, "splits": {split: {"rows": ROWS, "columns": columns} for split in SPLITS}},
        },
    )


def opened(file: Path, runs: int) -> list[float]:
    """Seconds until the page is loaded and laid out, each time in a fresh context of one browser."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(runs):
            page = browser.new_context().new_page()
            clock = time.perf_counter()
            page.goto(file.as_uri(), wait_until="load")
            page.evaluate("document.documentElement.getBoundingClientRect().height")
            found.append(time.perf_counter() - clock)
        browser.close()
    return found


def main() -> None:
    """Prints the figures, each beside its goal."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    audit = report()
    source = html.render(audit)
    seconds = []
    for _ in range(runs):
        clock = time.perf_counter()
        html.render(audit)
        seconds.append(time.perf_counter() - clock)
    print(f"size            {len(source.encode()):>12,} bytes   (goal: 2,000,000 at most)")
    print(f"rendered in     {statistics.median(seconds):>12.3f} s       (median of {runs})")
    if shutil.which("chromium") is None:
        print("opened in       not measured: no Chromium is installed (make chromium)")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(source, encoding="utf-8")
        print(f"opened in       {statistics.median(opened(file, runs)):>12.3f} s       (goal: less than 1)")


if __name__ == "__main__":
    main()
