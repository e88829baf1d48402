from __future__ import annotations

import pytest
from commands import Run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """run(command, *options): exit status, standard output and standard error."""
    return Run(capsys)
