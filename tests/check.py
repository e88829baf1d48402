"""The one check, here and in CI: style, types, then tests, fast ones first."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "tests/contract", "tests/unit", "tests/property"),
    ("pytest", "tests/api"),
    ("pytest", "tests/browser"),
)


def main() -> int:
    """Run all steps, the rest too where one fails; the exit status of the first failure."""
    status = 0
    for step in STEPS:
        started = time.monotonic()
        code = subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=False).returncode
        print(f"{' '.join(step)}: exit {code}, {time.monotonic() - started:.0f} s", flush=True)
        status = status or code
    return status


if __name__ == "__main__":
    sys.exit(main())
