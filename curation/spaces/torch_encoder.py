"""The encoder around a torch module: fingerprint, precision, unit norm."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict

import torch
from PIL import Image
from torch import nn

from curation.errors import EncoderError
from curation.spaces.preprocess import Preprocess

Features = Callable[[torch.Tensor], torch.Tensor]


class TorchEncoder:
    """Implements Encoder for a torch module.

    ``features`` maps normalised pictures float32 [B, 3, size, size] to [B, dim]; ``weights`` is
    the module whose parameters it uses. ``text`` maps texts to [T, dim] where there is a tower.
    """

    def __init__(
        self,
        spec: str,
        architecture: str,
        weights: nn.Module,
        features: Features,
        preprocess: Preprocess,
        device: torch.device,
        text: Callable[[list[str]], torch.Tensor] | None = None,
    ) -> None:
        self.spec = spec
        self.fingerprint = _fingerprint(architecture, weights, preprocess)
        self.device = device
        self._features = features
        self._preprocess = preprocess
        self._text = text
        weights.eval().requires_grad_(False).to(device)
        # None until the first batch on an accelerator has shown which precision is fastest
        self._precision: torch.dtype | None = torch.float32 if device.type == "cpu" else None
        blank = torch.zeros((1, 3, self.size, self.size), dtype=torch.uint8)
        with torch.inference_mode():
            self.dim = self._run(blank.to(device), torch.float32).shape[1]

    @property
    def size(self) -> int:
        """Side in pixels of the square that ``preprocess`` returns."""
        return self._preprocess.size

    @property
    def has_text(self) -> bool:
        """Whether ``encode_text`` works."""
        return self._text is not None

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """A picture as uint8 [3, size, size]."""
        return self._preprocess(image)

    @torch.inference_mode()
    def encode(self, batch: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, size, size] to float32 [B, dim] of unit norm, on the CPU."""
        if not len(batch):
            return torch.empty((0, self.dim))
        batch = batch.to(self.device)
        if self._precision is None:
            self._precision = self._fastest(batch)
        return _unit(self._run(batch, self._precision))

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> torch.Tensor:
        """Texts to float32 [T, dim] of unit norm; EncoderError without a text tower."""
        if self._text is None:
            raise EncoderError(
                f"Expected an encoder with a text tower, got {self.spec!r}; search by text needs "
                "an open_clip encoder, for example open_clip:ViT-B-32."
            )
        return _unit(self._text(texts))

    def _run(self, batch: torch.Tensor, precision: torch.dtype) -> torch.Tensor:
        pictures = self._preprocess.normalise(batch)
        if precision is torch.float32:
            return self._features(pictures)
        with torch.autocast(self.device.type, precision):
            return self._features(pictures)

    def _fastest(self, batch: torch.Tensor) -> torch.dtype:
        """Time full and mixed precision on a real batch; mixed must be finite and faster."""
        seconds = {dtype: self._time(batch, dtype) for dtype in _precisions()}
        return min(seconds, key=lambda dtype: seconds[dtype])

    def _time(self, batch: torch.Tensor, precision: torch.dtype) -> float:
        if not bool(self._run(batch, precision).isfinite().all()):
            return float("inf")
        torch.cuda.synchronize(self.device)
        start = time.perf_counter()
        for _ in range(3):
            self._run(batch, precision)
        torch.cuda.synchronize(self.device)
        return time.perf_counter() - start


def _precisions() -> list[torch.dtype]:
    mixed = [torch.bfloat16] if torch.cuda.is_bf16_supported() else []
    return [torch.float32, torch.float16, *mixed]


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return nn.functional.normalize(vectors.float(), dim=1).cpu()


def _fingerprint(architecture: str, weights: nn.Module, preprocess: Preprocess) -> str:
    """Hash of everything that decides a vector; not of the file's place or the device."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([architecture, asdict(preprocess)]).encode())
    for name, tensor in sorted(weights.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
