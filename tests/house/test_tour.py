"""The public face in one go: the tour of the README runs as it is written, on a short synthesised mix."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from masterchain.graph import Analysis, Chain, Result
from masterchain.nodes import Limiter
from songs import song, write
from typed import complaints

README = (Path(__file__).parents[2] / "README.md").resolve()

TOUR = """\
from masterchain import graph, nodes
graph.__version__
graph.profiles(); graph.services()
result = graph.master("mix.wav", "out.wav")
print(result, result.levels_after.true_peak, result.limits)
s = graph.Settings(profile="a", loudness=-14.0)
s = s.with_service("spotify")
graph.master_all("mix.wav", [graph.Output("a.wav", "wav"), graph.Output("a.mp3", "mp3")], s)
graph.preview("mix.wav", [graph.Preview("a.m4a", s)], matched=True)
analysis = graph.analyse("mix.wav"); analysis.save("a.json")
graph.diagnose(analysis); graph.rank_profiles(analysis)
plan = graph.plan(analysis, s); graph.render("mix.wav", "b.flac", plan)
y, result = graph.master_array(x, 48000, s)             # arrays in, arrays out, as librosa's users expect
limiter = nodes.Limiter(ceiling_db=-1.0); y = limiter(x, 48000)
chain = graph.Chain([nodes.DynamicEQ(), limiter]); chain.schedule(48000, "limiter.ceiling_db", -2.0)
y = graph.delta(chain)(x, 48000)
nodes.check_node(MyNode)                                # the contract suite, for nodes of one's own
try: graph.master("x", "y")
except graph.MasterchainError as error: print(error)
"""

NODE = '''\
import numpy as np
from masterchain import nodes

class MyNode(nodes.Node):
    """Cut off what is above the ceiling."""

    id = "my_node"
    ceiling: nodes.Param = nodes.Param(1.0, 0.1, 1.0, live=False, doc="Highest sample, full scale being 1.")

    def _prepare(self, spec: nodes.Spec) -> int:
        self._ceiling = self.ceiling
        return 0  # frames of latency

    def _process(self, block: nodes.Block) -> None:
        np.clip(block, -self._ceiling, self._ceiling, out=block)
'''


@pytest.mark.parametrize("code", [TOUR, NODE], ids=["tour", "node"])
def test_the_readme_has_the_same_text(code: str) -> None:
    assert README.read_text("utf-8").count(f"```py\n{code}```\n") == 1


def test_a_type_checker_takes_it(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    array = "from numpy.typing import NDArray\nx: NDArray[np.float32] = np.zeros((2, 48000), np.float32)\n"
    assert complaints(NODE + array + TOUR, tmp_path, pytestconfig) == {}


def test_it_runs_as_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = song(4.0, 48000).astype(np.float32)
    names: dict[str, Any] = {"__name__": "tour", "x": x}
    exec(compile(NODE, "README", "exec"), names)
    with contextlib.chdir(tmp_path):
        write("mix.wav", song(4.0))
        exec(compile(TOUR, "README", "exec"), names)
        files = {path.name for path in tmp_path.iterdir()}
        assert Analysis.load("a.json").report.frames == 4 * 44100
    assert {"out.wav", "a.wav", "a.mp3", "a.m4a", "b.flac", "a.json", "a-matched.m4a"} <= files
    assert names["s"].loudness == -14.0
    assert names["s"].profile == "a"
    assert isinstance(names["result"], Result)
    assert names["result"].levels_after.loudness == pytest.approx(-14.0, abs=0.1)
    assert isinstance(names["limiter"], Limiter)
    assert isinstance(names["chain"], Chain)
    assert names["y"].shape == x.shape
    said = capsys.readouterr().out
    assert "mix.wav -> out.wav" in said
    assert said.splitlines()[-1].startswith("x: ")
