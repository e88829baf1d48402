"""What the workspace is made of, how it goes, what trains, and how each criterion is run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, FiniteFloat

from curation.http.schemas.common import Answer, Counts, Given, Name, OfCriterion, Scope
from curation.http.schemas.places import Colours
from curation.http.schemas.review import CriterionRow, Pace, Strategy
from curation.settings import RANGES


def within(setting: str) -> Any:
    """The range of a setting that is a number."""
    low, high = RANGES[setting]
    return Field(ge=low, le=high)


class TrainIn(Scope):
    objective: Name | None = None


class TrialIn(Scope):
    objective: Name


class OfferIn(Scope):
    """Adopt the generation on offer, or keep the current one; ``generation`` is the one that was
    meant, since training goes on and may offer another."""

    accept: bool
    generation: int | None = None


class SettingsValues(Given):
    """Those that are to change."""

    objective: Name | None = None
    strategy: Name | None = None
    every_decisions: Annotated[int, within("every_decisions")] | None = None
    idle_seconds: Annotated[FiniteFloat, within("idle_seconds")] | None = None
    n_groups: Annotated[int, within("n_groups")] | None = None
    overlap: Annotated[int, within("overlap")] | None = None
    blind: bool | None = None


class SettingsIn(OfCriterion):
    values: SettingsValues


class Settings(Answer):
    """How a criterion is reviewed and trained."""

    objective: str
    strategy: str
    every_decisions: int
    idle_seconds: float
    n_groups: int | None
    overlap: int
    blind: bool


class Unreadable(Answer):
    path: str
    reason: str


class Objective(Answer):
    """What a space can be trained on; ``live``: beside the review."""

    id: str
    summary: str
    needs: list[str]
    live: bool
    absent: str
    paper: str
    source: str


class Overview(Answer):
    """What this workspace is made of: at a ``stage`` of its intake, and when the criteria were at
    a revision, both of which the status tells, too."""

    stage: str
    criteria_revision: int
    name: str
    path: str
    source: str
    encoder: str
    device: str
    criteria: list[CriterionRow]
    deleted_criteria: list[CriterionRow]
    n_items: int
    attributes: list[str]
    colours: list[str]
    has_images: bool
    has_text: bool
    can_embed: bool
    unreadable: list[Unreadable]
    notes: list[Unreadable]
    objectives: list[Objective]
    strategies: list[Strategy]


class AUC(Answer):
    """On held-out answers, with its interval; ``n`` pairs."""

    value: float
    low: float
    high: float
    n: int


class Run(Answer):
    """A training run; ``trial``: the objective that is tried."""

    progress: float
    decisions: int
    trial: str | None


class StatusTrial(Answer):
    number: int
    drawing: list[int]
    since: int


class WorkerState(Answer):
    state: str
    message: str


class Offer(Answer):
    generation: int
    auc: float
    low: float
    high: float
    current_auc: float


class Status(Answer):
    """How it goes; ``version`` changes whenever anything of the criterion does, and
    ``criteria_revision`` with the list of criteria and their words."""

    version: int
    criteria_revision: int
    items: int
    embedded: int
    stage: str
    progress: float
    message: str
    unreadable: int
    generation: int
    generation_decisions: int
    latest: int
    map_ready: bool
    map_generation: int
    mapped: int
    map_key: str = ""
    pinned: bool
    training: Run | None
    trial: StatusTrial | None
    taught: bool
    worker: WorkerState
    counts: Counts
    decisions: int
    new_decisions: int
    conflicts: int
    offer: Offer | None
    auc: AUC | None
    change_chance: float | None
    session: Pace


class Started(Answer):
    """``started`` is false where a run is under way; ``generation`` is the one being made."""

    started: bool
    generation: int | None = None


class Shown(Answer):
    generation: int


class Pinned(Shown):
    pinned: bool


class GenerationRow(Answer):
    number: int
    parent: int | None
    decisions: int
    log_position: int
    objective: str
    created: str
    auc: AUC | None
    auc_random: AUC | None
    current: bool
    adopted: bool
    rival: int | None
    trial: bool


class Side(Answer):
    """One of two generations compared; ``places``: x and y of the same items."""

    number: int
    objective: str
    decisions: int
    auc: AUC | None
    places: tuple[list[float], list[float]] | None


class Trial(Answer):
    sides: list[Side]
    drawing: list[int]
    colours: Colours | None
