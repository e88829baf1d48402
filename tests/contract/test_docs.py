"""What the documents say about commands, options and files is so."""

from __future__ import annotations

import re
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest

from curation.commands.main import COMMANDS, build_parser
from curation.learning import objectives
from curation.proposals import registry

HOUSE = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md")])


def commands() -> dict[str, ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, _SubParsersAction):
            return dict(action.choices)
    raise AssertionError("no commands")


def options() -> set[str]:
    return {o for parser in commands().values() for o in parser._option_string_actions}


def test_every_command_is_in_the_readme() -> None:
    readme = (HOUSE / "README.md").read_text("utf-8")
    assert set(commands()) == set(COMMANDS)
    assert [name for name in COMMANDS if f"curation {name}" not in readme] == []


def test_every_option_says_what_it_is() -> None:
    silent = [
        (name, action.dest)
        for name, parser in commands().items()
        for action in parser._actions
        if not action.help
    ]
    assert silent == []


def test_the_table_of_commands_names_only_their_own_options() -> None:
    section = (HOUSE / "README.md").read_text("utf-8").partition("## Command line")[2]
    rows = re.findall(r"^\| `curation \[?(\w+).*$", section.partition("\n## ")[0], re.MULTILINE)
    assert {name.lower() for name in rows} - {"source"} == set(COMMANDS) - {"serve"}
    for line in section.splitlines():
        named = re.match(r"\| `curation \[?(\w+)", line)
        if named is None:
            continue
        parser = commands()["serve" if named[1] == "SOURCE" else named[1]]
        told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", line))
        assert told - {"--workspace"} <= set(parser._option_string_actions), line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_named_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    named = {
        option
        for line in re.findall(r"[^\n`]*\bcuration [^\n`]*|`--[^`]*`", text)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)
    }
    assert named <= options()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_lists_every_strategy_with_its_paper_and_no_other() -> None:
    section = (HOUSE / "README.md").read_text("utf-8").partition("## Ways to choose pairs")[2]
    table = section.partition("\n## ")[0]
    listed = {
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in table.splitlines()
        if line.startswith("| `") and line.count("|") == 5
    }
    assert listed == {
        (f"`{row['id']}`", row["kind"].replace("_", " "), ", ".join(row["needs"]), row["paper"])
        for row in registry.catalogue()
        if row["id"] != "mix"
    }


def test_every_table_of_strategies_names_registered_ones() -> None:
    """Tables of results may also hold the row of the groups before any answer."""
    tables = re.findall(
        r"^\| strategy \|.*\n\|[-| :]+\n((?:\|.*\n)+)",
        (HOUSE / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    named = [{line.split("|")[1].strip() for line in table.splitlines()} for table in tables]
    assert len(named) >= 3
    known = {f"`{name}`" for name in registry.names()}
    assert set().union(*named) - known <= {"1 of 5", "before"}


def test_the_catalogue_of_objectives_is_whole() -> None:
    """Every objective stands in the README's table with its paper, and nothing else does."""
    readme = (HOUSE / "README.md").read_text("utf-8")
    table = readme.partition("### Objectives")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    listed = {row[0].strip("`"): row for row in rows if row and row[0].startswith("`")}
    known = {row["id"]: row for row in objectives.catalogue()}
    assert set(listed) == set(known)
    for name, row in known.items():
        needs = ", ".join(need for need in row["needs"] if need != "embeddings")
        assert listed[name][1:] == [row["summary"], needs, row["paper"], row["source"]]
