"""What the documents say about commands, options, names and files is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

from curation.commands.main import COMMANDS, build_parser
from curation.exports import format_names, what_names
from curation.learning import objectives
from curation.proposals import registry
from curation.proposals.base import Strategy
from curation.spaces import encoders

HOUSE = Path(__file__).resolve().parents[2]
SITE = HOUSE / "docs" / "pages"
README = HOUSE / "README.md"
DOCUMENTS = sorted(
    [*HOUSE.glob("*.md"), *HOUSE.glob("assets/**/*.md"), *HOUSE.glob("docs/**/*.md")]
)
FIRST_PAGE = 150


def read(page: str) -> str:
    """A page of the site, by its path without suffix."""
    return (SITE / f"{page}.md").read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands between a heading and the next of the same or a higher rank."""
    rank = heading.partition(" ")[0]
    found = text.partition(f"\n{heading}\n")[2]
    assert found, f"no heading {heading!r}"
    return re.split(rf"\n#{{1,{len(rank)}}} ", found, maxsplit=1)[0]


def rows(text: str) -> list[list[str]]:
    """Cells of all table rows that begin with a name in code, headings left out."""
    body = re.sub(r"^\|.*\n(?=\|[-| :]+$)", "", text, flags=re.MULTILINE)
    lines = [line for line in body.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def by_name(text: str) -> dict[str, list[str]]:
    """Further cells of each row by the name in its first cell; a name stands there once."""
    found = [(cells[0].strip(" `"), cells[1:]) for cells in rows(text)]
    assert len(dict(found)) == len(found)
    return dict(found)


def commands() -> dict[str, ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, _SubParsersAction):
            return dict(action.choices)
    raise AssertionError("no commands")


def options() -> set[str]:
    return {o for parser in commands().values() for o in parser._option_string_actions}


# --- the first page ------------------------------------------------------------------------


def test_the_readme_is_one_page() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= FIRST_PAGE


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(r": (\S+\.md)$", (SITE.parent / "mkdocs.yml").read_text("utf-8"), re.M)
    assert sorted(listed) == sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.md"))


# --- commands ------------------------------------------------------------------------------


def test_every_command_is_told() -> None:
    told = read("reference/command-line")
    assert set(commands()) == set(COMMANDS)
    assert [name for name in COMMANDS if f"`curation {name}" not in told] == []


def test_every_option_says_what_it_is() -> None:
    silent = [
        (name, action.dest)
        for name, parser in commands().items()
        for action in parser._actions
        if not action.help
    ]
    assert silent == []


def test_the_table_of_commands_names_only_their_own_options() -> None:
    page = read("reference/command-line").partition("\n## ")[0]
    names = re.findall(r"^\| `curation \[?(\w+).*$", page, re.MULTILINE)
    assert {name.lower() for name in names} - {"source"} == set(COMMANDS) - {"serve"}
    for line in page.splitlines():
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


# --- names ---------------------------------------------------------------------------------


def test_the_catalogue_of_strategies_is_whole() -> None:
    """Every strategy stands there with its kind, needs and paper, and nothing else does."""
    listed = by_name(section(read("reference/strategies"), "## The catalogue"))
    assert listed == {
        row["id"]: [row["kind"].replace("_", " "), ", ".join(row["needs"]), row["paper"]]
        for row in registry.catalogue()
        if row["id"] != "mix"
    }


def test_every_table_of_strategies_names_registered_ones() -> None:
    """Tables of results may also hold the row of the groups before any answer."""
    tables = re.findall(
        r"^\| strategy \|.*\n\|[-| :]+\n((?:\|.*\n)+)", read("reference/strategies"), re.MULTILINE
    )
    named = [{line.split("|")[1].strip() for line in table.splitlines()} for table in tables]
    assert len(named) >= 3
    known = {f"`{name}`" for name in registry.names()}
    assert set().union(*named) - known <= {"1 of 5", "before"}


def test_the_catalogue_of_objectives_is_whole() -> None:
    """Every objective stands there with needs, paper and library, and nothing else does."""
    listed = by_name(section(read("reference/objectives"), "## The catalogue"))
    assert listed == {
        row["id"]: [
            row["summary"],
            ", ".join(need for need in row["needs"] if need != "embeddings"),
            row["paper"],
            row["source"],
        ]
        for row in objectives.catalogue()
    }


def test_what_cannot_train_is_named() -> None:
    """How many objectives train beside the review, which need a package, and which cannot."""
    told = section(read("reference/objectives"), "## Which can train")
    entries = [objectives.entry(name) for name in objectives.names()]
    needy = {one.id for one in entries if one.package}
    left = {row["id"] for row in objectives.catalogue() if not row["live"]} - needy
    plain = len(entries) - len(needy) - len(left)
    assert told.startswith(f"\n{len(entries)} objectives")
    counts = re.findall(r"\*\*(\d+) ", told)
    assert counts == [str(plain), str(len(needy)), str(len(left))]
    _, extra, cannot = told.split("\n- ")[1:]
    assert set(re.findall(r"`(\w+)`", extra)) - {"pip"} == needy
    assert set(re.findall(r"`(\w+)`", cannot)) == left
    limits = section(README.read_text("utf-8"), "## Limits, told honestly")
    assert f"Of the {len(entries)} objectives" in limits
    assert left <= set(re.findall(r"`(\w+)`", limits))


def test_every_paper_has_a_link() -> None:
    page = read("reference/methods")
    strategies = by_name(section(page, "## Strategies"))
    assert set(strategies) == set(registry.names()) - {"mix", "random"}
    told = by_name(section(page, "## Objectives"))
    assert set(told) == set(objectives.names())
    papers = {**strategies, **told}
    assert [name for name, (cell,) in papers.items() if "](https://" not in cell] == []


@pytest.mark.parametrize("strategy", registry.OURS, ids=lambda one: one.id)
def test_a_strategy_has_the_link_of_its_paper(strategy: type[Strategy]) -> None:
    assert strategy.id == "random" or "https://" in (sys.modules[strategy.__module__].__doc__ or "")


@pytest.mark.parametrize("name", objectives.names())
def test_an_objective_has_the_link_of_its_paper(name: str) -> None:
    module = objectives.entry(name).place.partition(":")[0]
    file = HOUSE / Path(*module.split(".")).with_suffix(".py")
    assert "https://" in file.read_text("utf-8").partition("from __future__")[0]


def test_every_export_is_told_with_its_formats() -> None:
    guide, told = read("guide/export"), section(read("reference/formats"), "## Exports")
    assert [name for name in what_names() if name not in by_name(guide)] == []
    for name in what_names():
        assert section(told, f"### {name}")
        assert [one for one in format_names(name) if one not in (guide + told).lower()] == []


def test_every_encoder_is_told() -> None:
    told = section(read("guide/sources"), "## Encoders")
    kinds = {name.partition(":")[0] for name in by_name(told)}
    assert kinds == set(encoders._KINDS)


def test_every_bench_script_is_told() -> None:
    told = read("reference/measurements")
    scripts = {path.name for path in (HOUSE / "tests" / "bench").glob("*.py")}
    assert {name for name in scripts if f"`{name}`" not in told} == set()
    assert set(re.findall(r"`(\w+\.py)`", told)) <= scripts


# --- links ---------------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    """Names of a document's headings in links."""
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {slugify(one, "-") for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8")):
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_site_builds_without_a_warning_and_without_network(tmp_path: Path) -> None:
    """In a process whose requests go to a proxy that is not there."""
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q",
         "-f", str(SITE.parent / "mkdocs.yml"), "-d", str(tmp_path)],
        capture_output=True, text=True, check=False, env={**os.environ, **nowhere},
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    fetched = re.compile(
        r"""(?:src=|rel="(?:stylesheet|preconnect)"[^>]*href=)["']?(?:https?:)?//"""
    )
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) > len(list(SITE.rglob("*.md")))
    assert [page.name for page in pages if fetched.search(page.read_text("utf-8"))] == []


