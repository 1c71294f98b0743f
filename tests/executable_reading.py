"""The executable reading of the design (`check_library.py`), where a machine has it.

The design is no part of this repository: `JALON_DESIGN` names the folder that holds its `library/`.
"""

import importlib.util
import os
import sys
from functools import cache
from pathlib import Path

import pytest

CHECKER = Path(os.environ.get("JALON_DESIGN", "")) / "library" / "check_library.py"
needed = pytest.mark.skipif(not CHECKER.is_file(), reason="the design is not on this machine (JALON_DESIGN)")


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
