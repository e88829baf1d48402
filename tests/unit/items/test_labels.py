"""Which folder trees name classes."""

from __future__ import annotations

import pytest

from curation.items.labels import class_names


def tree(*folders: str, each: int = 3) -> dict[str, str]:
    """Images of so many a folder."""
    return {f"{folder}/{n}": folder for folder in folders for n in range(each)}


@pytest.mark.parametrize(
    ("folders", "classes"),
    [
        (("cat", "dog"), {"cat", "dog"}),
        (("0", "1", "9"), {"0", "1", "9"}),
        (("n01440764", "n01443537"), {"n01440764", "n01443537"}),
        (("train/cat", "train/dog", "val/cat", "val/dog"), {"cat", "dog"}),
        (("set/images/cat", "set/images/dog"), {"cat", "dog"}),
        (("animals/cat", "plants/rose"), {"animals/cat", "plants/rose"}),
        (("cat/train", "dog/test"), {"cat", "dog"}),
        (("2021 Rome", "cat"), {"2021 Rome", "cat"}),
        (("data", "data/dog"), {"data", "data/dog"}),
    ],
)
def test_folders_named_by_class(folders: tuple[str, ...], classes: set[str]) -> None:
    found = class_names(tree(*folders))
    assert set(found.values()) == classes
    assert len(found) == 3 * len(folders)


@pytest.mark.parametrize(
    "folders",
    [
        (),
        ("photos",),
        ("train", "test"),
        ("2021", "2022"),
        ("2021/05", "2021/06/03"),
        ("2021-05-03 Rome", "2021-05-04 Rome"),
        ("20210503", "20210504"),
        ("DCIM/100CANON", "DCIM/101CANON"),
        ("100MSDCF", "101MSDCF", "Camera", "Screenshots"),
        ("2021/May", "2021/06 June"),
    ],
)
def test_dates_cameras_and_one_folder_name_no_class(folders: tuple[str, ...]) -> None:
    assert class_names(tree(*folders)) == {}


def test_few_of_many_in_folders_or_one_image_a_folder_is_no_labelled_tree() -> None:
    loose = {f"loose {n}": "" for n in range(20)}
    assert class_names(tree("cat", "dog") | loose) == {}
    assert class_names(tree("cat", "dog") | dict(list(loose.items())[:5])) == class_names(
        tree("cat", "dog")
    )
    assert class_names(tree(*(f"person {n}" for n in range(50)), each=1)) == {}
    assert class_names(tree(*(f"person {n}" for n in range(400)))) == {}


def test_a_name_that_cannot_be_written_is_no_class() -> None:
    found = class_names(tree("cat", "dog", "bell\x07"))
    assert set(found.values()) == {"cat", "dog"}
