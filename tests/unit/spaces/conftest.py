"""Small encoders with random weights, made here."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

TINY_CLIP = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {
        "context_length": 77,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 1,
    },
}


@pytest.fixture(scope="session")
def timm_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of timm's mobilenetv3_small_050, classifier included."""
    import timm

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "mobilenet.safetensors"
    save_file(timm.create_model("mobilenetv3_small_050").state_dict(), path)
    return path


@pytest.fixture(scope="session")
def distilled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that learned nothing."""
    from curation.spaces.distilled import Shape, Student, save_distilled

    torch.manual_seed(0)
    shape = Shape("mobilenetv3_small_050", 32, 24)
    path = tmp_path_factory.mktemp("distilled") / "student.safetensors"
    save_distilled(Student(shape), shape, path)
    return path


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a registered open_clip model named tiny-test."""
    import open_clip

    folder = tmp_path_factory.mktemp("clip")
    (folder / "tiny-test.json").write_text(json.dumps(TINY_CLIP))
    open_clip.add_model_config(folder / "tiny-test.json")
    torch.manual_seed(0)
    path = folder / "tiny.safetensors"
    save_file(open_clip.create_model("tiny-test").state_dict(), path)
    return path
