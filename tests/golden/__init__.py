"""Whole outputs kept as files: a change shows as a difference that a QA manager can read.

Set QA_REFRESH_GOLDEN=1 to write them anew.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def assert_golden(name: str, document: Mapping[str, Any]) -> None:
    """The document equals the kept file of that name."""
    path = FOLDER / name
    if os.environ.get("QA_REFRESH_GOLDEN"):
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(document))