# --- how to add one ------------------------------------------------------------------------


def files_of(page: str) -> dict[str, str]:
    """Content of each file that a page shows, by its title."""
    blocks = re.findall(
        r'^```\w+ title="([^"]+)"\n(.*?)^```$', read(page), re.DOTALL | re.MULTILINE
    )
    assert len(dict(blocks)) == len(blocks)
    return dict(blocks)


def install(folder: Path, files: dict[str, str]) -> None:
    """Write the files and what an installation of their package would leave behind."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    if "pyproject.toml" not in files:
        return
    project = tomllib.loads(files["pyproject.toml"])["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items())
            for group, points in project["entry-points"].items()
        )
    )


def run_tests(folder: Path, files: dict[str, str]) -> None:
    """Run the test files of a page in a process of their own."""
    tests = [name for name in files if Path(name).name.startswith("test_")]
    assert tests
    # Whatever counts lines in this process would count them in that one, too.
    own = {name: value for name, value in os.environ.items() if not name.startswith("SLIPCOVER_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
         "-W", "error", *tests],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**own, "PYTHONPATH": f"{folder}{os.pathsep}{HOUSE}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def insert(file: Path, where: str, added: str) -> None:
    """Add lines ``before X`` or ``after X``: the first line that begins with X."""
    side, _, mark = where.partition(" ")
    lines = file.read_text("utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.strip().startswith(mark))
    lines.insert(at + (side == "after"), added)
    file.write_text("".join(lines), "utf-8")


@pytest.mark.parametrize("page", ["strategy", "objective", "generator"])
def test_a_package_made_by_the_page_works(page: str, tmp_path: Path) -> None:
    files = files_of(f"develop/{page}")
    install(tmp_path, files)
    run_tests(tmp_path, files)


@pytest.mark.parametrize("page", ["encoder", "job"])
def test_what_the_page_adds_to_a_copy_of_the_package_works(page: str, tmp_path: Path) -> None:
    """A title like ``file, before X`` says where in a file the lines go."""
    shutil.copytree(
        HOUSE / "curation", tmp_path / "curation", ignore=shutil.ignore_patterns("__pycache__")
    )
    shown = files_of(f"develop/{page}")
    whole = {name: content for name, content in shown.items() if ", " not in name}
    assert not any((tmp_path / name).exists() for name in whole)
    install(tmp_path, whole)
    for name in shown.keys() - whole.keys():
        file, _, where = name.partition(", ")
        insert(tmp_path / file, where, shown[name])
    run_tests(tmp_path, whole)
