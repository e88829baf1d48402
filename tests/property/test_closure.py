"""Closure against brute force on few items (methods 8.1 and section 11, point 5)."""

from __future__ import annotations

from itertools import combinations, pairwise
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.decisions.closure import build
from curation.types import Decision, Pair, Verdict

ITEMS = "abcdefgh"
PAIRS = [Pair(a, b) for a, b in combinations(ITEMS, 2)]
VERDICTS: list[Verdict] = ["same", "different", "same", "different", "unsure", "incomparable"]


def decide(number: int, pair: Pair, verdict: Verdict | None) -> Decision:
    return Decision(f"d{number}", pair, verdict, "c", f"r{number % 3}", seq=number + 1)


answers = st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from(VERDICTS)), max_size=14).map(
    lambda given: [decide(number, *answer) for number, answer in enumerate(given)]
)
Relations = dict[Pair, Verdict | None]
labels = st.lists(st.integers(0, 3), min_size=len(ITEMS), max_size=len(ITEMS))


@st.composite
def consistent(draw: st.DrawFn) -> list[Decision]:
    """Answers of a reviewer who is always right about some labels."""
    label = dict(zip(ITEMS, draw(labels), strict=True))
    asked = draw(st.lists(st.sampled_from(PAIRS), max_size=20))
    return [
        decide(number, pair, "same" if label[pair.a] == label[pair.b] else "different")
        for number, pair in enumerate(asked)
    ]


def brute_force(decisions: list[Decision]) -> tuple[Relations, list[Decision], list[Decision]]:
    """(relations of all pairs, applied, conflicting), by rules applied until nothing follows."""
    applied: list[Decision] = []
    conflicting: list[Decision] = []
    for decision in decisions:
        if decision.verdict not in ("same", "different"):
            continue
        known = relations(applied).get(decision.pair)
        (applied if known in (None, decision.verdict) else conflicting).append(decision)
    return relations(applied), applied, conflicting


def relations(applied: list[Decision]) -> Relations:
    """Fixed point of: same is transitive; different carries over to what is the same."""
    found: Relations = {decision.pair: decision.verdict for decision in applied}
    while True:
        new: Relations = {}
        for x, y, z in ((x, y, z) for x in ITEMS for y in ITEMS for z in ITEMS):
            if len({x, y, z}) < 3:
                continue
            sides = [found.get(Pair.of(x, y)), found.get(Pair.of(y, z))]
            if None in sides or sides == ["different", "different"]:
                continue
            implied: Verdict = "different" if "different" in sides else "same"
            assert found.get(Pair.of(x, z), implied) == implied
            if Pair.of(x, z) not in found:
                new[Pair.of(x, z)] = implied
        if not new:
            return found
        found |= new


@given(answers)
def test_as_brute_force(decisions: list[Decision]) -> None:
    implications = build(decisions)
    known, applied, conflicting = brute_force(decisions)
    assert {p: r for p in PAIRS if (r := implications.relation(p.a, p.b))} == known
    assert [c.decision_id for c in implications.conflicts] == [d.id for d in conflicting]
    closure = implications.closure()
    named = {item for decision in applied for item in (decision.pair.a, decision.pair.b)}
    assert sorted(item for group in closure.groups for item in group) == sorted(named)
    index = {item: g for g, group in enumerate(closure.groups) for item in group}
    for pair in PAIRS:
        g, h = sorted((index.get(pair.a, -1), index.get(pair.b, -1)))
        same = g == h != -1
        assert same == (known.get(pair) == "same")
        assert ((g, h) in closure.cannot_link) == (known.get(pair) == "different")
    assert set(closure.explicit) == {decision.pair for decision in decisions}
    values = list(known.values())
    assert implications.counts() == (values.count("same"), values.count("different"))


@given(answers)
def test_arrays_as_the_closure(decisions: list[Decision]) -> None:
    implications = build(decisions)
    items = [*reversed(ITEMS), "other"]
    constraints = implications.constraints(items)
    sign = {"same": 1, "different": -1, None: 0}
    i, j = np.triu_indices(len(items), 1)
    expected = [sign[implications.relation(items[x], items[y])] for x, y in zip(i, j, strict=True)]
    assert constraints.relation(i, j).tolist() == expected
    assert ((constraints.strength > 0) & (constraints.strength <= 1)).all()
    for group in range(constraints.n_groups):
        assert constraints.strength[constraints.group == group].max() == 1


@given(answers)
def test_every_path_is_a_walk_of_applied_decisions_that_implies_the_relation(
    decisions: list[Decision],
) -> None:
    implications = build(decisions)
    by_id = {decision.id: decision for decision in decisions}
    conflicting = {conflict.decision_id for conflict in implications.conflicts}
    walks = [(p.a, p.b, *implications.path(p.a, p.b)) for p in PAIRS]
    walks += [(c.pair.a, c.pair.b, c.path, c.items) for c in implications.conflicts]
    for x, y, ids, items in walks:
        relation = implications.relation(x, y)
        if relation is None:
            assert (ids, items) == ((), ())
            continue
        assert (items[0], items[-1]) == (x, y)
        steps = [by_id[id] for id in ids]
        assert [s.pair for s in steps] == [Pair.of(*ends) for ends in pairwise(items)]
        assert not conflicting & set(ids)
        assert [s.verdict for s in steps].count("different") == (relation == "different")
    assert all(implications.support(x, y) == len(ids) for x, y, ids, _ in walks[: len(PAIRS)])


@given(answers)
def test_conflicts_are_known_when_they_come(decisions: list[Decision]) -> None:
    implications = build([])
    for decision in decisions:
        conflict = implications.add(decision).conflict
        if conflict is not None:
            assert all(id in implications.decisions and id != decision.id for id in conflict.path)
    assert implications.closure() == build(decisions).closure()


@given(consistent(), st.randoms(use_true_random=False))
def test_order_does_not_matter_where_nothing_conflicts(
    decisions: list[Decision], random: Random
) -> None:
    shuffled = list(decisions)
    random.shuffle(shuffled)
    first, second = build(decisions).closure(), build(shuffled).closure()
    assert first.conflicts == second.conflicts == ()
    assert (first.groups, first.cannot_link, first.explicit) == (
        second.groups,
        second.cannot_link,
        second.explicit,
    )


@given(answers)
def test_answering_everything_again_changes_nothing(decisions: list[Decision]) -> None:
    once = build(decisions)
    groups = once.closure().groups, once.closure().cannot_link
    count = len(decisions)
    again = [decide(count + n, d.pair, d.verdict) for n, d in enumerate(decisions)]
    twice = build([*decisions, *again])
    assert (twice.closure().groups, twice.closure().cannot_link) == groups
    assert len(twice.conflicts) == 2 * len(once.conflicts)
    assert build([*decisions, *decisions]).closure() == once.closure()
