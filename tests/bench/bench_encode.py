"""Encoding throughput against its bare parts, on real files.

    python tests/bench/bench_encode.py FOLDER --encoder builtin
    python tests/bench/bench_encode.py FOLDER --encoder ViT-B-32 --items 256

``bare_decode`` and ``bare_forward`` are plain loops: decode and preprocess every file in one
thread; run the model on batches in memory with torch's own threads. ``full`` is encode_items into
a store on disk, thumbnails written. Images a second; ``ratio`` is full / (1 / (1/decode +
1/forward)) on a CPU and full / min(decode x cores, forward) on CUDA. ``ViT-B-32`` stands for the
open_clip model with random weights. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.items.decode import load_image
from curation.items.ids import image_id
from curation.spaces.encode import encode_items, encode_views
from curation.spaces.encoders import Encoder, create_encoder
from curation.spaces.store import EmbeddingStore


def random_vit(folder: Path, device: str) -> Encoder:
    import open_clip
    from safetensors.torch import save_file

    torch.manual_seed(0)
    path = folder / "random.safetensors"
    save_file(open_clip.create_model("ViT-B-32").state_dict(), path)
    return create_encoder(f"open_clip:ViT-B-32:{path}", device)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The best of several runs: other work on the machine only ever adds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="builtin")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--items", type=int, default=512)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--views", type=int, default=4)
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.folder.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    files = files[:: max(len(files) // arguments.items, 1)][: arguments.items]
    tasks = [(image_id(file.read_bytes()), file, None) for file in files]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.encoder == "ViT-B-32":
            encoder = random_vit(folder, arguments.device)
        else:
            encoder = create_encoder(arguments.encoder, arguments.device)
        pictures = [encoder.preprocess(load_image(file)) for file in files]
        batches = [
            torch.stack(pictures[k : k + arguments.batch])
            for k in range(0, len(pictures), arguments.batch)
        ]
        encoder.encode(batches[0])
        runs = iter(range(1000))

        def decode() -> None:
            for file in files:
                encoder.preprocess(load_image(file))

        def forward() -> None:
            for batch in batches:
                encoder.encode(batch)

        def full() -> EmbeddingStore:
            run = folder / str(next(runs))
            store = EmbeddingStore(run / "store", encoder.dim, arguments.views)
            steps = encode_items(
                encoder, store, tasks, batch_size=arguments.batch, thumbs=run / "thumbs"
            )
            for _ in steps:
                pass
            return store

        def views() -> None:
            for _ in encode_views(encoder, store, tasks, batch_size=arguments.batch):
                pass

        n = len(files)
        rate = {
            "bare_decode": n / seconds(decode, arguments.repeats),
            "bare_forward": n / seconds(forward, arguments.repeats),
            "full": n / seconds(full, arguments.repeats),
        }
        store = full()
        rate["views_pass"] = n / seconds(views, 1)
        again = seconds(full_again(encoder, store, tasks), 1)
    one_by_one = 1 / (1 / rate["bare_decode"] + 1 / rate["bare_forward"])
    cores = os.cpu_count() or 1
    slower = min(rate["bare_decode"] * cores, rate["bare_forward"])
    target = slower if arguments.device.startswith("cuda") else one_by_one
    result = {"encoder": encoder.spec.split(":/")[0], "images": n, "cores": cores}
    result |= {key: round(value, 1) for key, value in rate.items()}
    result |= {"ratio": round(rate["full"] / target, 3), "reopen_s": again}
    sys.stdout.write(json.dumps(result) + "\n")


def full_again(encoder: Encoder, store: EmbeddingStore, tasks: list) -> Callable[[], None]:
    def reopen() -> None:
        opened = EmbeddingStore(store.folder, encoder.dim, store.n_views)
        for _ in encode_items(encoder, opened, tasks):
            raise AssertionError("encoded something again")

    return reopen


if __name__ == "__main__":
    main()
