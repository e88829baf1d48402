"""Presets of the unified loss whose positives are the views of an item.

Each is one row of methods' table: who attracts, who is left out, how negatives are corrected.

SePP: https://arxiv.org/abs/2306.16122
PUCL: https://arxiv.org/abs/2401.08690
SimCLR: https://arxiv.org/abs/2002.05709
Debiased: https://arxiv.org/abs/2007.00224
"""

from __future__ import annotations

from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import anchor_losses, mean_over


class SimCLR(Objective):
    """NT-Xent (Chen et al. 2020, eq. 1): the other view attracts, all other rows repel.

    It reads no answers: the control for those that do.
    """

    def __init__(self, head: Head, *, temperature: float = 0.2) -> None:
        del head
        super().__init__()
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors, relations.own, temperature=self.temperature, denominator="per_positive"
        )
        return mean_over(losses, counted)


class SePP(SimCLR):
    """SePP-ID (Alkhalefi et al. 2024, eq. 2): accepted partners count as further positives.

    Their terms are added, not averaged, each with its strength as ``lam``; without partners it is
    ``SimCLR`` to the bit. A positive is no negative of another one (eq. 1 prints no such exception,
    but its partners come as pairs of their own, hardly ever in one batch).
    """

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.positive,
            eliminated=relations.ignored,
            temperature=self.temperature,
            denominator="per_positive",
            summed=True,
        )
        return mean_over(losses, counted)


class Debiased(Objective):
    """Debiased contrastive loss (Chuang et al. 2020, eq. 8): negatives are corrected by the chance
    ``tau_plus`` that a random pair belongs together."""

    def __init__(self, head: Head, *, temperature: float = 0.5, tau_plus: float = 0.1) -> None:
        del head
        super().__init__()
        self.temperature = temperature
        self.tau_plus = tau_plus

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.own,
            temperature=self.temperature,
            tau_plus=self.tau_plus,
            denominator="per_positive",
        )
        return mean_over(losses, counted)


class PUCL(Debiased):
    """Positive-unlabelled contrastive learning (Wang et al. 2024): all known positives estimate
    what is to be taken off the negatives, which are only unlabelled.

    The paper's text was not available: the working form is the debiased loss with the mean over
    views and must-links; with one positive the two are the same.
    """

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.positive,
            eliminated=relations.ignored,
            temperature=self.temperature,
            tau_plus=self.tau_plus,
            denominator="per_positive",
        )
        return mean_over(losses, counted)
