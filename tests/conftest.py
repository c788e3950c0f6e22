"""Make the helpers in support/ importable, and print the seed of the run."""

import contextlib
import ctypes
import platform
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


@pytest.fixture(autouse=True)
def _plain_arithmetic() -> None:
    """Undo what plugins built with -ffast-math do to the thread that loads them: round subnormal numbers to 0."""
    if platform.libc_ver()[0] == "glibc":
        default = ctypes.c_void_p(-1)  # FE_DFL_ENV on x86 and ARM
        with contextlib.suppress(AttributeError):
            ctypes.CDLL("libm.so.6").fesetenv(default)
