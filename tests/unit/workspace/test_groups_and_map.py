from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Oracle
from PIL import Image

from curation import open_workspace
from curation.errors import CurationError, DecisionError, SourceError, UnknownName
from curation.workspace import Workspace

CRITERION = "belongs together"


@pytest.fixture
def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.catalogue.items]


def sizes(workspace: Workspace) -> list[int]:
    return [group["size"] for group in workspace.groups.all(CRITERION)["groups"]]


def test_a_gallery_verdict_joins_or_sets_apart(workspace: Workspace, ids: list[str]) -> None:
    done = workspace.groups.decide(CRITERION, "ann", ids[:4], "same", batch_id="g1")
    assert len(done["receipts"]) == 3
    again = workspace.groups.decide(CRITERION, "ann", ids[:4], "same", batch_id="g1")
    assert again["receipts"] == []  # sent twice, recorded once
    workspace.groups.decide(CRITERION, "ann", ids[4:6], "different", anchor=ids[0])
    assert sizes(workspace) == [4]
    with pytest.raises(DecisionError, match="different"):
        workspace.groups.decide(CRITERION, "ann", [ids[0], ids[4]], "same")
    with pytest.raises(DecisionError, match="with an anchor"):
        workspace.groups.decide(CRITERION, "ann", ids[:2], "different")
    with pytest.raises(DecisionError, match="'unsure'"):
        workspace.groups.decide(CRITERION, "ann", ids[:2], "unsure", anchor=ids[3])
    with pytest.raises(UnknownName):
        workspace.groups.decide(CRITERION, "ann", ["nothing"], "same", anchor=ids[0])
    workspace.review.undo(CRITERION, "ann")
    assert sizes(workspace) == [4]
    workspace.review.undo(CRITERION, "ann")
    assert sizes(workspace) == []


def test_what_stands_against_a_gesture_is_told_by_name(
    workspace: Workspace, ids: list[str]
) -> None:
    a, b, c = (workspace.items.get(one).name.rpartition("/")[2] for one in ids[:3])
    workspace.groups.decide(CRITERION, "ann", ids[:2], "same")
    workspace.groups.decide(CRITERION, "ann", [ids[2]], "different", anchor=ids[0])
    told = rf"^{b} and {c} are known to be different by 2 answers; change one of them"
    with pytest.raises(DecisionError, match=told):
        workspace.groups.decide(CRITERION, "ann", ids[1:3], "same")
    with pytest.raises(DecisionError, match=rf"^{a} and {b} are known to be same by 1 answer;"):
        workspace.groups.decide(CRITERION, "ann", [ids[1]], "different", anchor=ids[0])
    with pytest.raises(DecisionError, match=rf"^{a} is among the items"):
        workspace.groups.decide(CRITERION, "ann", ids[:2], "different", anchor=ids[0])
    workspace.groups.decide(CRITERION, "ann", ids[2:4], "same")
    first, second = (group["id"] for group in workspace.groups.all(CRITERION)["groups"])
    with pytest.raises(DecisionError, match="known to be different by"):
        workspace.groups.merge(CRITERION, "ann", [first, second])
    with pytest.raises(DecisionError, match=r"Not in this group: \S{1,12};"):
        workspace.groups.split(
            CRITERION, "ann", first, [next(i for i in ids if i not in (ids[:4]))]
        )


def test_the_odd_ones_of_a_group_come_first(workspace: Workspace, oracle: Oracle) -> None:
    alike = oracle.members(workspace, "0")
    odd = oracle.members(workspace, "4")[0]
    workspace.groups.decide(CRITERION, "ann", [*alike, odd], "same")
    (group,) = workspace.groups.all(CRITERION)["groups"]
    shown = [item["id"] for item in group["items"]]
    assert shown[0] == odd
    assert shown[-1] == group["cover"]


