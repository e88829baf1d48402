from __future__ import annotations

import csv
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Run
from PIL import Image

import app
from curation import ports
from curation.commands import opening
from curation.commands.main import COMMANDS
from curation.errors import CurationError
from curation.http.openapi import description
from curation.workspace import Workspace, open_workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


@pytest.fixture
def work(prepared_digits: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared_digits, tmp_path / "work"))


def test_encode_review_train_group_and_export(run: Run, digits: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    done = run.json("encode", "--embeddings", digits, "--workspace", work, "--device", "cpu")
    assert done == {
        "items": 150,
        "embedded": 150,
        "encoder": "vectors of a file",
        "unreadable": [],
        "notes": [],
    }
    pairs = run.json("propose", "--workspace", work, "--budget", 12)
    assert len(pairs) == 12
    assert run.json("propose", "--workspace", work, "--budget", 12) == pairs  # nothing was leased
    only = run.json("propose", "--workspace", work, "--strategy", "knn_k", "--budget", 5)
    assert {pair["strategy"] for pair in only} == {"knn_k"}
    answers = tmp_path / "answers.csv"
    with file_of(answers) as rows:
        rows.writerow(["a", "b", "verdict"])
        with open_workspace(work, inline=True) as workspace:
            for pair in pairs:
                ends = [workspace.items.get(pair[end]).attributes["folder"] for end in ("a", "b")]
                verdict = "same" if ends[0] == ends[1] else "different"
                rows.writerow([pair["a"], pair["b"], verdict])
    assert run.json("decide", "--workspace", work, "--file", answers)["recorded"] == 12
    assert run.json("decide", "--workspace", work, "--file", answers)["known"] == 12
    made = run.json("train", "--workspace", work, "--objective", "supcon", "--device", "cpu")
    assert (made["number"], made["decisions"], made["objective"]) == (1, 12, "supcon")
    grouped = run.json("groups", "--workspace", work, "--k", "4")
    assert grouped["predicted"]["k"] == 4
    assert run("groups", "--workspace", work, "--k", "auto")[0] == 0
    out = tmp_path / "pairs.csv"
    exported = run.json(
        "export", "--workspace", work, "--what", "pairs", "--format", "csv", "--out", out
    )
    assert exported["rows"] == 12
    assert len(out.read_text().splitlines()) == 13


class file_of:  # noqa: N801
    """A csv writer on a file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w", newline="")

    def __enter__(self) -> Any:
        return csv.writer(self.file)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def test_images_are_encoded_and_bad_files_listed(run: Run, images: Path, tmp_path: Path) -> None:
    (images / "zero.jpg").write_bytes(b"")
    code, out, err = run("encode", images, "--workspace", tmp_path / "work", "--device", "cpu")
    assert code == 0
    assert "48 of 48 items embedded" in out
    assert "skipped zero.jpg" in err


# --- bad input -----------------------------------------------------------------------------


def test_bad_sources(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.png").write_bytes(b"\x89PNG")
    (tmp_path / "no.csv").write_text("picture\na.png\n")
    work = ["--workspace", tmp_path / "work"]
    assert "No item in the folder" in run.refused("encode", tmp_path / "empty", *work)
    assert "No readable image" in run.refused("encode", tmp_path / "broken", *work)
    assert "cannot be opened" in run.refused("encode", tmp_path / "absent", *work)
    assert "file" in run.refused("encode", tmp_path / "no.csv", *work)
    assert "Name the workspace" in run.refused("propose")
    assert "digits:" not in run.refused("encode", "--embeddings", tmp_path / "none.npz", *work)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda F, f: (F * np.nan, f), "NaN"),
        (lambda F, f: (F * 0, f), "only zeros"),
        (lambda F, f: (F, f[:-1]), "149"),
        (lambda F, f: (F.astype(str), f), "float"),
    ],
)
def test_bad_vectors(
    run: Run, digits: Path, tmp_path: Path, change: Callable[..., Any], message: str
) -> None:
    with np.load(digits) as known:
        F, files = change(known["F"], known["files"])
    np.savez(tmp_path / "bad.npz", F=F, files=files)
    told = run.refused(
        "encode", "--embeddings", tmp_path / "bad.npz", "--workspace", tmp_path / "w"
    )
    assert message in told


@pytest.mark.parametrize("value", [np.nan, 0])
def test_one_bad_vector_is_listed_and_the_rest_goes_on(
    run: Run, digits: Path, tmp_path: Path, value: float
) -> None:
    with np.load(digits) as known:
        F, files = known["F"].copy(), known["files"]
    F[3] = value
    np.savez(tmp_path / "bad.npz", F=F, files=files)
    done = run.json("encode", "--embeddings", tmp_path / "bad.npz", "--workspace", tmp_path / "w")
    assert done["embedded"] == 149
    assert [one["path"] for one in done["unreadable"]] == [files[3]]
    assert "row 3" in done["unreadable"][0]["reason"]


def test_strategies_say_what_is_absent(run: Run, work: Path) -> None:
    rows = {row["id"]: row for row in run.json("strategies")}
    assert rows["knn_k"]["defaults"] == {"k": 10, "per_item": 3}
    assert rows["text_agree"]["needs"] == ["second"]
    assert {row["absent"] for row in rows.values()} == {""}
    here = {row["id"]: row for row in run.json("strategies", "--workspace", work)}
    assert "--embeddings2" in here["text_agree"]["absent"]
    code, out, _ = run("strategies")
    assert code == 0
    assert all(f"{row['summary']}. {row['when']}\n" in f"{out}\n" for row in rows.values())
    told = run.refused("propose", "--workspace", work, "--strategy", "text_agree")
    assert "text_agree" in told
    assert "--embeddings2" in told


def test_a_second_embedding_is_remembered(run: Run, work: Path, tmp_path: Path) -> None:
    with open_workspace(work, inline=True) as workspace:
        names = [item.name for item in workspace.catalogue.items]
    rng = np.random.default_rng(0)
    words = tmp_path / "words.npz"
    np.savez(words, F=rng.normal(size=(len(names), 4)).astype(np.float32), files=np.array(names))
    run.json("encode", "--workspace", work, "--embeddings2", words)
    found = run.json("propose", "--workspace", work, "--strategy", "text_agree", "--budget", 3)
    assert [row["strategy"] for row in found] == ["text_agree"] * 3
    told = run.refused("encode", "--workspace", work, "--embeddings2", tmp_path / "none.npz")
    assert "does not exist" in told


def test_unknown_names_list_the_valid_ones(run: Run, work: Path, images: Path) -> None:
    told = run.refused("propose", "--workspace", work, "--strategy", "nearest")
    assert "sepp_band" in told
    assert "supcon" in run.refused("train", "--workspace", work, "--objective", "supcom")
    clip = ("simulate", images, "--labels", "folder", "--objective", "clip")
    assert "needs a vector of a second modality" in run.refused(*clip)
    for command in (["propose"], ["groups"], ["train"], ["export", "--out", "x"]):
        told = run.refused(*command, "--workspace", work, "--criterion", "belongs togehter")
        assert "Did you mean belongs together" in told
    with open_workspace(work, inline=True) as workspace:
        assert [row["name"] for row in workspace.criteria.all()] == [CRITERION]
    other = work.parent / "other"
    assert "builtin" in run.refused("encode", images, "--workspace", other, "--encoder", "clip")
    told = run.refused("encode", images, "--workspace", other, "--encoder", "timm:resnet_10")
    assert "resnet10t" in told
    assert "cuda:N" in run.refused("encode", images, "--workspace", other, "--device", "tpu")
    told = run.refused("export", "--workspace", work, "--what", "all", "--out", work / "x")
    assert "triplets" in told


def test_workspaces_that_cannot_be_used(run: Run, work: Path, images: Path, tmp_path: Path) -> None:
    told = run.refused("encode", images, "--workspace", work, "--encoder", "builtin")
    assert "was made with the encoder" in told
    with open_workspace(work, inline=True, url="http://127.0.0.1:7861"):
        told = run.refused("propose", "--workspace", work)
        assert f"process {os.getpid()}" in told
        assert "http://127.0.0.1:7861" in told
    connection = sqlite3.connect(work / "curation.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert "newer" in run.refused("propose", "--workspace", work)
    for command in (["propose"], ["groups"], ["train"], ["export", "--out", "x"]):
        told = run.refused(*command, "--workspace", tmp_path / "missing")
        assert "No workspace at" in told
    assert "No workspace" in run.refused("decide", "--workspace", tmp_path / "no", "--file", "x")
    assert not (tmp_path / "missing").exists()
    assert not (tmp_path / "no").exists()
    (tmp_path / "file").write_text("")
    assert "--workspace" in run.refused("propose", "--workspace", tmp_path / "file")


def test_decisions_that_cannot_be_recorded(run: Run, work: Path, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b,verdict\nx,y,same\n")
    told = run.refused("decide", "--workspace", work, "--file", tmp_path / "d.csv")
    assert "No item has the id or the file name 'x'" in told
    assert "cannot be read" in run.refused("decide", "--workspace", work, "--file", "none.csv")
    assert "answer" in run.refused("train", "--workspace", work)


def test_an_export_that_cannot_be_written(run: Run, work: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    out = tmp_path / "file" / "x.csv"
    what = ["--what", "embeddings", "--format", "csv"]
    assert "file" in run.refused("export", "--workspace", work, *what, "--out", out)
    assert (tmp_path / "file").read_text() == "kept"


def test_images_leave_an_archive_that_is_the_source(run: Run, images: Path, tmp_path: Path) -> None:
    """Links lead to what was unpacked; what is gone since is named."""
    packed, work = shutil.make_archive(str(tmp_path / "photos"), "zip", images), tmp_path / "work"
    run.json("encode", packed, "--workspace", work, "--device", "cpu")
    with open_workspace(work, inline=True) as workspace:
        ids = [item.id for item in workspace.catalogue.items]
        workspace.groups.decide(CRITERION, "ann", ids[:3], "same")
        gone = workspace.items.file(workspace.items.get(ids[0]))
        assert gone is not None
        gone.unlink()
    what = ["--workspace", work, "--what", "groups", "--format", "folders"]
    code, told, err = run("export", *what, "--link", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert f"{len(ids) - 1} rows in {tmp_path / 'out'}; left out: 1 missing" in told
    links = [file for file in (tmp_path / "out").rglob("*.png") if file.is_symlink()]
    assert len(links) == len(ids) - 1
    assert all(file.resolve().is_relative_to(work / "unpacked") for file in links)
    again = run.refused("export", *what, "--out", tmp_path / "out")
    assert "not there yet" in again


@pytest.mark.parametrize(
    "arguments",
    [
        ["propose", "--budget", "0"],
        ["groups", "--k", "some"],
        ["serve", "x", "--port", "http"],
        ["simulate", "x"],
        ["simulate", "x", "--labels", "y", "--seed", "-1"],
        ["decide"],
    ],
)
def test_wrong_arguments(run: Run, arguments: list[str]) -> None:
    assert run.usage(*arguments)[0] == 2


# --- serving -------------------------------------------------------------------------------


def test_a_source_alone_is_served(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path, "--no-browser", "--port", "7999")[0] == 0
    options = run.served[0]
    assert (options.source, options.port, options.host) == (str(tmp_path), 7999, "127.0.0.1")
    assert options.workspace.parent == opening.HOME
    assert options.workspace.name.startswith(tmp_path.name.strip("_").replace("_", "-")[:10])
    run("serve", tmp_path, "--workspace", tmp_path / "w", "--auth", "me:se:cret")
    assert run.served[1].access.login == ("me", "se:cret")
    assert run.served[1].workspace == tmp_path / "w"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_an_open_address_needs_a_password(run: Run, tmp_path: Path, host: str) -> None:
    told = run.refused(tmp_path, "--host", host)
    assert "--auth" in told
    assert run.served == []
    assert "--auth" in run.refused("demo", "--workspace", tmp_path / "w", "--host", host)
    run(tmp_path, "--host", host, "--auth", "me:secret")
    assert len(run.served) == 1


def test_help_and_version(run: Run) -> None:
    for given, text in (
        (["--help"], "simulate"),
        (["--version"], "curation 0"),
        (["demo", "--help"], "--digits"),
        (["--port", "1", "-h"], "usage: curation serve"),
    ):
        status, told = run.usage(*given)
        assert status == 0
        assert text in told


def test_app_names_the_holder_of_a_workspace(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_workspace(work, inline=True, url="http://127.0.0.1:7862"):
        code = app.main(["serve", "--workspace", str(work), "--no-browser"])
    assert code == 2
    assert "http://127.0.0.1:7862" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["propose", "decide", "train", "groups", "export"])
def test_where_a_server_holds_the_workspace_its_http_way_is_named(
    run: Run, work: Path, tmp_path: Path, command: str
) -> None:
    more = {
        "decide": ["--file", tmp_path / "answers.csv"],
        "export": ["--what", "pairs", "--format", "csv", "--out", tmp_path / "pairs.csv"],
    }.get(command, [])
    (tmp_path / "answers.csv").write_text("a,b,verdict\n")
    with open_workspace(work, inline=True, url="http://127.0.0.1:7862"):
        told = run.refused(command, "--workspace", work, *more)
    assert "http://127.0.0.1:7862" in told
    method, path = COMMANDS[command].route.split()
    assert f"{method} {path}" in told
    assert method.lower() in description()["paths"][path]


def test_ports() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CurationError, match=rf"Port {port} is taken"):
            ports.free_port("127.0.0.1", port)
    assert ports.free_port("127.0.0.1", port) == port
    assert ports.free_port("127.0.0.1", None) >= ports.FIRST_PORT
    with pytest.raises(CurationError, match="Unknown address"):
        ports.free_port("no such host", 1)
    with pytest.raises(CurationError, match="65535"):
        ports.free_port("127.0.0.1", 70_000)
    assert ports.url_of("::1", 5) == "http://[::1]:5"


def test_doctor(run: Run) -> None:
    rows = {row["name"]: row for row in run.json("doctor")}
    assert rows["python"]["state"] == "ok"
    assert {"torch", "faiss-cpu", "gradio", "accelerator", "disk"} <= set(rows)
    assert all(row["detail"] for row in rows.values())


def test_a_full_disk_is_named(run: Run, images: Path, tmp_path: Path) -> None:
    """A file size limit stands in for the full disk: the system refuses to write on."""
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from app import main
sys.exit(main(sys.argv[1:]))
"""
    work = tmp_path / "work"
    command = ["encode", str(images), "--workspace", str(work), "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=Path(app.__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("curation: ")
    assert run(*command)[0] == 0  # with space again, it goes on


def test_a_large_picture_is_skipped_not_decoded(run: Run, images: Path, tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(images / "bomb.png")
    done = run.json("encode", images, "--workspace", tmp_path / "work", "--device", "cpu")
    assert [one["path"] for one in done["unreadable"]] == ["bomb.png"]
    assert done["embedded"] == 48


# --- what people bring ---------------------------------------------------------------------


def test_notes_are_printed(run: Run, images: Path, tmp_path: Path) -> None:
    (images / "@eaDir").mkdir()
    (images / "clip.mp4").write_bytes(b"x")
    code, _, err = run("encode", images, "--workspace", tmp_path / "work", "--device", "cpu")
    assert code == 0
    assert "note @eaDir: passed over" in err
    assert "skipped clip.mp4: videos are not read" in err


def test_how_to_read_a_table_is_remembered(run: Run, images: Path, tmp_path: Path) -> None:
    table, work = tmp_path / "t.csv", tmp_path / "work"
    words = "Фото;вид\nC:\\disc\\disc 00.png;лиса\nC:\\disc\\disc 01.png;заяц\n"
    table.write_bytes(words.encode("cp1251"))
    given = ("encode", table, "--workspace", work, "--device", "cpu")
    assert "--encoding" in run.refused(*given)
    assert "--file-column" in run.refused(*given, "--encoding", "cp1251")
    done = run.json(*given, "--encoding", "cp1251", "--file-column", "фото", "--root", images,
                    "--rewrite", "C:\\=")  # fmt: skip
    assert done["embedded"] == 2
    with open_workspace(work, inline=True, device="cpu") as workspace:
        assert [item.paths for item in workspace.catalogue.items] == [
            ("disc/disc 00.png",), ("disc/disc 01.png",),
        ]  # fmt: skip
        assert workspace.catalogue.items[0].attributes["вид"] == "лиса"
        assert workspace.overview()["unreadable"] == ()


def test_an_archive_is_a_source(run: Run, images: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "photos"), "zip", images / "disc")
    work = tmp_path / "work"
    done = run.json("encode", tmp_path / "photos.zip", "--workspace", work, "--device", "cpu")
    assert done["embedded"] == 16
    out = tmp_path / "e.csv"
    run("export", "--workspace", work, "--what", "embeddings", "--format", "csv", "--out", out)
    assert "disc 00.png" in out.read_text()


def test_decisions_are_recorded_but_for_the_wrong_rows(
    run: Run, work: Path, tmp_path: Path
) -> None:
    with open_workspace(work, inline=True) as workspace:
        a, b = (item.name for item in workspace.catalogue.items[:2])
    (tmp_path / "d.csv").write_text(f"a;b;verdict\n{a};{b};Match\nx;{b};same\n")
    told = run.refused("decide", "--workspace", work, "--file", tmp_path / "d.csv")
    assert "1 of 2 rows" in told
    assert "row 3" in told
    given = ("decide", "--workspace", work, "--file", tmp_path / "d.csv", "--skip-bad")
    code, out, err = run(*given)
    assert (code, out.strip()) == (0, "1 recorded, 0 known before.")
    assert "skipped row 3: No item" in err


def test_proposals_name_files(run: Run, work: Path) -> None:
    pairs = run.json("propose", "--workspace", work, "--budget", 3)
    with open_workspace(work, inline=True) as workspace:
        assert all(
            workspace.items.get(pair[end]).name == pair[f"file_{end}"]
            for pair in pairs
            for end in ("a", "b")
        )
    out = run("propose", "--workspace", work, "--budget", 3)[1]
    assert all(pair["file_a"] in out and pair["a"] in out for pair in pairs)


def test_a_stopped_command_says_what_it_kept(images: Path, tmp_path: Path) -> None:
    """In a process of its own, stopped as a terminal does while it embeds."""
    code = """
import os, signal, sys
from curation.commands import progress
def stop(self, stage, done, total, call=progress.Progress.__call__):
    call(self, stage, done, total)
    if stage == "encoding" and done:
        os.kill(os.getpid(), signal.SIGINT)
progress.Progress.__call__ = stop
from app import main
sys.exit(main(sys.argv[1:]))
"""
    work = tmp_path / "work"
    done = subprocess.run(
        [sys.executable, "-c", code, "encode", images, "--workspace", work, "--device", "cpu"],
        cwd=Path(app.__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130
    assert "stopped: 48 of 48 kept; the same command goes on" in done.stderr
    assert "Traceback" not in done.stderr
