"""One owner: verdicts in, pairs out, and readers who wait for no writer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from criteria import decided, space_of

from curation.criterion import Criterion
from curation.decisions.log import DecisionLog
from curation.spaces.generations import GenerationStore
from curation.spaces.neighbours import nearest
from curation.spaces.store import EmbeddingStore
from curation.types import BoolArray, Pair, Verdict

NAMES = [f"i{number:02d}" for number in range(12)]
PATIENCE = 20.0
"""Seconds that a thread may take on a busy machine before it counts as stuck."""


def test_readers_do_not_wait_for_whoever_writes(criterion: Criterion, tmp_path: Path) -> None:
    """Another process holds the database's write lock; what is known is told all the same."""
    criterion.decide([decided("a", "b")])
    held = sqlite3.connect(tmp_path / "curation.db", check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=criterion.decide, args=([decided("b", "c")],))
    writer.start()
    seen: list[object] = []

    def read() -> None:
        answering = criterion.answering
        seen.append([one.id for one in answering.decisions()])
        seen.append(answering.closure().groups)
        seen.append(criterion.retraining.new_decisions())
        seen.append(answering.session("ann")["decisions"])

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(PATIENCE / 4)
    waits = writer.is_alive()
    held.rollback()
    held.close()
    writer.join(PATIENCE)
    assert waits, "the writer was to be waiting while the reader read"
    assert seen[0] == ["ab"]
    assert seen[2:] == [1, 1]
    assert [one.id for one in criterion.answering.decisions()] == ["ab", "bc"]


