"""Make the helpers in support/ importable, and print the seed of the run."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

from signals import SEED

# The same examples on every machine, and no example fails for being slow; `--hypothesis-profile search` looks further.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=100)
settings.register_profile("search", deadline=None, max_examples=5_000)
settings.load_profile("ci")


def pytest_report_header() -> str:
    return f"masterchain: MASTERCHAIN_SEED={SEED} repeats the random parts of this run"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", dest="renew_golden",
        help="take the sound as it is now for the golden one (say so in CHANGELOG.md)",
    )  # fmt: skip
