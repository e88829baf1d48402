from __future__ import annotations

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest

from curation.items.values import json_value, moment


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.bool_(True), True),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (float("nan"), None),
        (np.float64("-inf"), None),
        (decimal.Decimal("1.5"), 1.5),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        (datetime.timedelta(minutes=1), 60.0),
        (pd.Timestamp("2020-01-02T03:04:05Z"), "2020-01-02T03:04:05+00:00"),
        (pd.NaT, None),
        (np.array([1.0, np.nan]), [1.0, None]),
        ({"a": (1, np.int8(2)), 3: b"x"}, {"a": [1, 2], "3": None}),
        (b"raw", None),
        (object(), None),
    ],
)
def test_every_value_becomes_json(value: object, expected: object) -> None:
    assert json_value(value) == expected
    json.dumps(json_value(value), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2024-05-01T06:07:08+02:00", "2024-05-01T06:07:08+02:00"),
        ("2024:05:01 06:07:08", "2024-05-01T06:07:08"),
        (" 2024/05/01 ", "2024-05-01T00:00:00"),
        ("2024-13-01", None),
        ("last week", None),
        ("", None),
        (20240501, None),
        (None, None),
    ],
)
def test_a_time_is_read_as_cameras_and_tables_write_it(value: object, told: str | None) -> None:
    time = moment(value)
    assert (time and time.isoformat()) == told
