"""Make the helpers in support/ importable, and print the seed of the run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

from signals import SEED


def pytest_report_header() -> str:
    return f"masterchain: MASTERCHAIN_SEED={SEED} repeats the random parts of this run"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", dest="renew_golden",
        help="take the sound as it is now for the golden one (say so in CHANGELOG.md)",
    )  # fmt: skip
