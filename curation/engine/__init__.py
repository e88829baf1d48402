"""What happens behind the screen: take items in, project, retrain, draw the map, swap."""

from __future__ import annotations

from curation.engine.intake import TakesIn
from curation.engine.lane import Lane
from curation.engine.teaching import Teaches

__all__ = ["Engine", "Lane"]


class Engine(TakesIn, Teaches):
    """Runs the jobs of one workspace; ``inline`` does so in the calling thread."""
