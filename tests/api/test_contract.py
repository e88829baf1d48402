"""The interface as it is told: every route has its models, and the page's files are of these."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curation.http.openapi import METHODS, description, operations, script
from curation.http.typescript import declarations

PAGE = Path(__file__).resolve().parents[2] / "assets" / "js"
DESCRIBED = description()
OPERATIONS = operations(DESCRIBED)
STREAM = "teach_events"
CALLS = r"(?:rpc|deliver|become)\(\"(\w+)\""


@pytest.mark.parametrize(
    ("file", "option", "text"),
    [
        ("api.js", "--js", script(DESCRIBED)),
        ("api.d.ts", "--types", declarations(DESCRIBED, OPERATIONS)),
    ],
)
def test_the_pages_generated_files_are_current(file: str, option: str, text: str) -> None:
    anew = f"python -m curation.http.openapi {option} > assets/js/{file}"
    assert (PAGE / file).read_text("utf-8") == text, f"write it anew: {anew}"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_declares_its_answer(name: str) -> None:
    one = OPERATIONS[name]
    found = DESCRIBED["paths"]["/" + one["path"]][one["method"].lower()]
    assert found["description"]
    assert {"400", "422", "503", "507"} <= set(found["responses"])
    if name != STREAM:
        schema = found["responses"]["200"]["content"]["application/json"]["schema"]
        assert "#/components/schemas/" in str(schema)


def test_reading_and_writing_have_their_methods() -> None:
    methods = {method for found in DESCRIBED["paths"].values() for method in found}
    assert methods == set(METHODS)


def test_the_page_calls_what_there_is() -> None:
    called = set()
    for file in PAGE.glob("*.js"):
        called |= set(re.findall(CALLS, file.read_text("utf-8")))
    assert len(called) > 40
    assert called <= OPERATIONS.keys()
