"""Make the helpers in support/ importable, and print the seed of the run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))

from signals import SEED


def pytest_report_header() -> str:
    return f"masterchain: MASTERCHAIN_SEED={SEED} repeats the random parts of this run"
