from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from curation.http.app import create_app
from curation.items.thumbnails import thumbnail_path
from curation.types import Pair
from curation.workspace import Workspace

CRITERION = "belongs together"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def http(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as client:
        yield client


@pytest.fixture
def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.catalogue.items]


def post(http: TestClient, path: str, **body: Any) -> Any:
    answer = http.post(f"/api/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(http: TestClient, path: str, **query: Any) -> Any:
    answer = http.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_review_over_http(http: TestClient, workspace: Workspace) -> None:
    assert get(http, "overview")["n_items"] == len(workspace.catalogue.items)
    assert get(http, "criteria")[0]["name"] == CRITERION
    http.headers["X-Client"] = "one"
    cards = post(http, "proposals", reviewer="ann", n=3)["cards"]
    assert len(cards) == 3
    other = post(http, "proposals", reviewer="bob", n=3)["cards"]
    assert not {card["key"] for card in cards} & {card["key"] for card in other}
    first = cards[0]
    one = {"id": "d1", "a": first["a"]["id"], "b": first["b"]["id"], "verdict": "different"}
    done = post(http, "decisions", reviewer="ann", decisions=[one])["receipts"][0]
    again = post(http, "decisions", reviewer="ann", decisions=[one])["receipts"][0]
    assert (done["duplicate"], again["duplicate"]) == (False, True)
    assert done["seq"] == again["seq"]
    assert get(http, "decisions")["total"] == 1
    assert get(http, "status", reviewer="ann")["session"]["decisions"] == 1
    undone = post(http, "undo", reviewer="ann", id="u1")
    assert undone["cards"][0]["key"] == first["key"]
    assert post(http, "undo", reviewer="ann", id="u1")["undone"] == undone["undone"]
    assert first["key"] in {c["key"] for c in post(http, "proposals", reviewer="ann", n=3)["cards"]}
    assert get(http, "decisions")["total"] == 0
    second = cards[1]
    post(http, "skip", reviewer="ann", a=second["a"]["id"], b=second["b"]["id"])
    later = post(http, "proposals", reviewer="ann", n=3)["cards"]
    assert second["key"] not in {card["key"] for card in later}
    only = post(http, "proposals", reviewer="eve", n=4, strategy="random")["cards"]
    assert {card["strategy"] for card in only} == {"random"}


def test_strategies_and_sorting_over_http(http: TestClient, ids: list[str]) -> None:
    rows = {row["id"]: row for row in get(http, "strategies")}
    assert rows["explore"]["shown"] == 0
    assert rows["idc_value"]["when"]
    who = {"reviewer": "ann"}
    asked = post(http, "sort/questions", **who)
    assert [one["form"] for one in asked["questions"]] == ["name"] * 5
    assert asked["groups"] == []
    first = asked["questions"][0]["item"]["id"]
    others = [item for item in ids if item != first]
    for _ in range(2):  # sent again, it is no second one
        made = post(http, "sort/names", item=first, new="disc", batch_id="n1", **who)["groups"]
        assert made == [{"id": first, "name": "disc", "size": 1}]
    post(http, "sort/names", item=others[0], new="square", batch_id="n2", milliseconds=2500, **who)
    given = {"members": others[1:4], "wrong": {others[4]: None, others[5]: others[0]}}
    for _ in range(2):
        post(http, "sort/sweeps", group=first, batch_id="s1", milliseconds=4000, **given, **who)
    assert get(http, "decisions")["total"] == 7
    told = get(http, "sort/progress", reviewer="ann")
    assert told["decided"] == 6
    assert told["seconds"] == 6.5
    assert [(one["name"], one["size"]) for one in told["groups"]] == [("disc", 4), ("square", 2)]
    assert told["groups"][0]["wrong"] == [2, 5]
    again = post(http, "sort/merges", one=first, other=others[0], same=False, batch_id="m", **who)
    assert again["receipts"][0]["conflict"] is False
    assert len(post(http, "undo", id="u0", **who)["undone"]) == 1
    assert len(post(http, "undo", id="u", **who)["undone"]) == 6
    assert [one["size"] for one in get(http, "sort/progress")["groups"]] == [1, 1]


def test_groups_neighbours_conflicts_and_exports(
    http: TestClient, workspace: Workspace, ids: list[str]
) -> None:
    post(http, "group-verdicts", items=ids[:3], verdict="same")
    assert get(http, "groups")["groups"][0]["size"] == 3
    post(http, "decisions", decisions=[{"a": ids[1], "b": ids[2], "verdict": "different"}])
    assert len(get(http, "conflicts")) == 1
    assert len(get(http, f"neighbours/{ids[0]}", k=4)["tiles"]) == 4
    assert get(http, "predicted", k=3)["k"] == 3
    post(http, "criteria", name="colour", question="Same colour?")
    assert get(http, "groups", criterion="colour")["groups"] == []
    done = post(http, "export", what="pairs", format="csv")
    file = http.get(done["url"])
    assert file.status_code == 200
    assert "attachment" in file.headers["content-disposition"]
    assert file.content == Path(done["path"]).read_bytes()


@pytest.mark.parametrize(
    ("what", "format"),
    [
        ("pairs", "csv"),
        ("negatives", "jsonl"),
        ("triplets", "parquet"),
        ("groups", "csv"),
        ("embeddings", "parquet"),
        ("adapter", "safetensors"),
        ("adapter", "parquet"),
    ],
)
def test_everything_is_exported_in_the_formats_of_the_page(
    trained: Workspace, what: str, format: str
) -> None:
    with TestClient(create_app(trained)) as http:
        done = post(http, "export", what=what, format=format)
        assert done["rows"] > 0
        assert http.get(done["url"]).content == Path(done["path"]).read_bytes()


@pytest.mark.parametrize(
    ("what", "format", "file"),
    [
        ("pairs", "webdataset", "pairs.webdataset.zip"),
        ("groups", "coco", "groups.coco.json"),
        ("groups", "labelstudio", "groups.labelstudio.json"),
        ("groups", "fiftyone", "groups.fiftyone.zip"),
        ("groups", "folders", "groups.folders.zip"),
        ("groups", "imagefolder", "groups.imagefolder.zip"),
    ],
)
def test_formats_of_other_tools_are_one_file_to_download(
    image_workspace: Workspace, what: str, format: str, file: str
) -> None:
    ids = [item.id for item in image_workspace.catalogue.items]
    with TestClient(create_app(image_workspace)) as http:
        post(http, "group-verdicts", items=ids[:3], verdict="same")
        for _ in range(2):  # the second takes the place of the first
            done = post(http, "export", what=what, format=format)
        assert done["file"].endswith(f"-{file}")
        assert done["rows"] == (len(ids) if what == "groups" else 2)
        assert done["manifest"]["left_out"] == []
        answer = http.get(done["url"])
        assert answer.content == Path(done["path"]).read_bytes()
        assert zipfile.is_zipfile(done["path"]) == file.endswith(".zip")


def test_vectors_alone_are_no_images_to_export(http: TestClient, ids: list[str]) -> None:
    post(http, "group-verdicts", items=ids[:3], verdict="same")
    answer = http.post("/api/export", json={"what": "groups", "format": "folders"})
    assert answer.status_code == 400
    assert "vector, without an image" in answer.json()["message"]


def test_training_over_http(trained: Workspace) -> None:
    with TestClient(create_app(trained)) as http:
        assert [row["number"] for row in get(http, "generations")] == [1, 0]
        assert post(http, "generations/0/restore")["pinned"]
        assert get(http, "status")["pinned"]
        assert not post(http, "resume")["pinned"]
        started = post(http, "train", objective="supcon")
        assert started["started"]
        newest = get(http, "generations")[0]
        assert (newest["number"], newest["parent"], newest["objective"]) == (2, 0, "supcon")
        assert post(http, "trial", objective="simclr")["started"]
        sides = get(http, "trial")["sides"]
        assert [side["objective"] for side in sides] == ["supcon", "simclr"]


@pytest.mark.parametrize(
    ("path", "body", "status", "error", "message"),
    [
        ("decisions", {"decisions": [{"a": "SELF", "b": "SELF"}]}, 422, None, ""),
        ("decisions", {"decisions": []}, 422, None, ""),
        ("decisions", {"decisions": [{}]}, 422, None, ""),
        ("train", {"objective": "none"}, 404, "UnknownName", "supcon"),
        ("train", {}, 400, "TrainingError", "answer a few pairs"),
        ("trial", {"objective": "clip"}, 400, "TrainingError", "second modality"),
        ("export", {"what": "nothing"}, 404, "UnknownName", "triplets"),
        ("export", {"criterion": "else"}, 404, "UnknownName", CRITERION),
        ("generations/9/restore", {}, 400, "TrainingError", "No generation 9"),
        ("criteria", {"name": " "}, 400, "CurationError", "needs a name"),
        ("skip", {"a": "x", "b": "y"}, 404, "UnknownName", "item"),
        ("group-verdicts", {"items": ["x"], "verdict": "same"}, 404, "UnknownName", "item"),
        (
            "group-verdicts",
            {"items": ["x"], "verdict": "unsure"},
            422,
            "InvalidRequest",
            "or 'different'",
        ),
        ("teach/sessions", {"name": "s", "mode": "show"}, 422, "InvalidRequest", "or 'sort'"),
        ("teach/sessions/s/stop", {}, 422, "InvalidRequest", "'pause', 'resume' or 'end'"),
    ],
)
def test_errors_say_what_to_do(
    http: TestClient, path: str, body: Any, status: int, error: str | None, message: str
) -> None:
    answer = http.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    if error is not None:
        assert answer.json()["error"] == error
        assert message in answer.json()["message"]


def test_unknown_things_are_not_found(http: TestClient) -> None:
    for path in ("/api/status?criterion=x", "/api/neighbours/x", "/thumb/x", "/image/x"):
        answer = http.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"] == "UnknownName"
    assert http.post("/api/proposals", json={"strategy": "x"}).status_code == 404
    assert http.post("/api/proposals", json={"kinds": ["x"]}).status_code == 422


def test_files_are_reached_by_id_or_name_only(http: TestClient, workspace: Workspace) -> None:
    (workspace.paths.exports).mkdir()
    for path in (
        "/download/..%2Fcuration.db",
        "/download/curation.db",
        "/assets/css/..%2F..%2Fapp.py",
        "/assets/js/..",
        "/thumb/..%2F..%2Fcuration.db",
        "/image/%2Fetc%2Fpasswd",
    ):
        answer = http.get(path)
        assert answer.status_code == 404, path
    assert http.get("/plotly.min.js").status_code == 200
    assert http.get("/assets/css/page.css").headers["cache-control"] == "no-cache"


def test_pictures(image_workspace: Workspace, workspace: Workspace) -> None:
    item = image_workspace.catalogue.items[0]
    with TestClient(create_app(image_workspace)) as http:
        thumb = http.get(f"/thumb/{item.id}")
        assert thumb.headers["content-type"] in ("image/jpeg", "image/webp")
        assert "immutable" in thumb.headers["cache-control"]
        assert http.get(f"/image/{item.id}").headers["content-type"] == "image/jpeg"
        thumbnail_path(image_workspace.paths.thumbnails, item.id).unlink()
        again = http.get(f"/thumb/{item.id}")
        assert (again.headers["content-type"], again.content) == ("image/jpeg", thumb.content)
    name = workspace.catalogue.items[0].name
    with TestClient(create_app(workspace)) as http:
        tile = http.get(f"/thumb/{workspace.catalogue.items[0].id}")
        assert tile.headers["content-type"].startswith("image/svg+xml")
        assert name in tile.text


def test_openapi_describes_the_interface(http: TestClient) -> None:
    described = http.get("/api/openapi.json").json()
    for path in ("proposals", "decisions", "undo", "groups", "neighbours/{item}", "generations"):
        assert f"/api/{path}" in described["paths"]
    assert {"/api/train", "/api/status"} <= set(described["paths"])
    assert http.get("/openapi.json").status_code == 404


@pytest.mark.parametrize("path", ["/api/docs", "/docs", "/api/redoc", "/redoc"])
def test_no_page_is_served_whose_scripts_come_from_the_network(http: TestClient, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 404
    assert "see /api/openapi.json for what there is" in answer.json()["message"]


def test_auth_asks_on_every_path(workspace: Workspace) -> None:
    app = create_app(workspace, ("me", "sécret:x"))
    item = workspace.catalogue.items[0].id
    paths = [
        "/api/status",
        "/api/openapi.json",
        f"/thumb/{item}",
        f"/image/{item}",
        "/plotly.min.js",
        "/assets/css/page.css",
        "/download/x",
        "/",
        "/nothing",
    ]
    with TestClient(app) as http:
        for path in paths:
            answer = http.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Basic")
        assert http.get("/api/status", auth=("me", "wrong")).status_code == 401
        bearer = {"Authorization": "Bearer x"}
        assert http.get("/api/status", headers=bearer).status_code == 401
        assert http.post("/api/undo", json={}).status_code == 401
        fine = http.get("/api/status", headers={"Authorization": basic("me", "sécret:x")})
        assert fine.status_code == 200


EVIL = {"Origin": "http://evil.example"}


def test_other_sites_are_refused(workspace: Workspace) -> None:
    paths = ("/api/undo", "/gradio_api/component_server", "/nothing")
    with TestClient(create_app(workspace, hosts=["testserver", "[::1]"])) as http:
        assert http.get("/api/status").status_code == 200
        assert http.get("/api/status", headers={"Host": "[::1]:7860"}).status_code == 200
        assert http.get("/api/status", headers=EVIL).status_code == 200
        for host in ("evil.example", "evil.example:7860", "testserver.evil.example", "[::2]", ""):
            answer = http.get("/api/status", headers={"Host": host})
            assert answer.status_code == 403, host
            assert "--auth" in answer.json()["message"]
        for origin in ("http://evil.example", "null", "http://testserver:81", "http://[", ""):
            for path in paths:
                answer = http.post(path, json={}, headers={"Origin": origin})
                assert answer.status_code == 403, (origin, path)
                assert "Other sites" in answer.json()["message"]
        own = {"Origin": "http://testserver:7860", "Host": "TestServer:7860"}
        assert http.post("/api/undo", json={}, headers=own).status_code == 200
        assert http.post("/api/undo", json={}).status_code == 200


def test_an_address_that_is_named_is_the_pages_own(workspace: Workspace) -> None:
    app = create_app(workspace, hosts=["testserver"], origins=["https://example.org"])
    with TestClient(app) as http:
        own = {"Origin": "https://example.org"}
        assert http.post("/api/undo", json={}, headers=own).status_code == 200
        for other in ("http://example.org", "https://example.org:81", "https://example.org.evil"):
            answer = http.post("/api/undo", json={}, headers={"Origin": other})
            assert answer.status_code == 403
            assert f"--allow-origin {other}" in answer.json()["message"]


def test_a_refusal_can_be_read_where_a_browser_opens_the_page(workspace: Workspace) -> None:
    with TestClient(create_app(workspace, hosts=["testserver"])) as http:
        headers = {"Host": "<b>evil.example", "Accept": "text/html,*/*"}
        answer = http.get("/", headers=headers)
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert "--allow-origin" in answer.text
        assert "&lt;b&gt;evil.example" in answer.text
        assert http.get("/", headers={"Host": "evil.example"}).json()["error"] == "Forbidden"


def test_other_sites_are_refused_behind_a_login(workspace: Workspace) -> None:
    with TestClient(create_app(workspace, ("me", "x")), headers={"Host": "any.name"}) as http:
        known = {"Authorization": basic("me", "x")}
        assert http.get("/api/status", headers=known).status_code == 200
        assert http.post("/api/undo", json={}, headers=known).status_code == 200
        assert http.post("/api/undo", json={}, headers=known | EVIL).status_code == 403


def basic(user: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_pair_is_the_same_in_either_order(http: TestClient, ids: list[str]) -> None:
    pair = Pair.of(ids[0], ids[1])
    post(http, "decisions", decisions=[{"id": "x", "a": pair.b, "b": pair.a, "verdict": "same"}])
    again = [{"id": "x", "a": pair.a, "b": pair.b, "verdict": "same"}]
    assert post(http, "decisions", decisions=again)["receipts"][0]["duplicate"]


def test_importing_the_workspace_is_light() -> None:
    heavy = ("torch", "umap", "gradio", "sklearn", "pandas")
    code = f"import curation.workspace, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
