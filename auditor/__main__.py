"""`python -m auditor` is the command `auditor`."""

import sys
from pathlib import Path

# `-m` puts the working directory first; it may be a dataset, and no code from a dataset is run.
if sys.path and sys.path[0] != str(Path(__file__).resolve().parent.parent):
    del sys.path[0]

from auditor.cli import main

if __name__ == "__main__":
    main()
