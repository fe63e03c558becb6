"""The rules of leakage in tables, LEAK020 to LEAK029.

Their severities follow what such leaks were measured to do (Kapoor and Narayanan, Patterns 4 (2023), 100804; arXiv 2604.04199): shared
subjects, the future and copies move a score most. High is only what the user declared; what a column is taken for is never more than
medium.
"""

from __future__ import annotations

from auditor.model import Example, Rule, Severity


def _example(train: str, test: str, *options: str) -> Example:
    return Example(files={"train.csv": train, "test.csv": test}, options=options)


def _visits(*rows: str) -> str:
    return "patient,day,dose,label\n" + "".join(f"{row}\n" for row in rows)


_JANUARY = _visits("ann,2024-01-03,5,well", "bob,2024-01-09,6,ill", "cem,2024-01-14,5,well")
_LATE = _visits("dua,2024-03-01,6,ill", "eve,2024-03-05,5,well")


def _labelled(noise: bool = False, known: bool = True, told: bool = True) -> str:
    """120 records with a dose that tells the label (unless not `told`) or is `noise`, and is not `known` of all or only of the well."""
    rows = []
    for i in range(120):
        ill = (i * 7 + i // 3) % 2
        dose = str((i * 37) % 101) if noise else ("low", "high")[ill if told else (i // 2) % 2]
        rows.append(f"{dose if known or not ill else ''},{'ill' if ill else 'well'}\n")
    return "dose,diagnosis\n" + "".join(rows)


def _cells(first: int) -> str:
    """Records of five measurements without a pattern."""
    rows = [",".join(str((i * step) % 9973 / 10) for step in (7919, 6101, 3571, 2749, 8837)) for i in range(first, first + 200)]
    return "a,b,c,d,e\n" + "\n".join(rows) + "\n"


_NOISE, _TELLS = _labelled(noise=True), _labelled()

LEAK020 = Rule(
    id="LEAK020",
    name="group-across-splits",
    severity=Severity.HIGH,
    summary="Records of one group (a patient, a user, a site: --group) stand in a training and in an evaluation split.",
    why="A model that has seen the patient recognises the patient: the score says nothing about people it has not seen.",
    fix="Move all records of a group to one split. If new records of known groups are what the model is for, ignore this rule.",
    failing=_example(_JANUARY, _visits("bob,2024-03-01,6,ill"), "--group", "patient"),
    passing=_example(_JANUARY, _LATE, "--group", "patient"),
)
LEAK021 = Rule(
    id="LEAK021",
    name="evaluation-not-later-than-training",
    severity=Severity.HIGH,
    summary="Evaluation records are not later than the latest training record (--time).",
    why="A model trained on what came afterwards has seen the future of the test: prices, outbreaks and rules of later days.",
    fix="Cut all splits at the same moments. Of splits that do not follow time at all it says so, with severity medium.",
    failing=_example(_JANUARY, _visits("dua,2024-03-01,6,ill", "eve,2024-01-14,5,well", "fay,2024-03-02,5,well"), "--time", "day"),
    passing=_example(_JANUARY, _LATE, "--time", "day"),
)
LEAK022 = Rule(
    id="LEAK022",
    name="evaluation-within-embargo",
    severity=Severity.HIGH,
    summary="Evaluation records are later than training by less than the gap that was asked for (--embargo).",
    why="What is measured over days, or known only after days, is the same on both sides of a cut without a gap.",
    fix="Drop the training records of the last days before the cut, or the evaluation records of the first days after it.",
    failing=_example(_JANUARY, _visits("dua,2024-01-16,6,ill"), "--time", "day", "--embargo", "7d"),
    passing=_example(_JANUARY, _LATE, "--time", "day", "--embargo", "7d"),
)
LEAK023 = Rule(
    id="LEAK023",
    name="evaluation-not-later-in-its-group",
    severity=Severity.HIGH,
    summary="Evaluation records are not later than the latest training record of their own group (--group and --time).",
    why="The later record of the same patient or account often contains the answer to the earlier one.",
    fix="Cut every group at its own moment, the later records for evaluation, or keep each group in one split.",
    failing=_example(_JANUARY, _visits("bob,2024-01-02,6,ill"), "--group", "patient", "--time", "day"),
    passing=_example(_JANUARY, _visits("bob,2024-02-02,6,ill"), "--group", "patient", "--time", "day"),
)
LEAK024 = Rule(
    id="LEAK024",
    name="id-across-splits",
    severity=Severity.HIGH,
    summary="The same id (--id) stands in a training and in an evaluation split.",
    why="It is the same record, perhaps in a later version: a model is tested on what it has seen.",
    fix="Remove the record from the training split. If ids count from 0 in every file, they are row numbers: do not name them with --id.",
    failing=_example(_JANUARY, _visits("ann,2024-03-01,6,ill"), "--id", "patient"),
    passing=_example(_JANUARY, _LATE, "--id", "patient"),
)
LEAK025 = Rule(
    id="LEAK025",
    name="id-or-order-predicts-label",
    severity=Severity.MEDIUM,
    summary="The id of a record, or its place in the file, tells its label.",
    why="Ids given class by class are learned if they are among the features; a file sorted by label gives batches of one class.",
    fix="Leave ids out of the features and give them at random; shuffle the records (this alone is told with severity low).",
    failing=_example("dose,diagnosis\n" + "5,well\n" * 60 + "5,sick\n" * 60, "dose,diagnosis\n5,well\n", "--label", "diagnosis"),
    passing=_example(_NOISE, "dose,diagnosis\n5,well\n", "--label", "diagnosis"),
)
LEAK026 = Rule(
    id="LEAK026",
    name="feature-predicts-label",
    severity=Severity.MEDIUM,
    summary="One column alone predicts the label almost without error (cross-validated AUC of 0.95 or more), or is it under another name.",
    why="Such a column is mostly made from the label, or filled in after the outcome: it is not there when the model is used.",
    fix="Find out when the column is filled in. Drop it if that is after the outcome; if it is known before, ignore this rule.",
    failing=_example(_TELLS, "dose,diagnosis\nlow,well\n", "--label", "diagnosis"),
    passing=_example(_NOISE, "dose,diagnosis\n5,well\n", "--label", "diagnosis"),
)
LEAK027 = Rule(
    id="LEAK027",
    name="missing-value-predicts-label",
    severity=Severity.MEDIUM,
    summary="Whether a column is filled in goes with the label (Cramér's V above 0.3).",
    why="A value that is only measured after a diagnosis gives the diagnosis away by being there.",
    fix="Find out why the value is missing. If because of the outcome, drop the column, or fill it in for all records alike.",
    failing=_example(_labelled(noise=True, known=False), "dose,diagnosis\n5,well\n", "--label", "diagnosis"),
    passing=_example(_NOISE.replace("\n5,", "\n,"), "dose,diagnosis\n5,well\n", "--label", "diagnosis"),
)
LEAK028 = Rule(
    id="LEAK028",
    name="near-identical-row-across-splits",
    severity=Severity.MEDIUM,
    summary="An evaluation record of a table stands in training, equal or nearly so in every column, where chance would not put it.",
    why="Copies of a measurement, or augmented ones, on both sides make a test of memory; models of trees gain most by it.",
    fix="Remove the training record of each pair; make augmented records after the split, from training records only.",
    failing=_example(_cells(0), _cells(190)),
    passing=_example(_cells(0), _cells(200)),
)
LEAK029 = Rule(
    id="LEAK029",
    name="relation-to-label-changes",
    severity=Severity.LOW,
    summary="A column predicts the label in training but not in evaluation (its Gini coefficient falls by more than 0.2).",
    why="What ties the column to the label in training is an accident of how the data was gathered, or a leak that the test lacks.",
    fix="Look at how the column came about in both splits; drop it if its tie to the label is not one of the world.",
    failing=_example(_TELLS, _labelled(told=False), "--label", "diagnosis"),
    passing=_example(_TELLS, _TELLS, "--label", "diagnosis"),
)

RULES = (LEAK020, LEAK021, LEAK022, LEAK023, LEAK024, LEAK025, LEAK026, LEAK027, LEAK028, LEAK029)