def test_groups_are_named_split_and_merged(workspace: Workspace, ids: list[str]) -> None:
    workspace.groups.decide(CRITERION, "ann", ids[:5], "same")
    workspace.groups.decide(CRITERION, "ann", ids[5:8], "same")
    first, second = (group["id"] for group in workspace.groups.all(CRITERION)["groups"])
    named = workspace.groups.rename(CRITERION, first, " cats ", "ann")["groups"][0]
    assert named["name"] == "cats"
    assert named["cover"] in ids[:5]
    assert {item["id"] for item in named["items"]} == set(ids[:5])
    with pytest.raises(UnknownName, match="group"):
        workspace.groups.rename(CRITERION, ids[20], "x", "ann")
    workspace.groups.split(CRITERION, "ann", first, ids[:2])
    assert sizes(workspace) == [3, 3, 2]
    with pytest.raises(DecisionError, match="Not in this group"):
        workspace.groups.split(CRITERION, "ann", second, [ids[0], ids[30]])
    workspace.review.undo(CRITERION, "ann")
    assert sizes(workspace) == [5, 3]
    workspace.groups.merge(CRITERION, "ann", [first, second])
    assert sizes(workspace) == [8]
    assert workspace.groups.all(CRITERION)["groups"][0]["name"] == "cats"
    assert workspace.groups.labels(CRITERION)[ids[7]] == "cats"


def test_folders_as_a_starting_grouping(workspace: Workspace, oracle: Oracle) -> None:
    with pytest.raises(UnknownName, match="attribute"):
        workspace.folders.adopt(CRITERION, "ann", "colour")
    workspace.folders.adopt(CRITERION, "ann")
    groups = workspace.groups.all(CRITERION)["groups"]
    assert len(groups) == 10
    assert {group["name"] for group in groups} == {str(digit) for digit in range(10)}
    colours = workspace.map.colours(CRITERION, "group")
    assert colours["kind"] == "category"
    assert workspace.status(CRITERION)["conflicts"] == 0
    predicted = workspace.predicted.groups(CRITERION)
    assert predicted["k"] >= 10
    workspace.review.undo(CRITERION, "ann")
    assert workspace.groups.all(CRITERION)["groups"] == []


def test_predicted_groups_hold_every_item(workspace: Workspace, oracle: Oracle) -> None:
    oracle.answer(workspace, 10)
    done = workspace.predicted.groups(CRITERION, 5)
    assert done["k"] == 5
    assert not done["estimated"]
    assert sum(group["size"] for group in done["groups"]) == len(workspace.catalogue.items)
    json.dumps(done)
    assert workspace.predicted.groups(CRITERION)["estimated"]
    workspace.criteria.configure(CRITERION, {"n_groups": 3})
    fixed = workspace.predicted.groups(CRITERION)
    assert (fixed["k"], fixed["estimated"]) == (3, False)


def test_neighbours_now_and_before(trained: Workspace) -> None:
    item = trained.catalogue.items[3].id
    seen = trained.search.neighbours(CRITERION, item, 7)
    assert len(seen["tiles"]) == len(seen["before"]) == 7
    assert item not in {tile["id"] for tile in seen["tiles"]}
    values = [tile["similarity"] for tile in seen["tiles"]]
    assert values == sorted(values, reverse=True)
    assert seen["generation"] == 1
    trained.items.exclude("ann", [seen["tiles"][0]["id"]])
    later = trained.search.neighbours(CRITERION, item, 7)
    assert seen["tiles"][0]["id"] not in {tile["id"] for tile in later["tiles"]}
    with pytest.raises(UnknownName, match="item"):
        trained.items.exclude("ann", ["nothing"])


def test_every_colour_has_a_value_for_every_point(workspace: Workspace) -> None:
    n = len(workspace.catalogue.items)
    assert workspace.map.points(CRITERION)["ids"] == []  # drawn in the background of a server only
    workspace.engine.maps.draw(workspace.engine.criteria[CRITERION])
    shown = workspace.map.points(CRITERION)
    assert len(shown["ids"]) == len(shown["x"]) == len(shown["y"]) == n
    assert np.isfinite(shown["x"] + shown["y"]).all()
    for by in workspace.map.colour_names():
        assert len(workspace.map.colours(CRITERION, by)["values"]) == n
    with pytest.raises(CurationError, match=r"Cannot colour by 'x'; choose one of group"):
        workspace.map.colours(CRITERION, "x")


