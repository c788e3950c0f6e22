"""All that CI checks, a session a check: ``nox`` runs them all, ``nox -s lint types`` some, ``nox -l`` lists them.

Each session makes an environment of its own and installs plainly (``pip install .``): tests and type checkers see what
users get.  ``.ci/run`` runs the same sessions with ``--no-venv`` in the environment that the README's commands made.
``nox -s tests -p 3.13`` takes another Python; words behind ``--`` go to pytest.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox
from nox.virtualenv import PassthroughEnv

nox.options.sessions = ["lint", "format", "types", "tests", "wheel", "docs"]
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.needs_version = ">=2024.4.15"

ROOT = Path(__file__).resolve().parent
SUPPORT = ROOT / "tests" / "support"
OUTSIDE = ("house", "presets/test_presets.py", "programs/test_cli.py", "programs/test_demo.py")
"""What runs against the wheel, away from the checkout: the suite ran whole against the same files, see ``wheel``."""

PAGES = ("parameters", "commands", "osc", "python")


def install(session: nox.Session, *what: str) -> None:
    """Install ``what``, unless the session runs in an environment that has it (``--no-venv``)."""
    if not isinstance(session.virtualenv, PassthroughEnv):
        session.install("--upgrade", *what)


def ruff(session: nox.Session) -> None:
    """Install ruff in the version that ``pyproject.toml`` asks for."""
    wanted = nox.project.load_toml(ROOT / "pyproject.toml")["project"]["optional-dependencies"]["test"]
    install(session, *(name for name in wanted if name.startswith("ruff")))


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes in sources and tests: ruff check."""
    ruff(session)
    session.run("ruff", "check", ".")


@nox.session
def format(session: nox.Session) -> None:
    """Check that sources and tests are formatted: ruff format --check."""
    ruff(session)
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types: mypy --strict and pyright over the packages as they are installed, and over the tests."""
    install(session, ".[live,test]")
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py"))
    away = session.create_tmp()  # so that the packages are found where they are installed, not here
    with session.chdir(away):
        session.run("mypy", "--config-file", str(ROOT / "pyproject.toml"))
    session.run("mypy", "noxfile.py", *tests, env={"MYPYPATH": str(SUPPORT)})
    session.run("pyright")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole suite against the package as it is installed."""
    install(session, ".[live,test]")
    session.run("python", "-m", "pytest", "-q", "-n", "2", *(session.posargs or ["--durations=20"]))


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the source distribution and the wheel from it; prove it whole, and run it away from the checkout.

    Its files are compared with the checkout's byte by byte, so that what the whole suite showed of an installation
    (sessions ``tests``, ``.ci/run``) holds for the wheel.  Then a new environment, with nothing but the wheel and what
    it asks for, runs what could still fail: imports, programs, profiles, the demo, the golden sound.
    """
    install(session, "build")
    away = Path(session.create_tmp()).resolve()
    shutil.rmtree(away)
    session.run("python", "-m", "build", "--outdir", str(away / "dist"), str(ROOT), silent=True)
    built = next((away / "dist").glob("*.whl"))
    session.run("python", "-m", "venv", str(away / "venv"))
    python = next(path for path in (away / "venv/bin/python", away / "venv/Scripts/python.exe") if path.exists())
    session.run(str(python), "-m", "pip", "install", "--quiet", f"{built}[live,test]", external=True)
    shutil.copytree(ROOT / "tests", away / "outside" / "tests")
    shutil.copy(ROOT / "README.md", away / "outside")
    pytest = [str(python), "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml")]
    session.run(*pytest, str(ROOT / "tests" / "house" / "test_package.py"), external=True)
    with session.chdir(away / "outside"):
        session.run(*pytest, "--rootdir", ".", "-n", "2", *(f"tests/{name}" for name in OUTSIDE), external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Print the reference pages, and check that they leave nothing out."""
    install(session, ".[live,test]")
    folder = Path(session.create_tmp()).resolve()
    for page in PAGES:
        printed = session.run("masterchain", "docs", page, silent=True)
        (folder / f"{page}.md").write_text(str(printed), "utf-8")
    session.run("python", "-m", "pytest", "-q", "tests/programs/test_docs.py")
    session.log("the pages stand in %s", folder)


@nox.session
def coverage(session: nox.Session) -> None:
    """Tell which lines the tests run, as a table; nothing depends on it.

    Compiled code is not seen: the lines of functions under ``@njit`` count as not run, though every test of a node runs
    them.  Read ``nodes/kernels`` with that in mind.
    """
    install(session, ".[live,test]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", "-n", "2", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    session.log("compiled code (@njit, most of nodes/kernels) is not seen by coverage and counts as not run")
