"""One ``except graph.MasterchainError`` catches all that masterchain refuses or gives up."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from masterchain import graph, nodes, presets
from masterchain.graph.control import ControlError
from masterchain.graph.jobs.errors import DocumentError
from masterchain.graph.live import DeviceError
from masterchain.scripts.shell import outcome

NINE = {
    nodes.ParamError: ValueError,
    presets.PresetError: ValueError,
    graph.SettingsError: ValueError,
    graph.MediaError: Exception,
    graph.AnalysisError: ValueError,
    ControlError: ValueError,
    DeviceError: RuntimeError,
    DocumentError: ValueError,
    graph.Cancelled: Exception,
}


def exceptions() -> Iterator[type[BaseException]]:
    """Every exception class that a module of the library defines."""
    for package in (nodes, presets, graph):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for thing in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(thing) and issubclass(thing, BaseException) and thing.__module__ == module.name:
                    yield thing


def test_every_exception_of_the_library_has_the_one_base() -> None:
    classes = set(exceptions())
    assert set(NINE) <= classes
    assert [one for one in classes if not issubclass(one, graph.MasterchainError)] == []


@pytest.mark.parametrize(("one", "other"), NINE.items(), ids=lambda c: c.__name__)
def test_the_nine_keep_their_other_base(one: type[Exception], other: type[Exception]) -> None:
    assert issubclass(one, other)


def test_both_faces_export_the_base() -> None:
    assert graph.MasterchainError is nodes.MasterchainError
    assert "MasterchainError" in graph.__all__
    assert "MasterchainError" in nodes.__all__


@pytest.mark.parametrize("error", [one for one in NINE if one not in (graph.MediaError, DocumentError)])
def test_a_command_ends_with_the_words_of_any_of_them(
    error: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise error("nothing to be done")

    code = outcome.ended(command, outcome.Session())
    assert code == (outcome.FAILED if error is graph.Cancelled else outcome.REFUSED)
    assert capsys.readouterr().err == "masterchain: nothing to be done\n"
