"""The rules of drift, DRFT001 to DRFT007. They advise: none is more than medium."""

from __future__ import annotations

from auditor.model import Example, Rule, Severity


def _table(shift: int = 0, town: str = "", empty: int = 0, text: str = "") -> str:
    """60 records of a number, a town and a note."""
    rows = []
    for i in range(60):
        number = "" if i < empty else str((i * 37) % 101 + shift)
        rows.append(f"{number},{town or ('bern', 'graz', 'linz')[i % 3]},{text}note {i}\n")
    return "degrees,town,note\n" + "".join(rows)


def _example(test: str, *options: str) -> Example:
    return Example(files={"train.csv": _table(), "test.csv": test}, options=options)


_SAME = _example(_table())
_LABELLED = _example(_table(), "--label", "town")

DRFT001 = Rule(
    id="DRFT001",
    name="numbers-drift",
    severity=Severity.MEDIUM,
    summary="The numbers of a column are distributed otherwise than in training: by a tenth of a standard deviation or more.",
    why="A model is judged on inputs that it was not made for; what the score says of new data depends on which of the two they are like.",
    fix="Draw the splits from one population, or say that the evaluation is meant to be of another and ignore this rule.",
    failing=_example(_table(shift=60)),
    passing=_SAME,
)
DRFT002 = Rule(
    id="DRFT002",
    name="categories-drift",
    severity=Severity.MEDIUM,
    summary="The categories of a column have other shares than in training (Jensen-Shannon distance of 0.1 or more).",
    why="Scores weigh categories by their share: with other shares the same model has another score.",
    fix="Draw the splits from one population, or judge the model for each category by itself.",
    failing=_example(_table(town="graz")),
    passing=_SAME,
)
DRFT003 = Rule(
    id="DRFT003",
    name="new-categories",
    severity=Severity.LOW,
    summary="A column has categories that training has not.",
    why="A model cannot know them: encoders fail on them or take them for missing.",
    fix="Add records of these categories to training, or decide how unknown ones are treated. Of one record in a hundred or more: medium.",
    failing=_example(_table(town="wien")),
    passing=_SAME,
)
DRFT004 = Rule(
    id="DRFT004",
    name="missing-values-drift",
    severity=Severity.LOW,
    summary="Values of a column are missing more or less often than in training, by five per cent of the records or more.",
    why="Something in how the data was gathered has changed; what fills the gaps in one split is seldom right in the other.",
    fix="Find out why; gather the column alike in both, or leave it out.",
    failing=_example(_table(empty=25)),
    passing=_SAME,
)
DRFT005 = Rule(
    id="DRFT005",
    name="label-drift",
    severity=Severity.MEDIUM,
    summary="The label (--label) is distributed otherwise than in training.",
    why="Thresholds and probabilities that were fitted to the shares of training are wrong for others; scores are not comparable.",
    fix="Stratify the splits by the label, or weigh the score by the shares that are expected in use.",
    failing=_example(_table(town="graz"), "--label", "town"),
    passing=_LABELLED,
)
DRFT006 = Rule(
    id="DRFT006",
    name="text-length-drift",
    severity=Severity.LOW,
    summary="The texts of a column are longer or shorter than in training, by a tenth of a standard deviation or more.",
    why="Length is the plainest sign of another source: other writers, another form, another way of cutting.",
    fix="Find out where the texts of each split come from; draw the splits from one source.",
    failing=_example(_table(text="a long remark before the ")),
    passing=_SAME,
)

DRFT007 = Rule(
    id="DRFT007",
    name="records-drift",
    severity=Severity.MEDIUM,
    summary="A simple classifier tells evaluation records from training records by all columns at once (AUC of 0.6 or more).",
    why="Columns may go together otherwise than in training while each by itself looks the same.",
    fix="Look at how the splits were drawn: at random from one table they cannot be told apart.",
    failing=_example(_table(shift=60), "--label", "note"),
    passing=_example(_table(), "--label", "note"),
)

RULES = (DRFT001, DRFT002, DRFT003, DRFT004, DRFT005, DRFT006)
