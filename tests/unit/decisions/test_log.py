"""The log: appended once, read back as given, undone without limit, shared by threads."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curation.decisions import rows
from curation.decisions.log import DecisionLog
from curation.decisions.store import open_database
from curation.errors import DecisionError, UnknownName
from curation.types import Decision, Pair

Maker = Callable[..., Decision]


def effective(log: DecisionLog, criterion: str = "c") -> list[str]:
    return [decision.id for decision in log.effective(criterion)]


def test_read_back_as_given(log: DecisionLog, make: Callable[..., Decision]) -> None:
    full = make(
        "b",
        "a",
        "different",
        strategy="knn_k",
        kind="positive",
        score=0.25,
        generation=3,
        time="2024-05-06T07:08:09.123+00:00",
        milliseconds=812,
        batch_id="g",
        seq=0,
    )
    plain = make("a", "c", None, supersedes="d1", seq=0)
    receipts = log.append([full, plain])
    assert [(r.id, r.seq, r.duplicate) for r in receipts] == [("d1", 1, False), ("d2", 2, False)]
    first, second = log.read("c")
    assert first == replace(full, seq=1)
    assert second == replace(plain, seq=2, time=second.time)
    assert second.time.endswith("+00:00")
    assert log.read("c", after=1) == [second]
    assert log.read("c", upto=1) == [first]
    assert effective(log) == []
    assert [d.id for d in log.effective("c", upto=1)] == ["d1"]
    assert log.position("c") == 2


def test_a_repeated_id_is_the_same_decision(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    first = make("a", "b", "same")
    log.append([first])
    again = replace(first, time="later", milliseconds=99, seq=0)
    receipts = log.append([again, make("a", "c", "same"), again])
    assert [(r.seq, r.duplicate) for r in receipts] == [(1, True), (2, False), (1, True)]
    twice = make("a", "d", "same")
    assert [(r.seq, r.duplicate) for r in log.append([twice, twice])] == [(3, False), (3, True)]
    assert len(log.read("c")) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "different"},
        {"pair": Pair("a", "z")},
        {"reviewer": "s"},
        {"batch_id": "g"},
    ],
)
def test_an_id_taken_by_something_else(
    log: DecisionLog, make: Callable[..., Decision], change: dict[str, Any]
) -> None:
    first = make("a", "b", "same")
    log.append([first])
    with pytest.raises(DecisionError, match="'d1' is taken"):
        log.append([make("x", "y", "same"), replace(first, **change)])
    assert log.position("c") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "perhaps"}, "verdict out of same, different"),
        ({"verdict": None}, "supersedes nothing"),
        ({"kind": "odd"}, "kind out of positive"),
        ({"id": ""}, "id of 1 to 64"),
        ({"id": "x" * 65}, "id of 1 to 64"),
        ({"reviewer": ""}, "reviewer of 1 to 200"),
        ({"batch_id": ""}, "batch_id of 1 to 64"),
        ({"supersedes": "nowhere"}, "not in the log"),
        ({"supersedes": "other"}, "within its criterion"),
    ],
)
def test_malformed_decisions_are_refused_whole(
    log: DecisionLog, make: Callable[..., Decision], change: dict[str, Any], message: str
) -> None:
    log.add_criterion("o", "")
    log.append([make("a", "b", "same", id="other", criterion="o")])
    with pytest.raises(DecisionError, match=message):
        log.append([make("a", "b", "same"), replace(make("a", "c", "same"), **change)])
    assert log.read("c") == []


def test_supersedes_within_one_call(log: DecisionLog, make: Callable[..., Decision]) -> None:
    log.append([make("a", "b", "same"), make("a", "b", "different", supersedes="d1")])
    assert effective(log) == ["d2"]
    with pytest.raises(DecisionError, match="not in the log"):
        log.append([make("a", "c", "same", supersedes="d4"), make("a", "c", "same")])


def test_criteria(log: DecisionLog, make: Callable[..., Decision]) -> None:
    log.add_criterion("c", "do these belong together?")
    log.add_criterion("colour", "same colour?")
    assert [(c.name, c.question) for c in log.criteria()] == [
        ("c", "do these belong together?"),
        ("colour", "same colour?"),
    ]
    with pytest.raises(DecisionError, match="another name"):
        log.add_criterion("colour", "something else?")
    with pytest.raises(DecisionError, match="1 to 200"):
        log.add_criterion(" ", "")
    with pytest.raises(UnknownName, match=r"'color'\. Did you mean colour"):
        log.append([make("a", "b", "same", criterion="color")])
    log.append([make("a", "b", "same"), make("a", "b", "different", criterion="colour")])
    assert (effective(log), effective(log, "colour")) == (["d2"], ["d3"])
    assert (log.position("c"), log.position("colour"), log.position("none")) == (1, 2, 0)


def test_undo_without_limit_and_only_ones_own(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    log.append([make("a", "b", "same"), make("a", "c", "same", reviewer="s")])
    log.append([make("a", "d", "unsure"), make("a", "b", "different", supersedes="d1")])
    assert [d.id for d in log.undo("c", "r")] == ["d4"]
    assert effective(log) == ["d1", "d2", "d3"]
    assert [d.id for d in log.undo("c", "r")] == ["d3"]
    assert [d.id for d in log.undo("c", "r")] == ["d1"]
    assert log.undo("c", "r") == []
    assert effective(log) == ["d2"]
    assert log.undo("c", "nobody") == []
    retractions = log.read("c", after=4)
    assert [r.supersedes for r in retractions] == ["d4", "d3", "d1"]
    assert {(r.verdict, r.reviewer, r.strategy) for r in retractions} == {(None, "r", "undo")}


def test_undo_of_a_batch_is_one_step(log: DecisionLog, make: Callable[..., Decision]) -> None:
    log.append([make("a", "b", "same")])
    log.append([make("a", x, "same", batch_id="g") for x in "cde"])
    log.append([make("a", "c", "different", supersedes="d2", reviewer="s")])
    log.append([make("a", "f", "same", batch_id="g", reviewer="s")])
    assert [d.id for d in log.undo("c", "r")] == ["d3", "d4"]
    assert effective(log) == ["d1", "d5", "d6"]
    assert [d.id for d in log.undo("c", "r")] == ["d1"]


def test_undo_sent_again_takes_nothing_more_back(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    log.append([make("a", "b", "same"), make("a", "c", "same", reviewer="s")])
    log.append([make("a", x, "same", batch_id="g") for x in "de"])
    for _ in range(2):
        assert [d.id for d in log.undo("c", "r", "u1")] == ["d3", "d4"]
    for _ in range(2):
        assert [d.id for d in log.undo("c", "r", "u2")] == ["d1"]
    assert effective(log) == ["d2"]
    assert log.undo("c", "r", "u3") == log.undo("c", "r", "u3") == []
    for taken, reviewer in (("d2", "s"), ("u1", "s")):
        with pytest.raises(DecisionError, match=f"'{taken}' is taken"):
            log.undo("c", reviewer, taken)


def test_a_step_back_reads_the_end_of_a_long_log_and_not_all(
    log: DecisionLog, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([make("a", f"b{number}", "different") for number in range(2500)])
    log.append([make("a", x, "same", batch_id="g") for x in "xyz"])
    log.append([make("a", x, "same", reviewer="s") for x in "uvw"])
    read: list[str] = []
    decision_of = rows._decision

    def counted(row: Sequence[Any]) -> Decision:
        read.append(row[1])
        return decision_of(row)

    monkeypatch.setattr(rows, "_decision", counted)
    assert len(log.undo("c", "r", "u1")) == 3
    assert len(log.undo("c", "r", "u1")) == 3
    assert len(log.undo("c", "r", "u2")) == 1
    assert (log.holds_batch("c", "g"), log.holds_batch("c", "u1")) == (True, True)
    assert not log.holds_batch("c", "none")
    assert not log.holds_batch("colour", "g")
    assert len(read) < 2 * rows.CHUNK + 20


def test_undo_of_a_batch_that_took_decisions_back_restores_them(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    log.append([make("a", "b", "same"), make("b", "c", "same", reviewer="s")])
    log.append(
        [
            make("a", "b", None, supersedes="d1", batch_id="g"),
            make("b", "c", None, supersedes="d2", batch_id="g"),
            make("a", "b", "different", batch_id="g"),
        ]
    )
    assert effective(log) == ["d5"]
    assert [d.id for d in log.undo("c", "r")] == ["d5"]
    assert effective(log) == ["d1", "d2"]
    assert [d.id for d in log.undo("c", "r")] == ["d1"]


def test_exclusions_and_names(log: DecisionLog) -> None:
    assert log.excluded() == set()
    log.exclude(["a", "b"], True, "r")
    log.exclude(["a"], False, "s")
    log.exclude([], True, "s")
    assert log.excluded() == {"b"}
    log.name_group("c", "a", "bottles", "r")
    log.name_group("c", "b", "cans", "r")
    log.name_group("c", "a", " jars ", "s")
    assert list(log.names("c").items()) == [("b", "cans"), ("a", "jars")]
    log.name_group("c", "b", "", "r")
    assert log.names("c") == {"a": "jars"}
    with pytest.raises(UnknownName):
        log.name_group("nowhere", "a", "x", "r")
    with pytest.raises(DecisionError, match="at most 200"):
        log.name_group("c", "a", "x" * 201, "r")


def test_many_threads(log: DecisionLog) -> None:
    def work(thread: int) -> None:
        for i in range(20):
            id = f"{thread}-{i}" if i % 4 else f"shared-{i}"
            reviewer = "all" if id.startswith("shared") else f"r{thread}"
            decision = Decision(id, Pair(f"a{i}", f"b{i}"), "same", "c", reviewer)
            log.append([decision])
            if i % 5 == 4:
                log.undo("c", f"r{thread}")
            log.effective("c")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    entries = log.read("c")
    verdicts = [entry for entry in entries if entry.verdict is not None]
    assert len({entry.id for entry in entries}) == len(entries)
    assert len(verdicts) == 8 * 15 + 5
    assert len(entries) - len(verdicts) == 8 * 4
    assert len(log.effective("c")) == 8 * 11 + 5


WRITER = """
    import sys
    from pathlib import Path
    from curation.decisions.log import DecisionLog
    from curation.decisions.store import open_database
    from curation.types import Decision, Pair

    log = DecisionLog(open_database(Path(sys.argv[1])))
    log.add_criterion("c", "?")
    while True:
        seq = log.position("c")
        log.append([Decision(f"d{seq}", Pair("a", f"b{seq}"), "same", "c", "r")])
        print(f"d{seq}", flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 3, 7])
