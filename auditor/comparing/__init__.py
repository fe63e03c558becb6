"""Two versions of a dataset set side by side, and the saved reports of many runs in a row."""
