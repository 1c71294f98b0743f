"""Real data that nobody here wrote: it is read in place, and its tests skip where it is absent."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_shared_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared data are not on this machine")


def listed(pattern: str) -> list[Path]:
    """The files of that pattern; none where the data are absent."""
    return sorted(FOLDER.glob(pattern))
