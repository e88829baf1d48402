"""Strategies by name: those of this package, and those that other packages bring.

A package brings one by an entry point of the group ``curation.strategies`` that names a subclass
of ``Strategy``. What does not load is listed with the reason, and refused when it is asked for.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import getattr_static, isabstract, isclass
from typing import Any

from curation.errors import ProposalError, UnknownName
from curation.proposals.adco_bank import AdcoBank
from curation.proposals.attr_same_key import AttrSameKey
from curation.proposals.badge import Badge
from curation.proposals.base import FAMILIES, State, Strategy
from curation.proposals.centroid import Centroid
from curation.proposals.cobras import Cobras
from curation.proposals.consolidate import Consolidate
from curation.proposals.context import Context
from curation.proposals.dbpm_audit import DbpmAudit
from curation.proposals.explore import Explore
from curation.proposals.fnc_max import FncMax
from curation.proposals.geo_time import GeoTime
from curation.proposals.hcl import Hcl
from curation.proposals.idc_value import IdcValue
from curation.proposals.ifnd import Ifnd
from curation.proposals.kcenter import KCenter
from curation.proposals.knn_k import KnnK
from curation.proposals.lca import Lca
from curation.proposals.minmax import MinMax
from curation.proposals.mix import Mix
from curation.proposals.mochi_gap import MochiGap
from curation.proposals.needs import NEEDS
from curation.proposals.nn_top1 import NnTop1
from curation.proposals.npu import Npu
from curation.proposals.occ_boundary import OccBoundary
from curation.proposals.pool_topk import PoolTopk
from curation.proposals.probcover import ProbCover
from curation.proposals.pseudo_cluster import PseudoCluster
from curation.proposals.pu_score import PuScore
from curation.proposals.random_pairs import RandomPairs
from curation.proposals.sepp_band import SeppBand
from curation.proposals.sequence import Sequence
from curation.proposals.synco import Synco
from curation.proposals.synthetic_pos import SyntheticPos
from curation.proposals.text_agree import TextAgree
from curation.proposals.typiclust import TypiClust
from curation.proposals.unremix import Unremix
from curation.types import KINDS

GROUP = "curation.strategies"
OURS: tuple[type[Strategy], ...] = (
    SeppBand, NnTop1, KnnK, Centroid, PseudoCluster, SyntheticPos, AttrSameKey, GeoTime,
    Sequence, Context, TextAgree, PoolTopk, PuScore, FncMax, Ifnd, Hcl, Unremix, MochiGap,
    Synco, AdcoBank, OccBoundary, Explore, Consolidate, Npu, MinMax, Cobras, IdcValue,
    TypiClust, ProbCover, KCenter, Badge, Lca, DbpmAudit, RandomPairs,
)  # fmt: skip
_RESERVED = {Mix.id, "audit", "manual", "neighbours", "folders", "check"}
"""Names that decisions bear whose pair no strategy of this list chose."""
_ID = re.compile(r"[a-z][a-z0-9_]{1,62}")
_TOLD = ("summary", "when", "paper")


def create(name: str) -> Strategy | Mix:
    """The strategy called ``name``; ``mix`` draws on several. Raises UnknownName, ProposalError."""
    strategies, broken = _all()
    if name == Mix.id:
        return Mix({id: strategies[id]() for id in Mix.members if id in strategies})
    if name in strategies:
        return strategies[name]()
    for point, why in broken.items():
        if name in (point, point.partition(" ")[0]):
            raise ProposalError(why)
    raise UnknownName("strategy", name, names())


def names() -> tuple[str, ...]:
    """Ids of all strategies that can be used, the mix first."""
    return (Mix.id, *_all()[0])


def summary(name: str) -> str:
    """What a strategy proposes; empty for a name that decisions bear and no strategy has."""
    strategy = _all()[0].get(name)
    return strategy.summary if strategy else ""


def catalogue(state: State | None = None) -> list[dict[str, Any]]:
    """One row a strategy: ``id``, ``kind``, ``family``, ``summary``, ``when``, ``paper``,
    ``needs``, ``defaults`` and ``absent``: why it cannot propose from ``state``, else empty."""
    strategies, broken = _all()
    rows = [_row(Mix, "any", "all", "")]
    for family in FAMILIES:
        rows += [
            _row(one, one.kind, family, "" if state is None else one.lacks(state))
            for one in strategies.values()
            if one.family == family
        ]
    return rows + [
        {"id": id, "kind": "", "family": "not loaded", "summary": "", "when": "", "paper": "",
         "needs": [], "defaults": {}, "absent": why}
        for id, why in broken.items()
    ]  # fmt: skip


def _row(
    strategy: type[Strategy] | type[Mix], kind: str, family: str, absent: str
) -> dict[str, Any]:
    return {
        "id": strategy.id,
        "kind": kind,
        "family": family,
        "summary": strategy.summary,
        "when": strategy.when,
        "paper": strategy.paper,
        "needs": list(strategy.needs),
        "defaults": dict(strategy.defaults()),
        "absent": absent,
    }


@cache
def _all() -> tuple[dict[str, type[Strategy]], dict[str, str]]:
    """Strategies by id, and why others could not be taken, by "entry point (package)"."""
    strategies = {one.id: one for one in OURS}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            brought = _checked(point)
            if brought.id in strategies or brought.id in _RESERVED:
                raise _refusal(point, "an id of its own", f"{brought.id!r}, which is taken")
            strategies[brought.id] = brought
        except ProposalError as error:
            broken[f"{point.name} ({point.dist.name if point.dist else point.value})"] = str(error)
    return strategies, broken


def _checked(point: EntryPoint) -> type[Strategy]:
    """The class an entry point names. Raises ProposalError naming both where it is none."""
    try:
        found = point.load()
    except Exception as error:
        raise _refusal(point, "a class", f"{type(error).__name__}: {error}") from error
    if not (isclass(found) and issubclass(found, Strategy)):
        raise _refusal(point, "a subclass of curation.proposals.base.Strategy", repr(found))
    if isabstract(found):
        raise _refusal(point, "a method candidates()", "none")
    for name, guard in vars(Strategy).items():
        if getattr(guard, "__final__", False) and getattr_static(found, name) is not guard:
            raise _refusal(point, f"{name}() as the base class has it", "another one")
    if not _ID.fullmatch(str(getattr(found, "id", ""))):
        raise _refusal(point, "an id of lower-case letters", repr(getattr(found, "id", None)))
    if getattr(found, "kind", None) not in KINDS:
        raise _refusal(point, f"a kind of {', '.join(KINDS)}", repr(getattr(found, "kind", None)))
    if getattr(found, "family", None) not in FAMILIES:
        family = repr(getattr(found, "family", None))
        raise _refusal(point, f"a family of {', '.join(FAMILIES)}", family)
    for name in _TOLD:
        if not isinstance(getattr(found, name, None), str):
            raise _refusal(point, f"a text {name}", repr(getattr(found, name, None)))
    if not isinstance(found.needs, tuple) or any(need not in NEEDS for need in found.needs):
        raise _refusal(point, f"a tuple of needs of {', '.join(NEEDS)}", repr(found.needs))
    try:
        found()
        json.dumps(dict(found.defaults()))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise _refusal(point, "a class made without arguments, of plain defaults", why) from error
    return found


def _refusal(point: EntryPoint, expected: str, got: str) -> ProposalError:
    return ProposalError(
        f"Strategy {point.name!r} ({point.value}): expected {expected}, got {got}; correct the "
        "package that brings it, or uninstall it."
    )
