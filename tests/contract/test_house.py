"""The house rules: who may import whom, how large a module is, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = (
    "items", "demo", "spaces", "proposals", "decisions", "learning", "exports", "evaluation",
    "distillation", "teaching", "worker", "criterion", "engine", "workspace", "http", "commands",
)  # fmt: skip
OUTSIDE_OF_ROOMS = {
    f"curation.{name}"
    for name in ("types", "errors", "settings", "files", "clock", "paths", "ports", "ties")
}
SHOWING = {
    "curation.__main__": {"app"},
    "curation.workspace.workspace": {"components.inline"},
}
"""Who may reach for the page: ``python -m curation``, and ``Workspace.page`` in a notebook."""
PUTTING_TOGETHER = {
    f"curation.{name}"
    for name in (
        "http.access", "http.app", "http.forwarded", "http.gate", "http.place", "http.server",
        "ports",
    )
}  # fmt: skip
"""What the modules beside the panels may use: they put page and server together."""
PANEL_MODULES = {"curation.workspace", "curation.types", "curation.errors"}
STRATEGY_MODULES = {"curation.types", "curation.errors", "curation.ties"} | {
    f"curation.proposals.{name}"
    for name in ("base", "attributes", "item_strategy", "search", "smoothing")
}
STRATEGY_LIBRARIES = {"numpy", "scipy", "sklearn", "faiss"}
MAX_LINES = 400
COMPOSED = ("criterion", "engine", "workspace")
"""Rooms whose classes are composed: none inherits from another one there."""
MAX_METHODS = 20
LOOK_UPS = {
    "bool",
    "float",
    "frozenset",
    "int",
    "len",
    "list",
    "max",
    "min",
    "sorted",
    "sum",
    "tuple",
}
"""What a property of a composed room may call."""
DISK = {
    "open", "read_text", "read_bytes", "exists", "is_file", "is_dir", "glob", "rglob", "iterdir",
    "stat", "load", "connect", "execute", "numbers",
}  # fmt: skip
"""What no property calls: it reads a disk."""


def modules(*folders: str) -> dict[str, Path]:
    """Dotted name -> file, of all modules under the folders."""
    found = {}
    for folder in folders:
        for path in sorted((HOUSE / folder).rglob("*.py")):
            parts = path.relative_to(HOUSE).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


OURS = modules("curation", "components")


def imports(name: str) -> set[str]:
    """Modules that a module imports anywhere in it, lazily or not; its own package apart.

    ``from curation import types`` counts as ``curation.types``.
    """
    path = OURS[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), node.module or ""])
            base = base.rstrip(".")
            found |= {
                full if (full := f"{base}.{alias.name}") in OURS else base for alias in node.names
            }
    return found


def ours(found: set[str]) -> set[str]:
    return {name for name in found if name.split(".")[0] in ("curation", "components", "app")}


def libraries(found: set[str]) -> set[str]:
    tops = {name.split(".")[0] for name in found - ours(found)}
    return tops - set(sys.stdlib_module_names)


def room(name: str) -> str | None:
    top, _, rest = name.partition(".")
    first = rest.split(".")[0]
    return first if top == "curation" and first in ROOMS else None


def is_strategy(path: Path) -> bool:
    """A module with a class that derives from Strategy, other than the base itself."""
    classes = [
        n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ClassDef)
    ]
    return any(ast.unparse(base).endswith("Strategy") for node in classes for base in node.bases)


STRATEGIES = [
    name
    for name, path in OURS.items()
    if room(name) == "proposals" and path.stem not in ("base", "mix") and is_strategy(path)
]


@pytest.mark.parametrize("name", [name for name in OURS if room(name)])
def test_rooms_import_only_from_their_left(name: str) -> None:
    left = ROOMS[: ROOMS.index(room(name)) + 1]
    wrong = {
        used
        for used in ours(imports(name))
        if room(used) not in left
        and used not in OUTSIDE_OF_ROOMS | {"curation"} | SHOWING.get(name, set())
    }
    assert not wrong, f"{name} may use {', '.join(left)}, types, errors, settings, files, clock"


def tree(name: str) -> ast.Module:
    """Syntax tree of a module of ours."""
    return ast.parse(OURS[name].read_text("utf-8"))


def classes(*trees: ast.Module) -> list[ast.ClassDef]:
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def fields(owner: ast.ClassDef) -> set[str]:
    """What the instances of a class hold: its annotated names, and what is set on ``self``."""
    found = {
        node.target.id
        for node in owner.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return found | {name for on, name, _ in assigned(owner) if on == "self"}


def assigned(tree: ast.AST) -> list[tuple[str, str, int]]:
    """Object, attribute and line of every assignment to an attribute."""
    return [
        (ast.unparse(node.value), node.attr, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    ]


FIELDS = {name: {field for one in classes(tree(name)) for field in fields(one)} for name in OURS}
SET_BY_OTHERS = {"options", "request.state"}
"""What a parser or the web framework hands on, to be filled."""
OF_TORCH = {"weight", "bias", "data", "groups"}
"""Fields of the networks' layers, which surgery on them replaces."""
OF_PILLOW = {"tile"}
"""What of an image is still to be decoded."""


@pytest.mark.parametrize("name", [name for name in OURS if room(name)])
def test_only_the_module_of_a_class_sets_its_fields(name: str) -> None:
    elsewhere = {field for other, held in FIELDS.items() if other != name for field in held}
    elsewhere -= OF_PILLOW
    wrong = [
        f"{on}.{field} in line {line}"
        for on, field, line in assigned(tree(name))
        if on not in SET_BY_OTHERS | {"self"} and field in elsewhere - FIELDS[name] - OF_TORCH
    ]
    assert not wrong


