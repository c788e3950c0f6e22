"""Find the packages: every folder with an ``__init__`` under the four roots, as ``masterchain.graph.media`` and so on.

The folders sit at the top of the repository, and setuptools cannot say in ``pyproject.toml`` that what it finds there
is installed below ``masterchain``.  All else stands in ``pyproject.toml``.
"""

from setuptools import find_packages, setup

ROOTS = ("graph", "nodes", "presets", "scripts")

setup(
    packages=[f"masterchain.{name}" for root in ROOTS for name in find_packages(include=[root, f"{root}.*"])],
    package_dir={f"masterchain.{root}": root for root in ROOTS},
)