def test_the_state_is_the_log_after_many_threads(criterion: Criterion, log: DecisionLog) -> None:
    """Reviewers decide and undo at once; what stands in memory is what the log says."""
    criterion.showing.adopt(space_of(NAMES))

    def review(who: str) -> None:
        rng = np.random.default_rng(ord(who))
        for number in range(30):
            a, b = rng.choice(NAMES, 2, replace=False).tolist()
            verdict: Verdict = "same" if rng.random() < 0.3 else "different"
            criterion.decide([decided(a, b, verdict, id=f"{who}{number}", reviewer=who)])
            if number % 7 == 6:
                criterion.undo(who, f"{who}-undo-{number}")
            criterion.asking.lease(who, who, 2)

    threads = [threading.Thread(target=review, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    standing = criterion.answering.decisions()
    before = criterion.answering.closure(), criterion.answering.position
    criterion.undo("nobody")
    assert [one.id for one in standing] == [one.id for one in log.effective(criterion.name)]
    assert criterion.answering.position == log.position(criterion.name)
    assert before == (criterion.answering.closure(), criterion.answering.position)


def test_an_undo_sent_twice_takes_one_step_back(criterion: Criterion) -> None:
    criterion.decide([decided("a", "b")])
    criterion.decide([decided("b", "c")])
    assert [one.id for one in criterion.undo("ann", "step")] == ["bc"]
    assert [one.id for one in criterion.undo("ann", "step")] == ["bc"]
    assert [one.id for one in criterion.answering.decisions()] == ["ab"]


def test_a_single_answer_is_taken_back_without_the_whole_log(
    criterion: Criterion, log: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    criterion.decide([decided("a", "b"), decided("b", "c", "different")])
    with monkeypatch.context() as patch:
        patch.setattr(log, "effective", None)
        assert [one.id for one in criterion.undo("ann")] == ["bc"]
    criterion.decide([decided("a", "b", "different", id="anew")])
    assert [one.id for one in criterion.undo("ann")] == ["anew"]
    assert [one.id for one in criterion.answering.decisions()] == ["ab"]
    assert criterion.answering.relation("a", "b") == "same"
    assert criterion.answering.position == log.position(criterion.name)


def test_a_hidden_item_leaves_queue_and_screens(criterion: Criterion) -> None:
    criterion.showing.adopt(space_of(NAMES))
    leased = criterion.asking.lease("ann", "tab", 3)
    gone = leased[0].pair.a
    criterion.hide(lambda ids: np.array([one != gone for one in ids], np.bool_))
    assert gone not in {
        end
        for one in criterion.asking.lease("bob", "tab 2", 20)
        for end in (one.pair.a, one.pair.b)
    }
    assert leased[0].pair not in criterion.asking.queue.pending()


def test_the_items_that_may_be_asked_change_with_the_snapshot(criterion: Criterion) -> None:
    """Readers see both in one object, so never the one of another space."""
    criterion.showing.adopt(space_of(NAMES[:6]))
    criterion.hide(lambda ids: np.zeros(len(ids), np.bool_))
    shown = criterion.showing.snapshot
    assert shown is not None
    assert not shown.eligible.any()
    criterion.showing.adopt(space_of(NAMES, 1))
    shown = criterion.showing.snapshot
    assert shown is not None
    assert len(shown.eligible) == shown.n_items == len(NAMES)
    assert shown.may_ask(Pair.of(NAMES[0], NAMES[11]))
    assert not shown.may_ask(Pair.of(NAMES[0], "unknown"))


def test_a_map_is_drawn_once_and_never_goes_back(criterion: Criterion) -> None:
    showing = criterion.showing
    assert showing.begin_map() is None
    showing.adopt(space_of(NAMES))
    assert showing.begin_map() == (0, len(NAMES))
    assert showing.begin_map() is None
    showing.adopt(space_of(NAMES, 1))
    assert showing.overtakes(0, len(NAMES))
    showing.place(0, np.zeros((len(NAMES), 2), np.float32))
    showing.end_map(0)
    shown = showing.snapshot
    assert shown is not None
    assert (shown.layout_of, shown.mapped) == (0, False)
    assert showing.begin_map() == (1, len(NAMES))
    showing.place(1, np.ones((len(NAMES), 2), np.float32))
    showing.end_map(1)
    showing.place(0, np.zeros((len(NAMES), 2), np.float32))
    shown = showing.snapshot
    assert shown is not None
    assert (shown.layout_of, shown.mapped) == (1, True)
    assert showing.begin_map() is None


def test_an_exclusion_is_neither_lost_nor_torn_when_a_space_comes_in(
    criterion: Criterion, generations: GenerationStore, tmp_path: Path
) -> None:
    """Each time the eligible items are worked out, something else happens first."""
    store = EmbeddingStore(tmp_path / "store", 8, 0)
    space = space_of(NAMES)
    store.append(NAMES, space.base)
    for n_items in (6, 12):
        near = nearest(space.space.vectors[:n_items], 5)
        generations.extend(0, {
            "vectors": space.space.vectors[:n_items], "neighbours": near.indices,
            "similarities": near.similarities,
        })  # fmt: skip
    excluded: set[str] = set()

    def eligible(ids: Sequence[str]) -> BoolArray:
        return np.array([one not in excluded for one in ids], np.bool_)

    def excluding(ids: Sequence[str]) -> BoolArray:
        """The first time, somebody excludes an item once it has been looked at."""
        found = eligible(ids)
        if not excluded:
            excluded.add(NAMES[0])
            late = threading.Thread(target=criterion.hide, args=(eligible,))
            threads.append(late)
            late.start()
        return found

    threads: list[threading.Thread] = []
    criterion.show(6, store, excluding)
    growing = threading.Thread(target=criterion.show, args=(12, store, eligible))
    growing.start()
    for _ in range(50):
        criterion.hide(eligible)
    for thread in (*threads, growing):
        thread.join(PATIENCE)
    shown = criterion.showing.snapshot
    assert shown is not None
    assert len(shown.eligible) == shown.n_items == 12
    assert not shown.eligible[0]
    criterion.show(6, store, eligible)
    shown = criterion.showing.snapshot
    assert shown is not None
    assert shown.n_items == 12, "a space never shrinks"
