from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curation.items.coordinates import coordinate_names, coordinates


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["lat", "lon", "x"], [("lat", "lon")]),
        (["Longitude", "Latitude"], [("Latitude", "Longitude")]),
        (["decimalLatitude", "decimalLongitude"], [("decimalLatitude", "decimalLongitude")]),
        (["GPS_Lat", "GPS_Lng"], [("GPS_Lat", "GPS_Lng")]),
        (["location-lat", "location-long"], [("location-lat", "location-long")]),
        (["lon", "lat", "latitude", "longitude"], [("lat", "lon"), ("latitude", "longitude")]),
        (["lat", "x"], []),
        (["platform", "along"], []),
    ],
)
def test_coordinates_are_known_by_usual_names(names: list[str], found: list[Any]) -> None:
    assert coordinate_names(names) == found


def test_what_is_no_place_is_nan_for_both() -> None:
    columns: dict[str, list[Any]] = {
        "lat": [1, None, 91, "x", "48,5", True], "lon": [2.0, 3.0, 4.0, 5.0, "-11.25", None],
    }  # fmt: skip
    found = coordinates(columns, 6)
    assert found[[0, 4]].tolist() == [[1, 2], [48.5, -11.25]]
    assert np.isnan(found[[1, 2, 3, 5]]).all()
    assert np.isnan(coordinates({}, 2)).all()


def test_a_second_pair_of_columns_fills_what_the_first_leaves_open() -> None:
    columns: dict[str, list[float | None]] = {
        "lat": [1, None], "lon": [2, None], "Latitude": [9, 3], "Longitude": [9, 4],
    }  # fmt: skip
    assert coordinates(columns, 2).tolist() == [[1, 2], [3, 4]]
