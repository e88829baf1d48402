"""Runs commands of the command line in the tests' own process."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

import pytest

from curation.commands import main as command_line


class Run:
    """Runs a command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.served: list[Namespace] = []

    def __call__(self, *arguments: Any) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = command_line.main([str(one) for one in arguments], self._serve)
        out, err = self.capsys.readouterr()
        return code, out, err

    def _serve(self, options: Namespace) -> int:
        self.served.append(options)
        return 0

    def json(self, *arguments: Any) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    def refused(self, *arguments: Any) -> str:
        """The message of a command that must fail with status 2."""
        code, _, err = self(*arguments)
        assert code == 2, err
        assert "Traceback" not in err
        assert err.startswith("curation: ")
        return err

    def usage(self, *arguments: Any) -> tuple[int, str]:
        """Exit status and text of arguments that end in the parser: help, or what is wrong."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            command_line.main([str(one) for one in arguments], self._serve)
        out, err = self.capsys.readouterr()
        return int(stop.value.code or 0), out + err