def test_map_colours_and_status_say_of_which_points_they_are(workspace: Workspace) -> None:
    def keys() -> set[str]:
        """The key of every colour, of the map and of the status."""
        told = [workspace.map.colours(CRITERION, by)["key"] for by in workspace.map.colour_names()]
        return {
            *told,
            workspace.map.points(CRITERION)["key"],
            workspace.status(CRITERION)["map_key"],
        }

    workspace.engine.maps.draw(workspace.engine.criteria[CRITERION])
    (whole,) = keys()
    one, other = workspace.map.points(CRITERION)["ids"][:2]
    workspace.items.exclude("ann", [one])
    (without,) = keys()
    workspace.items.exclude("ann", [one], excluded=False)
    workspace.items.exclude("ann", [other])  # as many points, but not the same
    (elsewise,) = keys()
    assert len({whole, without, elsewise}) == 3
    workspace.items.exclude("ann", [other], excluded=False)
    assert keys() == {whole}


def test_the_map_knows_where_on_the_earth_its_points_were(tmp_path: Path) -> None:
    with placed(tmp_path, [(48.5, 11.25), (None, None), (-33, 151)]) as workspace:
        workspace.engine.maps.draw(workspace.engine.criteria[CRITERION])
        points = workspace.map.points(CRITERION)
        told = workspace.map.coordinates(CRITERION)
        assert points["on_earth"]
        assert told["key"] == points["key"]
        names = [workspace.items.get(item).name for item in points["ids"]]
        where = dict(zip(names, zip(told["lat"], told["lon"], strict=True), strict=True))
        assert where == {"0.png": (48.5, 11.25), "1.png": (None, None), "2.png": (-33, 151)}


def test_without_coordinates_no_point_has_a_place_on_the_earth(workspace: Workspace) -> None:
    workspace.engine.maps.draw(workspace.engine.criteria[CRITERION])
    assert not workspace.map.points(CRITERION)["on_earth"]
    n = len(workspace.catalogue.items)
    told = workspace.map.coordinates(CRITERION)
    assert (told["lat"], told["lon"]) == ([None] * n, [None] * n)


def test_a_gallery_is_told_names_and_titles(tmp_path: Path) -> None:
    with placed(tmp_path, [(1, 2), (3, 4), (5, 6)]) as workspace:
        ids = {item.name: item.id for item in workspace.catalogue.items}
        asked = [ids["2.png"], ids["0.png"], ids["1.png"]]
        workspace.items.exclude("ann", [ids["1.png"]])
        found = workspace.search.these(CRITERION, asked)
        assert [(one["name"], one["title"]) for one in found["tiles"]] == [
            ("2.png", "picture 2"), ("0.png", "picture 0"),
        ]  # fmt: skip
        assert {one["similarity"] for one in found["tiles"]} == {None}
        with pytest.raises(UnknownName):
            workspace.search.these(CRITERION, ["nothing"])


def placed(folder: Path, where: list[tuple[float | None, float | None]]) -> Workspace:
    """A workspace of drawn images that a table gives a title and a place."""
    rows = ["file,title,Latitude,Longitude"]
    for number, (lat, lon) in enumerate(where):
        shades = np.random.default_rng(number).integers(0, 255, (24, 24, 3), np.uint8)
        Image.fromarray(shades).save(folder / f"{number}.png")
        told = ",".join("" if value is None else str(value) for value in (lat, lon))
        rows.append(f"{number}.png,picture {number},{told}")
    (folder / "images.csv").write_text("\n".join(rows), "utf-8")
    return open_workspace(str(folder / "work"), source=folder / "images.csv", inline=True)


def test_predicted_groups_bear_the_names_given_to_groups_in_them(
    workspace: Workspace, oracle: Oracle
) -> None:
    workspace.engine.maps.draw(workspace.engine.criteria[CRITERION])
    plain = workspace.predicted.groups(CRITERION)["groups"]
    assert [group["name"] for group in plain] == [f"group {n}" for n in range(1, len(plain) + 1)]
    members = oracle.members(workspace, "0")
    workspace.groups.decide(CRITERION, "ann", members, "same")
    (group,) = workspace.groups.all(CRITERION)["groups"]
    workspace.groups.rename(CRITERION, group["id"], "noughts", "ann")
    assert "noughts" in [group["name"] for group in workspace.predicted.groups(CRITERION)["groups"]]
    shown = workspace.map.points(CRITERION)["ids"]
    colours = workspace.map.colours(CRITERION, "predicted")
    named = [colours["names"][value] for value in colours["values"]]
    assert {named[shown.index(item)] for item in members} == {"noughts"}
    assert {name for name in named if name != "noughts"} <= {f"group {n}" for n in range(1, 99)}


