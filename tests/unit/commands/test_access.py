"""Who may reach the page: logins, addresses and paths from options and environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Run

from curation.http.access import Access, origin_of, root_path_of

SECRET = "s3cret-that-nobody-sees"


def test_a_login_from_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATION_AUTH", f"ann:{SECRET}:x")
    assert run(tmp_path, "--host", "0.0.0.0")[0] == 0
    assert run.served[0].access.login == ("ann", f"{SECRET}:x")
    run(tmp_path, "--auth", "bob:other")
    assert run.served[1].access.login == ("bob", "other")
    monkeypatch.setenv("CURATION_AUTH", "")
    run(tmp_path)
    assert run.served[2].access == Access()


@pytest.mark.parametrize("text", [f"ann:{SECRET}", f"ann:{SECRET}\n", f"\ufeffann:{SECRET}\r\n"])
def test_a_login_from_a_file(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "login"
    file.write_bytes(text.encode())
    assert run(tmp_path, "--auth-file", file)[0] == 0
    assert run.served[0].access.login == ("ann", SECRET)


@pytest.mark.parametrize(
    "text", [SECRET, f":{SECRET}", f"{SECRET}:", "", f"ann:{SECRET}\nbob:{SECRET}", f"a:{SECRET}\0"]
)
@pytest.mark.parametrize("way", ["option", "file", "variable"])
def test_a_login_of_another_form_is_refused_and_not_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, text: str
) -> None:
    file = tmp_path / "login"
    if way == "variable":
        if "\0" in text or not text:
            pytest.skip("no variable holds this")
        monkeypatch.setenv("CURATION_AUTH", text)
        given: list[object] = []
    elif way == "file":
        file.write_text(text)
        given = ["--auth-file", file]
    else:
        given = [f"--auth={text}"]
    told = run.refused(tmp_path, *given)
    assert "USER:PASS" in told
    assert SECRET not in told
    named = {"option": "--auth", "file": str(file), "variable": "CURATION_AUTH"}[way]
    assert named in told
    assert run.served == []


def test_a_login_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    assert "No such file" in run.refused(tmp_path, "--auth-file", tmp_path / "absent")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfea:b")
    assert "UTF-8" in run.refused(tmp_path, "--auth-file", binary)
    binary.write_text("a:b")
    assert "both" in run.refused(tmp_path, "--auth-file", binary, "--auth", "a:b")


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Example.org", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org/curation/", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:8080", "http://example.org:8080"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_an_address_as_the_browser_names_it(given: str, origin: str) -> None:
    assert origin_of(given) == origin


@pytest.mark.parametrize(
    "bad", ["example.org", "*", "null", "", "https://", "http://a:b@c", "http://x:y"]
)
def test_what_is_no_address(run: Run, tmp_path: Path, bad: str) -> None:
    assert "https://example.org" in run.refused(tmp_path, f"--allow-origin={bad}")


def test_a_path_in_front(run: Run, tmp_path: Path) -> None:
    assert [root_path_of(one) for one in ("", "/", "/a/", "/a/b")] == ["", "", "/a", "/a/b"]
    for bad in ("a", "//evil.example", "https://x/y", "/a?b", "/a%2f"):
        assert "/curation" in run.refused(tmp_path, "--root-path", bad)


def test_without_a_login_the_names_of_the_machine_and_of_its_addresses() -> None:
    access = Access(origins=("https://example.org", "http://[::2]:80"))
    named = {"127.0.0.1", "localhost", "[::1]", "example.org", "[::2]"}
    assert access.hosts() == frozenset(named)
    assert Access(login=("a", "b"), origins=("https://example.org",)).hosts() is None
