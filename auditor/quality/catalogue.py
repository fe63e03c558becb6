"""The rules about columns: what each finds, why it matters and how it is mended."""

from __future__ import annotations

from auditor.model import Example, Rule, Severity


def _table(header: str, rows: list[str]) -> Example:
    return Example(files={"train.csv": "\n".join([header, *rows, ""])})


def _split(test: list[str]) -> Example:
    train = [f"{n},{n % 7}" for n in range(40)]
    return Example(files={"train.csv": "\n".join(["a,b", *train, ""]), "test.csv": "\n".join(["a,b", *test, ""])})


_CITIES = ["Oslo", "Rome", "Bern", "Kyiv"]

MISSING = Rule(
    id="QUAL001",
    name="missing-values",
    severity=Severity.LOW,
    summary="More than 5 % of the records of a split have no value in a column (medium from 50 % on).",
    why="What fills the gap decides what a model learns there, and records may lack a value for a reason that has to do with the label.",
    fix="Find out why values are missing; collect them, drop the column, or say in the card what a missing value means.",
    failing=_table("a,b", [f"{n},{n if n % 5 else ''}" for n in range(20)]),
    passing=_table("a,b", [f"{n},{n}" for n in range(20)]),
)
MISSING_DIFFERS = Rule(
    id="QUAL002",
    name="missing-differs-between-splits",
    severity=Severity.LOW,
    summary="The share of missing values in a column differs between splits by 5 percentage points or more.",
    why="The splits were not collected or prepared alike: a model is tested on gaps that it was not trained for, or the other way round.",
    fix="Prepare all splits in the same way, or split again after the values have been filled in.",
    failing=_split([f"{n}," for n in range(20)]),
    passing=_split([f"{n},{n % 5}" for n in range(20)]),
)
CONSTANT = Rule(
    id="QUAL003",
    name="constant-column",
    severity=Severity.LOW,
    summary="A column has the same value in every record.",
    why="It tells a model nothing, and often it is the trace of a step that went wrong: a join, a filter, a default.",
    fix="Drop the column, or find out where its values were lost.",
    failing=_table("a,b", [f"{n},yes" for n in range(12)]),
    passing=_table("a,b", [f"{n},{n % 2}" for n in range(12)]),
)
NEARLY_CONSTANT = Rule(
    id="QUAL004",
    name="nearly-constant-column",
    severity=Severity.INFO,
    summary="A column of 1,000 records or more has one value in 99.9 % of them or more, but not in all.",
    why="A model cannot learn the others from so few records, and a test split may have none of them.",
    fix="Drop the column, or collect more records with the other values.",
    failing=_table("a,b", [f"{n},{int(n == 5)}" for n in range(1001)]),
    passing=_table("a,b", [f"{n},{n % 2}" for n in range(1001)]),
)
MIXED = Rule(
    id="QUAL005",
    name="mixed-types",
    severity=Severity.LOW,
    summary="A column holds values of several types: numbers beside texts, or texts among what are numbers or dates otherwise.",
    why="Readers turn the whole column into texts, or the odd values into nothing; either way other values are learnt than were meant.",
    fix="Mend the odd values, or give them a column of their own.",
    failing=_table("a,b", [f"{n},{n if n != 7 else 'seven'}" for n in range(20)]),
    passing=_table("a,b", [f"{n},{n}" for n in range(20)]),
)
NULL_TOKENS = Rule(
    id="QUAL006",
    name="null-written-as-text",
    severity=Severity.LOW,
    summary="Cells say NA, null, NaN or the like in letters; in columns of numbers or dates also -, ?, none, unknown, ...",
    why="One reader takes them for missing, another for a value: counts, categories and embeddings differ from library to library.",
    fix="Leave such cells empty, or write a value that nobody takes for null (NA is also Namibia).",
    failing=_table("a,b", [f"{n},{_CITIES[n % 4] if n != 7 else 'N/A'}" for n in range(20)]),
    passing=_table("a,b", [f"{n},{_CITIES[n % 4]}" for n in range(20)]),
)
VARIANTS = Rule(
    id="QUAL007",
    name="spelling-variants",
    severity=Severity.LOW,
    summary="Values of a category differ in nothing but case or white space.",
    why="To a model they are different categories, each with fewer records than there are.",
    fix="Write every category in one way.",
    failing=_table("a,b", [f"{n},{_CITIES[n % 4] if n != 7 else 'KYIV '}" for n in range(60)]),
    passing=_table("a,b", [f"{n},{_CITIES[n % 4]}" for n in range(60)]),
)
GARBLED = Rule(
    id="QUAL008",
    name="garbled-text",
    severity=Severity.LOW,
    summary="Texts hold UTF-8 that was read as another encoding (Ã© for é), or the sign that replaces what could not be read (U+FFFD).",
    why="The words are others than people wrote, and what U+FFFD stands for is lost; a model learns to write them so.",
    fix="Read the source again in its true encoding; drop the records whose letters are lost.",
    failing=_table("a,b", ["1,the café closes at six", "2,the cafÃ© opens at ten"]),
    passing=_table("a,b", ["1,the café closes at six", "2,the café opens at ten"]),
)
OUTLYING = Rule(
    id="QUAL009",
    name="outlying-numbers",
    severity=Severity.INFO,
    summary="A few numbers of a column lie far from all the others.",
    why="They are often mistakes (another unit, a lost decimal point, a code such as 9999), and a single one can rule a mean or a scale.",
    fix="Look at the records; mend what is a mistake, and leave what is true.",
    failing=_table("a,b", [f"{n},{50 + n * 37 % 41 if n != 30 else 99999}" for n in range(60)]),
    passing=_table("a,b", [f"{n},{50 + n * 37 % 41}" for n in range(60)]),
)
DUPLICATE = Rule(
    id="QUAL010",
    name="duplicate-column",
    severity=Severity.LOW,
    summary="Two columns have the same value in every record.",
    why="One of them is redundant: it counts twice in a model, and a leak that is removed from the one stays in the other.",
    fix="Drop one of the columns.",
    failing=_table("a,b,c", [f"{n},{n % 7},{n % 7}" for n in range(12)]),
    passing=_table("a,b,c", [f"{n},{n % 7},{n % 6}" for n in range(12)]),
)

RULES = (MISSING, MISSING_DIFFERS, CONSTANT, NEARLY_CONSTANT, MIXED, NULL_TOKENS, VARIANTS, GARBLED, OUTLYING, DUPLICATE)
