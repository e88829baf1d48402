"""``curation doctor``: what is installed and what works here, in lines a person can act on."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from importlib import metadata
from pathlib import Path

from curation.commands.command import Command, Serve
from curation.commands.options import json_option, workspace_options
from curation.commands.output import show

PACKAGES = (
    "torch", "torchvision", "open_clip_torch", "timm", "faiss-cpu", "umap-learn", "gradio",
    "plotly", "pandas", "pyarrow", "sqlalchemy", "alembic", "pytorch-metric-learning",
)  # fmt: skip
LEAST_FREE_BYTES = 2 * 2**30


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser, criterion=False)
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    found = _checks()
    show(options, found, "\n".join(f"{c['name']:14s} {c['state']:5s} {c['detail']}" for c in found))
    return 0 if all(check["state"] != "bad" for check in found) else 1


def _checks() -> list[dict[str, str]]:
    """Rows of ``name``, ``state`` (ok, warn, bad) and ``detail``."""
    return [_python(), *map(_package, PACKAGES), _accelerator(), _cores(), _disk()]


def _row(name: str, state: str, detail: str) -> dict[str, str]:
    return {"name": name, "state": state, "detail": detail}


def _python() -> dict[str, str]:
    fine = sys.version_info >= (3, 11)
    return _row("python", "ok" if fine else "bad", sys.version.split()[0])


def _package(name: str) -> dict[str, str]:
    try:
        return _row(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return _row(name, "bad", "missing; install the project again: pip install .")


def _accelerator() -> dict[str, str]:
    if importlib.util.find_spec("torch") is None:
        return _row("accelerator", "bad", "torch is missing")
    import torch

    if not torch.cuda.is_available():
        return _row("accelerator", "warn", "no CUDA device; everything runs on the CPU, slower")
    return _row("accelerator", "ok", torch.cuda.get_device_name(0))


def _cores() -> dict[str, str]:
    return _row("cores", "ok", str(os.cpu_count()))


def _disk() -> dict[str, str]:
    home = Path.home() if Path.home().exists() else Path(tempfile.gettempdir())
    free = shutil.disk_usage(home).free
    state = "ok" if free >= LEAST_FREE_BYTES else "warn"
    return _row("disk", state, f"{free / 2**30:.1f} GiB free in {home}")


COMMAND = Command("doctor", "Check this installation.", _add, _run)
