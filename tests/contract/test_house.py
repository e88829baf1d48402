"""The house rules: who may import whom, how large a module is, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = (
    "items", "demo", "spaces", "proposals", "decisions", "learning", "exports", "evaluation",
    "distillation", "teaching",
)  # fmt: skip
OUTSIDE_OF_ROOMS = {"curation.types", "curation.errors", "curation.settings"}
PANEL_MODULES = {"curation.workspace", "curation.types", "curation.errors"}
STRATEGY_MODULES = {"curation.types", "curation.errors"} | {
    f"curation.proposals.{name}"
    for name in ("base", "attributes", "item_strategy", "search", "smoothing")
}
STRATEGY_LIBRARIES = {"numpy", "scipy", "sklearn", "faiss"}
MAX_LINES = 400


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
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*parents, node.module or ""] if node.level else [node.module])
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
def test_rooms_import_only_from_their_left(name):
    left = ROOMS[: ROOMS.index(room(name)) + 1]
    wrong = {
        used
        for used in ours(imports(name))
        if room(used) not in left and used not in OUTSIDE_OF_ROOMS | {"curation"}
    }
    assert not wrong, f"{name} may use {', '.join(left)}, types, errors and settings"


@pytest.mark.parametrize("name", [name for name in OURS if name.split(".")[0] == "curation"])
def test_curation_knows_no_page(name):
    found = imports(name)
    assert "gradio" not in libraries(found)
    page = {used for used in found if used.split(".")[0] in ("components", "app")}
    assert page <= ({"app"} if name == "curation.__main__" else set())  # `python -m curation`


@pytest.mark.parametrize("name", [name for name in OURS if name.split(".")[0] == "components"])
def test_panels_talk_to_the_workspace_only(name):
    found = imports(name)
    wrong = {used for used in ours(found) if not used.startswith("components")} - PANEL_MODULES
    assert not wrong
    assert libraries(found) <= {"gradio", "fastapi"}


def test_there_are_strategies_to_hold():
    assert len(STRATEGIES) >= 30


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_stand_alone(name):
    found = imports(name)
    assert ours(found) <= STRATEGY_MODULES
    assert libraries(found) <= STRATEGY_LIBRARIES


@pytest.mark.parametrize("name", list(OURS))
def test_modules_are_small(name):
    assert len(OURS[name].read_text("utf-8").splitlines()) < MAX_LINES


def test_the_composition_root_only_composes():
    assert len((HOUSE / "app.py").read_text("utf-8").splitlines()) < 80


CHEAP = """
import sys, threading
import {name}
heavy = sorted({{"torch", "umap", "gradio", "open_clip", "timm"}} & sys.modules.keys())
assert not heavy, heavy
assert threading.active_count() == 1, threading.enumerate()
"""


@pytest.mark.parametrize("name", ["curation.workspace", "curation.exports"])
def test_importing_is_cheap(name, tmp_path):
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
