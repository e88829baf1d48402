"""What the worker derives from a space on demand: the predicted grouping, doubtful answers, how far
items moved.

All are made of all items at once, so no request computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from curation.engine.on_demand import OnDemand
from curation.engine.settling import Settling
from curation.errors import Overtaken
from curation.learning.doubts import Doubt
from curation.learning.grouping import Grouping
from curation.paths import Paths
from curation.spaces.generations import Array, GenerationStore
from curation.types import FloatArray
from curation.worker.client import Worker


@dataclass(frozen=True, slots=True)
class SpaceAsked:
    """The space of generation ``number`` of a criterion, with its first ``n_items`` items."""

    criterion: str
    number: int
    n_items: int

    @property
    def series(self) -> Hashable:
        return self.criterion, self.n_items


@dataclass(frozen=True, slots=True)
class GroupingAsked:
    """The grouping of such a space by the decisions up to ``log_position`` into ``n_groups`` (None:
    estimated, but not fewer than carry names, ``named``)."""

    criterion: str
    number: int
    n_items: int
    log_position: int
    n_groups: int | None
    named: int

    @property
    def series(self) -> Hashable:
        return self.criterion, self.n_items, self.n_groups


WorkAsked = SpaceAsked | GroupingAsked


class Derived:
    """The predicted ``groupings``, the ``doubts`` about answers and the ``moves`` of the spaces of
    one workspace.

    A move is a share float32 [N] of each item's nearest neighbours (see ``worker.generations``).
    ``fingerprint`` names the embedding store; ``arrived`` hears the criterion of each new result;
    ``settling`` tells how fast answers change the grouping (for ``seconds_at`` see there).
    """

    def __init__(
        self,
        paths: Paths,
        worker: Worker,
        fingerprint: Callable[[], str],
        arrived: Callable[[str], None],
        seconds_at: Callable[[str, int], float],
        *,
        inline: bool,
    ) -> None:
        self._paths = paths
        self._worker = worker
        self._fingerprint = fingerprint
        self.settling = Settling(seconds_at)

        def told(asked: WorkAsked) -> None:
            arrived(asked.criterion)

        self.groupings = OnDemand[GroupingAsked, Grouping](
            lambda asked: self._submit("group", asked), self._grouping, told, inline=inline
        )
        self.doubts = OnDemand[GroupingAsked, list[Doubt]](
            lambda asked: self._submit("doubts", asked), _doubts, told, inline=inline
        )
        self.moves = OnDemand[SpaceAsked, FloatArray](
            lambda asked: self._submit("moved", asked), self._moves, told, inline=inline
        )

    def _submit(self, job: str, asked: WorkAsked) -> Future[dict[str, Any]]:
        arguments = {"root": str(self._paths.root), "fingerprint": self._fingerprint()}
        return self._worker.submit(job, {**arguments, **asdict(asked)})

    def _grouping(self, asked: GroupingAsked, result: dict[str, Any]) -> Grouping:
        made = Grouping(
            self._array(asked, "predicted_labels"),
            self._array(asked, "predicted_probabilities"),
            result["n_groups"],
            clusters=self._array(asked, "clusters"),
            typical=self._array(asked, "typical"),
            rivals=tuple((int(column), float(share)) for column, share in result["rivals"]),
            piles=self._array(asked, "piles"),
            side_by_side=self._array(asked, "side_by_side"),
        )
        self.settling.note(asked.series, asked.criterion, asked.log_position, asked.number, made)
        return made

    def _moves(self, asked: SpaceAsked, _: dict[str, Any]) -> FloatArray:
        return self._array(asked, "moved")

    def _array(self, asked: WorkAsked, name: str) -> Array:
        store = GenerationStore(self._paths.generations(asked.criterion))
        found = store.array(asked.number, name, asked.n_items)
        if found is None:  # more items, or a newer generation, came in between
            raise Overtaken(
                f"What was made of generation {asked.number} is gone from {store.folder}; "
                "ask again."
            )
        return found


def _doubts(_: GroupingAsked, result: dict[str, Any]) -> list[Doubt]:
    return [Doubt(**one) for one in result["doubts"]]
