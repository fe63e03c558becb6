"""Controls of laws and standards as data, and what a report is evidence of for each of them: never that anything complies."""