def test_categories_have_the_tint_of_what_they_show(image_workspace: Workspace) -> None:
    image_workspace.folders.adopt(CRITERION, "ann")
    image_workspace.engine.maps.draw(image_workspace.engine.criteria[CRITERION])
    told = image_workspace.map.colours(CRITERION, "group")
    strongest = {told["names"][int(value)]: "rgb"[np.argmax(tint)]
                 for value, tint in told["tints"].items()}  # fmt: skip
    assert strongest == {"disc": "r", "square": "b", "triangle": "g"}


def test_find_by_name_image_and_text(image_workspace: Workspace, drawn: Path) -> None:
    found = image_workspace.search.by_name(CRITERION, "DISC 0", limit=4)
    assert found["total"] == 10
    assert len(found["tiles"]) == 4
    picture = (drawn / "square" / "square 03.png").read_bytes()
    tiles = image_workspace.search.by_image(CRITERION, picture, k=3)["tiles"]
    assert tiles[0]["name"].endswith("square 03.png")
    assert tiles[0]["similarity"] == pytest.approx(1, abs=1e-3)
    grey = io.BytesIO()
    Image.new("L", (30, 30), 100).save(grey, "PNG")
    assert len(image_workspace.search.by_image(CRITERION, grey.getvalue(), k=3)["tiles"]) == 3
    with pytest.raises(SourceError):
        image_workspace.search.by_image(CRITERION, b"no image")
    with pytest.raises(CurationError, match="no text tower"):
        image_workspace.search.by_text(CRITERION, "a disc")


def test_items_without_an_encoder_cannot_be_found_by_image(workspace: Workspace) -> None:
    with pytest.raises(CurationError, match="by file name"):
        workspace.search.by_image(CRITERION, b"x")
    assert workspace.search.by_name(CRITERION, "7/")["total"] > 5


@pytest.mark.parametrize("what", ["pairs", "negatives", "triplets", "groups", "embeddings"])
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_exports_are_written_into_the_workspace(trained: Workspace, what: str, format: str) -> None:
    done = trained.exports.write(CRITERION, what, format, implied=what == "pairs")
    assert Path(done["path"]).parent == trained.paths.exports
    assert Path(done["path"]).stat().st_size
    assert done["manifest"]["log_position"] == trained.log.position(CRITERION)


def test_the_adapter_is_exported_and_unknown_exports_named(
    trained: Workspace, workspace: Workspace, tmp_path: Path
) -> None:
    from curation.learning.adapter import Adapter

    done = trained.exports.write(CRITERION, "adapter", out=tmp_path / "a.safetensors")
    view = trained.snapshot(CRITERION)
    same = Adapter.load(Path(done["path"])).apply(view.base)
    np.testing.assert_allclose(same, view.space.vectors, atol=1e-5)
    with pytest.raises(CurationError, match=r"adapter|generation"):
        workspace.exports.write(CRITERION, "adapter", out=tmp_path / "b.safetensors")
    with pytest.raises(UnknownName, match="triplets"):
        workspace.exports.write(CRITERION, "triples")
    with pytest.raises(UnknownName, match="parquet"):
        workspace.exports.write(CRITERION, "pairs", "xlsx")


def test_measures_are_numbers_however_few_values_they_have(trained: Workspace) -> None:
    for by in ("moved", "sureness"):
        found = trained.map.colours(CRITERION, by)
        assert (found["kind"], found["names"]) == ("number", [])
        assert all(value == round(value, 3) for value in found["values"])


def test_found_names_have_no_similarity(workspace: Workspace) -> None:
    tiles = workspace.search.by_name(CRITERION, "0/00")["tiles"]
    assert tiles
    assert {tile["similarity"] for tile in tiles} == {None}
