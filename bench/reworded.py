"""How well reworded items are found: python -m bench.reworded FOLDER [--among FILE.jsonl] [--field NAME].

FOLDER holds, for each subject, NAME_test.csv (the question is the first column) and NAME_test_rephrase_*.jsonl (`text`, row by row;
empty rephrasings and those with the tokens of the original are left out and counted). A third of the items in turn has its rephrasing
in the corpus, a third is sought in vain, a third is not sought; `--among` adds records of another data set. A match counts as right
only for the pair of an item and its own rephrasing. The threshold of each subject at which most is found with a precision of 0.95
is applied to the others.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import reworded
from auditor.kernels.norm import tokenize
from auditor.kernels.reworded_index import stems
from auditor.kernels.texts import of_strings


def subjects(folder: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Originals and rephrasings by subject."""
    found = {}
    for path in sorted(folder.glob("*_test.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            originals = [row[0] for row in csv.reader(file)]
        (other,) = folder.glob(f"{path.stem}_rephrase_*.jsonl")
        lines = other.read_text(encoding="utf-8").splitlines()
        found[path.stem] = originals, [json.loads(line)["text"] for line in lines]
    return found


def tokens(text: str) -> bytes:
    """What is equal where two texts have the same terms in the same order."""
    return stems(tokenize(of_strings([text]))).tobytes()


Curve = tuple[NDArray[np.float64], NDArray[np.bool_], int]


def scored(originals: list[str], rephrased: list[str], among: list[str], folds: int) -> Curve:
    """Score and rightness of each record's best item, and how many rephrasings were to be found."""
    usable = [bool(text.strip()) and tokens(text) != tokens(item) for item, text in zip(originals, rephrased, strict=True)]
    scores, right, there = [], [], 0
    for fold in range(folds):
        items = [place for place in range(len(originals)) if folds == 1 or place % folds != (fold + 2) % folds]
        hidden = [place for place in items if usable[place] and place % folds == fold]
        index = reworded.index([originals[place] for place in items])
        table, counts = reworded.candidates(among + [rephrased[place] for place in hidden], index)
        best: dict[int, tuple[float, bool]] = {}
        for row, item, score, _cosine in zip(*reworded.scores(table, counts, index) or ((), (), (), ()), strict=True):
            match = row >= len(among) and hidden[row - len(among)] == items[item]
            best[row] = max(best.get(row, (-np.inf, False)), (float(score), bool(match)))
        scores += [score for score, _ in best.values()]
        right += [match for _, match in best.values()]
        there += len(hidden)
    order = np.argsort(-np.array(scores), kind="stable")
    return np.array(scores)[order], np.array(right)[order], there


def main() -> None:
    """Prints average precision, precision and recall at thresholds, and across subjects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--among", type=Path)
    parser.add_argument("--field", default="question")
    options = parser.parse_args()
    lines = options.among.read_text(encoding="utf-8").splitlines() if options.among else []
    among = [json.loads(line)[options.field] for line in lines]
    for pool, folds in (([], 1), (among, 1), (among, 3))[: 3 if among else 1]:
        print(f"{'all' if folds == 1 else 'a third'} of the rephrasings among {len(pool)} records")
        curves, thresholds = {}, {}
        for name, (originals, rephrased) in subjects(options.folder).items():
            began = time.process_time()
            curves[name] = scored(originals, rephrased, pool, folds)
            score, right, there = curves[name]
            precision, recall = np.cumsum(right) / np.arange(1, len(right) + 1), np.cumsum(right) / there
            best = np.argmax(np.where((precision >= 0.95) & np.isfinite(score), recall, 0))
            thresholds[name] = float(score[best])
            spent = time.process_time() - began
            print(f"  {name}: {there} rephrasings, average precision {(precision * right).sum() / there:.3f}, {spent:.1f} s")
            for threshold in (-0.2, -0.1, 0.0, 0.1, 0.2):
                print(f"    at {threshold:+.1f}: {at(curves[name], threshold)}")
        for one in curves:
            for other in curves.keys() - {one}:
                print(f"  threshold of {one} ({thresholds[one]:+.3f}) on {other}: {at(curves[other], thresholds[one])}")


def at(curve: Curve, threshold: float) -> str:
    """Precision and recall at a threshold, in words."""
    score, right, there = curve
    taken = right[score >= threshold]
    return f"precision {taken.mean() if len(taken) else 1:.3f}, recall {taken.sum() / there:.3f}"


if __name__ == "__main__":
    main()
