"""The container's files: what they run is what the README and the command line say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import Run

HOUSE = Path(__file__).resolve().parents[2]
DEPLOY = HOUSE / "assets" / "deploy"
FILES = [DEPLOY / "Containerfile", DEPLOY / "space" / "Dockerfile"]
KNOWN = {
    "FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT",
}  # fmt: skip


def steps(file: Path) -> list[tuple[str, str]]:
    """Instructions and their arguments."""
    lines = re.sub(r"\\\n", " ", file.read_text("utf-8")).splitlines()
    found = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert all(len(one) == 2 for one in found)
    return [(one[0], one[1]) for one in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_installs_as_the_readme_says_and_starts_what_there_is(
    file: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = steps(file)
    assert {name for name, _ in found} <= KNOWN
    assert found[0] == ("FROM", "python:3.12-slim")
    told = (HOUSE / "README.md").read_text("utf-8")
    install = found[[name for name, _ in found].index("USER") + 1][1]
    assert f"{install} && .venv/bin/curation demo" in told
    program, *arguments = json.loads(dict(found)["ENTRYPOINT"])
    assert program == ".venv/bin/curation"
    assert arguments[arguments.index("--port") + 1] == dict(found)["EXPOSE"]
    if "--workspace" in arguments:
        arguments[arguments.index("--workspace") + 1] = str(tmp_path / "w")
        arguments.append(str(tmp_path))
    else:
        arguments += ["--workspace", str(tmp_path / "w")]
    monkeypatch.delenv("CURATION_AUTH", raising=False)
    assert "CURATION_AUTH" in run.refused(*arguments)
    monkeypatch.setenv("CURATION_AUTH", "ann:secret")
    assert run(*arguments)[0] == 0
    assert run.served[0].access.login == ("ann", "secret")


def test_the_space_leads_to_the_servers_port() -> None:
    head = (DEPLOY / "space" / "README.md").read_text("utf-8").split("---\n")[1]
    told = dict(line.split(": ", 1) for line in head.splitlines())
    assert told["sdk"] == "docker"
    assert told["app_port"] == dict(steps(FILES[1]))["EXPOSE"]
