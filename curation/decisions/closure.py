"""What decisions imply: must-link groups, cannot-link between groups, contradictions.

`same` is an equivalence relation, `different` lifts to the groups (methods 8.1). Decisions are
applied in the log's order; one that contradicts the earlier ones is kept as a conflict, with the
path of decisions it contradicts, and not applied. Taking something back means building anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from curation.decisions import weights
from curation.decisions.groups import Groups
from curation.decisions.paths import Links, Walk, reached, trace, walk
from curation.types import Closure, Conflict, Constraints, Decision, IndexArray, Pair, Verdict

Relation = Literal["same", "different"]

HELD_OUT_PERCENT = 10
# Which answer stands for a pair with several: a final one before an unsure one, an applied one
# before all.
_UNSURE, _CONFLICTING, _INCOMPARABLE, _APPLIED = range(4)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one more decision did.

    ``joins`` sizes of the two groups it joined; ``separates``: two groups were set apart;
    ``evidence``: it confirms what was already implied or answered; ``conflict`` or None.
    """

    joins: tuple[int, int] | None = None
    separates: bool = False
    conflict: Conflict | None = None
    evidence: bool = False

    @property
    def summary(self) -> str:
        """The effect in a few words, for the reviewer."""
        if self.conflict is not None:
            count = len(self.conflict.path)
            return f"contradicts {count} decision{'' if count == 1 else 's'}"
        if self.joins is not None:
            return f"joins {self.joins[0]} + {self.joins[1]}"
        if self.separates:
            return "separates 2 groups"
        return "confirms what was known" if self.evidence else "leaves the groups as they are"