@pytest.mark.parametrize("name", [name for name in OURS if name.split(".")[0] == "curation"])
def test_curation_knows_no_page(name: str) -> None:
    found = imports(name)
    assert "gradio" not in libraries(found)
    page = {used for used in found if used.split(".")[0] in ("components", "app")}
    assert page <= SHOWING.get(name, set())


@pytest.mark.parametrize("name", [name for name in OURS if name.split(".")[0] == "components"])
def test_panels_talk_to_the_workspace_only(name: str) -> None:
    found = imports(name)
    wrong = {used for used in ours(found) if not used.startswith("components")} - PANEL_MODULES
    assert not wrong - (set() if name == "components.page" else PUTTING_TOGETHER)
    assert libraries(found) <= {"gradio", "fastapi"}


def test_every_panel_has_a_script() -> None:
    from components.page import STAGE

    scripts = {path.stem for path in (HOUSE / "assets" / "js").glob("*.js")}
    assert {"header", *STAGE} <= scripts


def test_there_are_strategies_to_hold() -> None:
    assert len(STRATEGIES) >= 30


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_stand_alone(name: str) -> None:
    found = imports(name)
    assert ours(found) <= STRATEGY_MODULES
    assert libraries(found) <= STRATEGY_LIBRARIES


@pytest.mark.parametrize("name", list(OURS))
def test_modules_are_small(name: str) -> None:
    assert len(OURS[name].read_text("utf-8").splitlines()) < MAX_LINES


def test_the_composition_root_only_composes() -> None:
    assert len((HOUSE / "app.py").read_text("utf-8").splitlines()) < 80


def composed() -> dict[str, ast.Module]:
    """Dotted name -> syntax tree, of all modules of the composed rooms."""
    return {name: tree(name) for name in OURS if room(name) in COMPOSED}


def heirs(*trees: ast.Module) -> list[str]:
    """Classes that inherit from another class of the same trees."""
    found = classes(*trees)
    names = {node.name for node in found}
    return [
        node.name
        for node in found
        if names & {ast.unparse(base).partition("[")[0].split(".")[-1] for base in node.bases}
    ]


def set_on_others(tree: ast.Module) -> list[str]:
    """Attributes that are set on, or deleted from, anything but ``self``."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("setattr", "setattr__")
        ):
            found.append(ast.unparse(node))
    return found


def property_calls(tree: ast.Module) -> dict[str, set[str]]:
    """Property -> the functions that it calls, as they are written."""
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
        calls = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
        if marks & {"property", "cached_property"}:
            found[node.name] = calls - marks
    return found


def busy_properties(tree: ast.Module) -> list[str]:
    """Properties that call anything but a look-up."""
    return [name for name, calls in property_calls(tree).items() if calls - LOOK_UPS]


def reading_properties(tree: ast.Module) -> list[str]:
    """Properties that call what reads a disk."""
    found = property_calls(tree)
    return [name for name, calls in found.items() if {c.split(".")[-1] for c in calls} & DISK]


def test_there_are_rooms_to_hold() -> None:
    assert {name.split(".")[1] for name in composed()} == set(COMPOSED)


def test_no_service_inherits_from_another() -> None:
    assert heirs(*composed().values()) == []


@pytest.mark.parametrize("name", list(composed()))
def test_objects_set_their_own_attributes_only(name: str) -> None:
    assert set_on_others(composed()[name]) == []


@pytest.mark.parametrize("name", list(composed()))
def test_a_property_of_what_is_live_looks_up(name: str) -> None:
    assert busy_properties(composed()[name]) == []


@pytest.mark.parametrize("name", [name for name in OURS if room(name)])
def test_a_property_reads_no_disk(name: str) -> None:
    assert reading_properties(tree(name)) == []


@pytest.mark.parametrize("name", list(composed()))
def test_a_service_has_few_methods(name: str) -> None:
    for node in classes(composed()[name]):
        methods = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
        assert len([one for one in methods if not one.startswith("_")]) <= MAX_METHODS, node.name


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (heirs, "class A: ...\nclass B(base.A): ..."),
        (heirs, "class A: ...\nclass B(A[int]): ..."),
        (set_on_others, "def f(self, other):\n    other.picks = 1"),
        (set_on_others, "def f(self):\n    self.other.part.version += 1"),
        (set_on_others, "def f(self, other):\n    other.run, self.a = 1, 2"),
        (set_on_others, "def f(self, other):\n    setattr(other, 'run', 1)"),
        (busy_properties, "class A:\n    @property\n    def n(self):\n        return read(self.p)"),
        (busy_properties, "class A:\n    @cached_property\n    def n(self):\n        open(1)"),
        (reading_properties, "class A:\n    @property\n    def n(self):\n        a.b.exists()"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(rule: Callable[[ast.Module], list[str]], fault: str) -> None:
    assert len(rule(ast.parse(fault))) == 1


CHEAP = """
import sys, threading
import {name}
heavy = sorted({{"torch", "umap", "gradio", "open_clip", "timm"}} & sys.modules.keys())
assert not heavy, heavy
assert threading.active_count() == 1, threading.enumerate()
"""


@pytest.mark.parametrize("name", ["curation.workspace", "curation.exports"])
def test_importing_is_cheap(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHEAP.format(name=name)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOUSE), "PATH": "", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
