"""The executable reading of the design (`check_library.py`), where a machine has it.

The design is no part of this repository: it stands beside it, in `../shared/design`, or where
`JALON_DESIGN` says.
"""

import importlib.util
import os
import sys
from functools import cache
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "design"
CHECKER = Path(os.environ.get("JALON_DESIGN") or BESIDE) / "library" / "check_library.py"
needed = pytest.mark.skipif(
    not CHECKER.is_file(), reason="the design is not beside this repository, and JALON_DESIGN names none"
)


@cache
def checker():
    """Run it, once, and give its names."""
    hook = sys.excepthook
    spec = importlib.util.spec_from_file_location("check_library", CHECKER)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.excepthook = hook
    return module
