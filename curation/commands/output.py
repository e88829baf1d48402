"""What commands print."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any


def show(options: Namespace, value: Any, text: str) -> None:
    """Print ``value`` with ``--json``, ``text`` without."""
    print(json.dumps(value, ensure_ascii=False) if options.json else text)


def catalogue_line(line: str, row: dict[str, Any]) -> str:
    """One row of a catalogue: ``line``, its needs and defaults, and what is absent."""
    needs = f" | needs {', '.join(row['needs'])}" if row["needs"] else ""
    set_by = ", ".join(f"{name}={value}" for name, value in row["defaults"].items())
    absent = f" [absent: {row['absent']}]" if row["absent"] else ""
    return f"{line}{needs}{' | ' if set_by else ''}{set_by}{absent}"