class Implications:
    """The closure of one criterion's effective decisions; grows decision by decision.

    Not locked: one writer, and no reader meanwhile.
    """

    def __init__(self) -> None:
        self._groups = Groups()
        self._links: dict[str, dict[str, list[str]]] = {}
        self._answers: dict[Pair, tuple[int, Verdict]] = {}
        self._conflicts: list[Conflict] = []
        self._decisions: dict[str, Decision] = {}
        self._of_pair: dict[Pair, list[Decision]] = {}
        self._audited: set[Pair] = set()

    # --- growing ---------------------------------------------------------------------------

    def add(self, decision: Decision) -> Effect:
        """Apply one effective decision that is newer than all before.

        A repeated id changes nothing. O(log n) amortised, plus a walk through the groups where it
        contradicts. Raises ValueError for a retraction or a change of a decision in here: build
        anew then.
        """
        if decision.id in self._decisions:
            return Effect()
        if decision.verdict is None or decision.supersedes in self._decisions:
            raise ValueError(f"decision {decision.id!r} takes another one back: build anew")
        self._decisions[decision.id] = decision
        self._of_pair.setdefault(decision.pair, []).append(decision)
        if decision.kind == "audit":
            self._audited.add(decision.pair)
        if decision.verdict == "same":
            return self._add_same(decision)
        if decision.verdict == "different":
            return self._add_different(decision)
        rank = _UNSURE if decision.verdict == "unsure" else _INCOMPARABLE
        self._answer(decision.pair, rank, decision.verdict)
        return Effect()

    def _add_same(self, decision: Decision) -> Effect:
        pair = decision.pair
        a, b = self._groups.named(pair.a), self._groups.named(pair.b)
        if b in a.apart:
            return self._contradict(decision, "same")
        self._answer(pair, _APPLIED, "same")
        self._links.setdefault(pair.a, {}).setdefault(pair.b, []).append(decision.id)
        self._links.setdefault(pair.b, {}).setdefault(pair.a, []).append(decision.id)
        if a is b:
            return Effect(evidence=True)
        sizes = (len(a.members), len(b.members))
        self._groups.join(a, b)
        return Effect(joins=sizes)

    def _add_different(self, decision: Decision) -> Effect:
        pair = decision.pair
        a, b = self._groups.named(pair.a), self._groups.named(pair.b)
        if a is b:
            return self._contradict(decision, "different")
        self._answer(pair, _APPLIED, "different")
        if b in a.apart:
            a.apart[b].setdefault(pair, decision)
            return Effect(evidence=True)
        a.apart[b] = b.apart[a] = {pair: decision}
        return Effect(separates=True)

    def _contradict(self, decision: Decision, verdict: Verdict) -> Effect:
        ids, items = self.path(decision.pair.a, decision.pair.b)
        conflict = Conflict(decision.id, decision.pair, verdict, ids, items)
        self._conflicts.append(conflict)
        self._answer(decision.pair, _CONFLICTING, verdict)
        return Effect(conflict=conflict)

    def _answer(self, pair: Pair, rank: int, verdict: Verdict) -> None:
        if pair not in self._answers or rank >= self._answers[pair][0]:
            self._answers[pair] = (rank, verdict)

    # --- asking ----------------------------------------------------------------------------

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Decisions that were not applied, in the log's order."""
        return tuple(self._conflicts)

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """All decisions added, by id, in order."""
        return self._decisions

    def answers(self, pair: Pair) -> Sequence[Decision]:
        """The decisions on a pair, oldest first."""
        return self._of_pair.get(pair, ())

    @property
    def audited(self) -> Set[Pair]:
        """Pairs that were asked again on purpose."""
        return self._audited

    @property
    def links(self) -> Links:
        """Item -> linked item -> ids of the applied `same` decisions between the two."""
        return self._links

    def relation(self, x: str, y: str) -> Relation | None:
        """What is known of two items, answered or implied."""
        a, b = self._groups.find(x), self._groups.find(y)
        if a is None or b is None:
            return None
        if a is b:
            return "same"
        return "different" if b in a.apart else None

    def verdict(self, pair: Pair) -> Verdict | None:
        """The answer that stands for a pair, None where it was not asked."""
        answer = self._answers.get(pair)
        return None if answer is None else answer[1]

    def members(self, item: str) -> tuple[str, ...]:
        """The items known to be the same as ``item``, itself included."""
        group = self._groups.find(item)
        return (item,) if group is None else tuple(group.members)

    def apart(self, item: str) -> list[str]:
        """The items known to be different from ``item``."""
        group = self._groups.find(item)
        return [] if group is None else [m for other in group.apart for m in other.members]

    def groups(self) -> list[Sequence[str]]:
        """Members of the must-link groups, of one item too, in order of the oldest member."""
        return [group.members for group in self._groups]

    def units(self, position: Mapping[str, int]) -> tuple[IndexArray, IndexArray]:
        """Must-link group int64 [N] of each item of ``position``, of one item too (-1: in none),
        and int64 [C, 2] groups g < h that are apart."""
        return weights.group_arrays(position, self._groups)

    def separated(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """Members of every two groups that cannot link, once."""
        return self._groups.separated()

    def counts(self) -> tuple[int, int]:
        """Pairs known to be the same, and known to be different; answered ones included."""
        return self._groups.counts()

    def path(self, x: str, y: str) -> Walk:
        """Why the relation of two items is known: a shortest walk of decisions from x to y.

        `same` steps, and one `different` step where the relation is that. Empty where nothing is
        known. Of several decisions on one step the oldest is named.
        """
        relation = self.relation(x, y)
        if relation == "same":
            return walk(self._links, x, y)
        if relation == "different":
            return self._path_across(x, y)
        return (), ()

    def _path_across(self, x: str, y: str) -> Walk:
        near, far = reached(self._links, x), reached(self._links, y)
        choices = []
        across = self._groups.named(x).apart[self._groups.named(y)]
        for order, decision in enumerate(across.values()):
            u, v = decision.pair.a, decision.pair.b
            if u not in near:
                u, v = v, u
            choices.append((near[u][1] + far[v][1], decision.seq, order, decision.id, u, v))
        _, _, _, crossing, u, v = min(choices)
        ids, items = trace(self._links, near, u)
        back_ids, back_items = trace(self._links, far, v)
        return (*ids, crossing, *reversed(back_ids)), (*items, *reversed(back_items))

    def support(self, x: str, y: str) -> int:
        """Decisions that the relation of two items rests on (1: answered), 0 where unknown."""
        return len(self.path(x, y)[0])

    def closure(self) -> Closure:
        """All of it, in canonical order."""
        groups = sorted(self._groups, key=lambda group: min(group.members))
        index = {group: g for g, group in enumerate(groups)}
        return Closure(
            groups=tuple(tuple(sorted(group.members)) for group in groups),
            cannot_link=frozenset(
                (g, index[other])
                for group, g in index.items()
                for other in group.apart
                if g < index[other]
            ),
            explicit={pair: verdict for pair, (_, verdict) in self._answers.items()},
            conflicts=self.conflicts,
        )

    def constraints(
        self,
        item_ids: Sequence[str],
        pending: Collection[Pair] = (),
        reliability: float = 0.97,
    ) -> Constraints:
        """The implications on positions of ``item_ids``; items not in it are left out.

        ``reliability`` is the chance that one `same` answer is right (see ``weights``). A pair
        with contradicting answers is listed as `unsure`: neither pulled nor pushed until resolved.
        """
        position = {item: i for i, item in enumerate(item_ids)}
        disputed = {conflict.pair for conflict in self._conflicts}
        stands = ((pair, verdict) for pair, (_, verdict) in self._answers.items())
        if disputed:
            stands = ((p, "unsure" if p in disputed else verdict) for p, verdict in stands)
        group, cannot_link = weights.group_arrays(position, self._groups)
        pairs, verdicts = weights.answer_arrays(position, stands)
        return Constraints(
            group=group,
            strength=weights.strengths(position, self._links, self.groups(), reliability),
            cannot_link=cannot_link,
            pairs=pairs,
            verdicts=verdicts,
            pending=weights.pair_array(position, pending),
        )


def build(decisions: Iterable[Decision]) -> Implications:
    """Implications of the effective decisions of one criterion, in the log's order."""
    implications = Implications()
    for decision in decisions:
        implications.add(decision)
    return implications


def held_out(pair: Pair) -> bool:
    """Whether answers to this pair are kept for evaluation: a tenth of all pairs, by hash."""
    digest = hashlib.blake2b(pair.key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100 < HELD_OUT_PERCENT


def split(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """Effective decisions for training, and those for evaluation.

    No same/different answer to a held-out pair is among the former, so neither is what it would
    imply. The latter has one decision a pair, without pairs that the training closure implies and
    pairs whose answers disagree.
    """
    train: list[Decision] = []
    answers: dict[Pair, list[Decision]] = {}
    for decision in decisions:
        if decision.verdict in ("same", "different") and held_out(decision.pair):
            answers.setdefault(decision.pair, []).append(decision)
        else:
            train.append(decision)
    implied = build(train)
    evaluation = [
        found[-1]
        for pair, found in answers.items()
        if len({decision.verdict for decision in found}) == 1
        and implied.relation(pair.a, pair.b) is None
    ]
    return train, evaluation