def test_acknowledged_decisions_survive_a_kill(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "curation.db"
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    seen = []
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen += [process.stdout.readline().strip() for _ in range(acknowledged)]
            process.send_signal(signal.SIGKILL)
            seen += process.stdout.read().split()
    engine = open_database(path)
    found = [decision.id for decision in DecisionLog(engine).read("c")]
    engine.dispose()
    assert len(set(found)) == len(found)
    assert set(seen) <= set(found)
    # At most one a kill was recorded without its answer having got out.
    assert len(found) <= len(seen) + 2


@pytest.mark.parametrize("name", ["a\0b", "bell\a", "x" * 201, "\udc80", "  ", "line\nend"])
def test_names_that_cannot_be_shown_are_refused(
    log: DecisionLog, make: Callable[..., Decision], name: str
) -> None:
    with pytest.raises(DecisionError, match="criterion's name of 1 to 200"):
        log.add_criterion(name, "")
    assert [one.name for one in log.criteria()] == ["c"]
    if name.strip():
        with pytest.raises(DecisionError, match="group's name of at most 200"):
            log.name_group("c", "a", name, "r")


@pytest.mark.parametrize("question", ["q" * 10_001, "nul \0", "half \ud800"])
def test_questions_that_cannot_be_shown_are_refused(log: DecisionLog, question: str) -> None:
    with pytest.raises(DecisionError, match="question of at most 10,000"):
        log.add_criterion("other", question)
    log.add_criterion("other", "two\nlines, and\ta tab" + "q" * 9_000)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "\ud800"},
        {"reviewer": "ann\0"},
        {"strategy": "\x1b[31m"},
        {"generation": 2**63},
        {"milliseconds": -(10**30)},
    ],
)
def test_what_no_database_holds_is_refused(
    log: DecisionLog, make: Callable[..., Decision], change: dict[str, Any]
) -> None:
    with pytest.raises(DecisionError, match="send the decision again"):
        log.append([make("a", "b", "same"), replace(make("a", "c", "same"), **change)])
    assert log.read("c") == []
