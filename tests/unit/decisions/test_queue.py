"""The queue: leases, skips, refills, overlap, and questions for another reviewer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from curation.decisions.queue import LEASE_SECONDS, SKIP_GAP, ReviewQueue, Wanted, open_questions
from curation.types import Decision, Kind, Pair, Proposal


def proposal(
    key: str, kind: Kind = "positive", strategy: str = "knn_k", score: float = 0.5
) -> Proposal:
    return Proposal(Pair("a", key), kind, strategy, score, "near", 0)


def never(_proposal: Proposal) -> bool:
    return False


def names(proposals: list[Proposal]) -> list[str]:
    return [p.pair.b for p in proposals]


@pytest.fixture
def queue() -> ReviewQueue:
    return filled("bcdef")


def filled(keys: list[str] | str, **kwargs: Any) -> ReviewQueue:
    queue = ReviewQueue(**kwargs)
    queue.refill([proposal(key) for key in keys], never)
    return queue


def test_two_reviewers_and_two_tabs_hold_different_pairs(queue: ReviewQueue) -> None:
    assert names(queue.lease("r", "1", 2)) == ["b", "c"]
    assert names(queue.lease("s", "2", 2)) == ["d", "e"]
    assert names(queue.lease("r", "3", 2)) == ["f"]
    assert queue.lease("t", "4", 2) == []


def test_a_reloaded_tab_gets_its_own_pairs_again(queue: ReviewQueue) -> None:
    first = queue.lease("r", "1", 2)
    assert queue.lease("r", "1", 2) == first
    assert names(queue.lease("r", "1", 2, Wanted(have=[p.pair.key for p in first]))) == ["d", "e"]
    assert names(queue.lease("r", "1", 5)) == ["b", "c", "d", "e", "f"]


def test_a_silent_tab_gives_back_and_a_heartbeat_keeps(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 2, now=0)
    queue.lease("s", "2", 2, now=0)
    queue.heartbeat("r", "1", now=LEASE_SECONDS - 1)
    queue.heartbeat("t", "unknown", now=0)
    assert names(queue.lease("t", "3", 5, now=LEASE_SECONDS)) == ["d", "e", "f"]
    assert queue.lease("s", "2", 5, now=LEASE_SECONDS + 1) == []


def test_a_closed_tab_gives_back(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 3)
    queue.release("1")
    queue.release("unknown")
    assert names(queue.lease("s", "2", 5)) == ["b", "c", "d", "e", "f"]


def test_filters_and_what_a_changed_filter_gives_back() -> None:
    queue = ReviewQueue()
    mixed = [
        proposal("b"),
        proposal("c", kind="uncertain", strategy="random"),
        proposal("d", kind="audit", strategy="audit"),
        proposal("e"),
    ]
    queue.refill(mixed, never)
    assert names(queue.lease("r", "1", 4, Wanted(strategy="knn_k"))) == ["b", "e"]
    assert names(queue.lease("r", "1", 4, Wanted(kinds=["uncertain", "audit"]))) == ["c", "d"]
    assert names(queue.lease("s", "2", 4)) == ["b", "e"]
    counts = {"positive": 2, "false_negative": 0, "hard_negative": 0, "uncertain": 1, "audit": 1}
    assert queue.counts() == counts


def test_settled_pairs_leave(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 2)
    queue.settle(Pair("a", "b"), "r", "same")
    queue.settle(Pair("a", "f"))
    queue.settle(Pair("x", "y"), "r", "same")
    assert names(queue.lease("r", "1", 5)) == ["c", "d", "e"]
    assert queue.counts()["positive"] == 3


def test_a_skipped_pair_comes_back_when_no_other_is_left(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 1)
    queue.skip("r", Pair("a", "b"))
    queue.skip("r", Pair("x", "y"))
    assert names(queue.lease("r", "1", 9)) == ["c", "d", "e", "f", "b"]
    queue.release("1")
    assert names(queue.lease("s", "2", 9)) == ["c", "d", "e", "f", "b"]


def test_a_skipped_pair_comes_back_after_others_though_the_queue_refills() -> None:
    keys = [f"p{i:03}" for i in range(100)]
    queue = filled(keys)
    queue.lease("r", "1", 1)
    queue.skip("r", Pair("a", "p000"))
    served = []
    for key in keys[1:40]:
        (shown,) = queue.lease("r", "1", 1)
        served.append(shown.pair.b)
        queue.settle(shown.pair, "r", "same")
        if shown.pair.b == "p000":
            break
        queue.refill([proposal(k) for k in keys if k > key], never)
    assert served == [*keys[1 : SKIP_GAP + 1], "p000"]


def test_refill_keeps_screens_and_skips_and_drops_the_closed(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 2)
    queue.lease("s", "2", 1)
    queue.skip("s", Pair("a", "d"))
    fresh = [proposal(k, strategy="new") for k in "bdgh"]
    queue.refill(fresh, lambda p: p.pair.b == "h")
    assert queue.pending() == {Pair("a", "b"), Pair("a", "c"), Pair("a", "d")}
    held = queue.lease("r", "1", 2)
    assert [(p.pair.b, p.strategy) for p in held] == [("b", "knn_k"), ("c", "knn_k")]
    assert [(p.pair.b, p.strategy) for p in queue.lease("s", "2", 9)] == [
        ("g", "new"),
        ("d", "new"),
    ]
    queue.release("2")
    queue.refill([], lambda p: p.pair.b == "d")
    assert names(queue.lease("s", "2", 9)) == []


def test_void_drops_what_became_known(queue: ReviewQueue) -> None:
    queue.lease("r", "1", 2)
    assert queue.void(lambda p: p.pair.b in "ce") == [Pair("a", "c"), Pair("a", "e")]
    assert names(queue.lease("r", "1", 9)) == ["b", "d", "f"]


def test_unsure_waits_for_another_reviewer_until_implied(queue: ReviewQueue) -> None:
    pair = Pair("a", "b")
    queue.lease("r", "1", 1)
    queue.settle(pair, "r", "unsure")
    assert "b" not in names(queue.lease("r", "1", 9))
    queue.release("1")
    assert queue.counts("r")["positive"] == 4
    assert queue.counts("s")["positive"] == queue.counts()["positive"] == 5
    assert pair in queue.pending()
    queue.refill([], lambda _p: True)
    assert queue.void(lambda _p: True) == []
    assert names(queue.lease("s", "2", 9)) == ["b"]
    queue.settle(pair, "s", "unsure")
    assert queue.lease("s", "2", 9) == []
    assert queue.void(never, lambda p: p == pair) == [pair]


def test_incomparable_is_final_even_with_overlap() -> None:
    queue = filled("b", overlap=3)
    queue.settle(Pair("a", "b"), "r", "unsure")
    queue.settle(Pair("a", "b"), "s", "incomparable")
    assert queue.counts()["positive"] == 0


def test_overlap_asks_each_reviewer_once() -> None:
    queue = filled("bc", overlap=2)
    pair = Pair("a", "b")
    assert names(queue.lease("r", "1", 1)) == ["b"]
    assert names(queue.lease("s", "2", 1)) == ["b"]
    assert names(queue.lease("r", "3", 1)) == ["c"]
    assert names(queue.lease("t", "4", 2)) == ["c"]
    queue.settle(pair, "r", "same")
    assert names(queue.lease("t", "4", 2)) == ["c"]
    assert queue.void(lambda p: p.pair == pair, lambda p: p == pair) == []
    queue.settle(pair, "s", "different")
    assert names(queue.lease("s", "2", 9)) == []


def test_claim_after_undo() -> None:
    queue = filled("bc")
    (shown,) = queue.lease("r", "1", 1)
    queue.settle(shown.pair, "r", "unsure")
    queue.claim(shown, "r", "1")
    queue.claim(proposal("z"), "r", "1")
    queue.claim(proposal("z"), "r", "1")
    assert names(queue.lease("s", "2", 9)) == ["c"]
    assert names(queue.lease("r", "1", 9)) == ["b", "z"]


def test_a_pair_is_claimed_as_it_is_asked_unless_others_have_it() -> None:
    queue = filled("bc")
    queue.lease("s", "2", 1)
    claimed = [proposal(name, strategy="other") for name in "bc"]
    for one in claimed:
        queue.claim(one, "r", "1")
    held = [queue.find(one.pair) for one in claimed]
    assert [one and one.strategy for one in held] == ["knn_k", "other"]


def test_open_questions_come_back_from_the_log(make: Callable[..., Decision]) -> None:
    decisions = [
        make("a", "b", "unsure", kind="positive", strategy="knn_k", score=0.7, generation=4),
        make("a", "c", "same"),
        make("a", "d", "unsure"),
        make("a", "d", "different", reviewer="s"),
        make("a", "e", "unsure"),
        make("a", "e", "incomparable", reviewer="s"),
    ]
    ((found, reviewers),) = open_questions(decisions)
    assert found == Proposal(Pair("a", "b"), "positive", "knn_k", 0.7, "r: unsure", 4)
    assert reviewers == {"r"}
    twice = {p.pair.b: set(reviewers) for p, reviewers in open_questions(decisions, overlap=2)}
    assert twice == {"b": {"r"}, "c": {"r"}}
    queue = ReviewQueue()
    queue.reask(found, reviewers)
    assert queue.lease("r", "1", 1) == []
    assert queue.lease("s", "2", 1) == [found]


def test_threads_never_share_a_pair() -> None:
    queue = filled([f"p{i:03}" for i in range(300)])

    def work(reviewer: str) -> list[Pair]:
        answered = []
        while shown := queue.lease(reviewer, reviewer, 3):
            for one in shown:
                queue.settle(one.pair, reviewer, "same")
                answered.append(one.pair)
        return answered

    with ThreadPoolExecutor(6) as pool:
        answered = [pair for part in pool.map(work, "rstuvw") for pair in part]
    assert len(answered) == len(set(answered)) == 300
