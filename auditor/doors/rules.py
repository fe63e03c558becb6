"""Where rules/ lies: inside the installed package, else beside it in the checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = _PACKAGE / "rules" if (_PACKAGE / "rules").is_dir() else _PACKAGE.parent / "rules"
