"""``masterchain docs python``: every public name with its signature and its docstring."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any

from ... import graph, nodes, presets
from .markdown import page

ABOUT = """Made from the modules by `masterchain docs python`: what `masterchain.graph`, `masterchain.nodes` and
`masterchain.presets` export, with the public methods and properties of each class. Parameters of nodes stand in
`masterchain docs parameters`."""

MODULES = (graph, nodes, presets)


def python_page() -> str:
    """Return the page of all public names."""
    return page("Python", ABOUT, [line for module in MODULES for line in _module(module)])


def _module(module: ModuleType) -> Iterator[str]:
    yield from (f"## {module.__name__}", "", inspect.getdoc(module) or "", "")
    for name in module.__all__:
        yield from _name(f"{module.__name__.removeprefix('masterchain.')}.{name}", getattr(module, name))


def _name(name: str, value: Any) -> Iterator[str]:
    yield from (f"### {name}", "")
    if inspect.isclass(value) and not hasattr(value, "__origin__"):
        yield from (*_code(f"class {name}{_bases(value)}"), *_text(value))
        told = told_elsewhere(value)
        if told:
            yield from (f"Also what {' and '.join(f'`{base.__name__}`' for base in told)} has:", "")
        for member in members(value):
            yield from _member(member, inspect.getattr_static(value, member))
    elif inspect.isroutine(inspect.unwrap(value)):
        yield from (*_code(f"def {name}{signature(value)}"), *_text(value))
    else:
        yield from _code(f"{name} = {value!r}")


def told_elsewhere(owner: type) -> list[type]:
    """Return the bases of ``owner`` that the page tells of themselves, those left out that come with another."""
    bases = [base for base in owner.__mro__[1:] if _is_public(base)]
    return [base for base in bases if not any(base in other.__mro__[1:] for other in bases)]


def members(owner: type) -> list[str]:
    """Return the public methods and properties of ``owner``, in their order, but for those told elsewhere."""
    elsewhere = {base for told in told_elsewhere(owner) for base in told.__mro__}
    bases = [base for base in owner.__mro__ if base.__module__.startswith("masterchain.") and base not in elsewhere]
    names = {name: None for base in bases for name, value in vars(base).items() if _is_told(name, value)}
    return list(names)


def _is_public(owner: type) -> bool:
    return any(getattr(module, owner.__name__, None) is owner for module in MODULES)


def _is_told(name: str, value: Any) -> bool:
    kinds = (FunctionType, classmethod, staticmethod, property, cached_property)
    return (not name.startswith("_") or name == "__call__") and isinstance(value, kinds)


def _member(name: str, value: Any) -> Iterator[str]:
    """Yield an item for a method, called as it is seen from outside, or a property."""
    getter = value.fget if isinstance(value, property) else getattr(value, "func", None)
    if getter is not None:
        written = f"{name}: {_Bare(inspect.signature(getter).return_annotation)}"
        function: Any = getter
    else:
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        written = f"{name}{signature(function)}"
    doc = inspect.getdoc(function) or ""
    yield from (f"* **`{written}`**", "", *(f"  {line}".rstrip() for line in doc.splitlines()), "")


def _code(line: str) -> tuple[str, ...]:
    return "```python", line, "```", ""


def _bases(value: type) -> str:
    """Return what stands behind the name of a class: for an exception what it is, otherwise what it is made of."""
    if issubclass(value, BaseException):
        return f"({', '.join(base.__name__ for base in value.__bases__)})"
    return signature(value).removesuffix(" -> None")


class _Bare(str):
    """A text that is its own ``repr``: an annotation without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def signature(value: Any) -> str:
    """Return the signature of ``value``; a default that is a function is only hinted at."""
    signature = inspect.signature(value)
    parameters = [
        one.replace(
            annotation=_bare(one.annotation), default=_Bare("...") if inspect.isroutine(one.default) else one.default
        )
        for one in signature.parameters.values()
    ]
    return str(signature.replace(parameters=parameters, return_annotation=_bare(signature.return_annotation)))


def _bare(annotation: Any) -> Any:
    return _Bare(annotation) if isinstance(annotation, str) else annotation


def _text(value: Any) -> tuple[str, str]:
    """Return the docstring of ``value`` itself; dataclasses make one up of their fields, which says nothing new."""
    own = value.__doc__ or ""
    made_up = own.startswith(f"{value.__name__}(")
    return "" if made_up else inspect.cleandoc(own), ""
