"""A model file gives back the very weights, or one sentence."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import safetensors.torch
import torch

import models
from models import ImageShape
from studio.library import plain
from studio.library.container import MAX_HEADER, BadRun, seal
from studio.library.format import (
    FORMAT,
    VERSION,
    ModelSpec,
    load_model_file,
    pack_model,
    save_model_file,
    unpack_model,
)

if TYPE_CHECKING:
    from pathlib import Path


def spec_of(name: str, **settings: object) -> ModelSpec:
    config = models.spec(name).config.from_values(settings)
    return ModelSpec(model=name, settings=config, shape=ImageShape(), step=1234, data="pen", seed=7)


SMALL = spec_of("vae", hidden=8, latent_dim=2)


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return models.create("vae", SMALL.settings, SMALL.shape).state_dict()


@pytest.fixture(scope="module")
def content(weights: dict[str, torch.Tensor]) -> bytes:
    return pack_model(weights, SMALL)


def header_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def joined(header: object, data: bytes) -> bytes:
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + data


def refusal(content: bytes) -> str:
    with pytest.raises(BadRun) as caught:
        unpack_model(content, "run/weights.safetensors")
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 260
    return text


@pytest.mark.parametrize("name", models.available())
def test_every_model_comes_back_to_the_bit(name: str, tmp_path: Path) -> None:
    spec = spec_of(name)
    torch.manual_seed(0)
    model = models.create(name, spec.settings, spec.shape)
    path = tmp_path / "model.safetensors"
    save_model_file(path, model, spec)
    state = torch.get_rng_state()
    loaded = load_model_file(path)
    assert torch.equal(torch.get_rng_state(), state), "loading must not disturb a training"
    assert loaded.spec == spec
    assert (loaded.step, loaded.data) == (1234, "pen")
    assert loaded.title == models.spec(name).card.title
    assert not loaded.model.training
    assert not any(p.requires_grad for p in loaded.model.parameters())
    before, after = model.state_dict(), loaded.model.state_dict()
    assert list(before) == list(after)
    for key, value in before.items():
        assert torch.equal(value, after[key]), key


def test_tied_weights_are_written_twice() -> None:
    tied = torch.ones(2, 3)
    read = safetensors.torch.load(pack_model({"one": tied, "two": tied}, SMALL))
    assert torch.equal(read["one"], tied)
    assert torch.equal(read["two"], tied)


def test_strided_tensors_are_written_whole(content: bytes) -> None:
    torch.manual_seed(1)
    weights = models.create("vae", SMALL.settings, SMALL.shape).state_dict()
    first = "encoder.0.weight"
    wide = torch.empty(2 * weights[first].shape[0], weights[first].shape[1])
    wide[::2] = weights[first]
    strided = dict(weights) | {first: wide[::2]}
    assert pack_model(strided, SMALL) == content


def test_any_safetensors_reader_can_open_it(
    content: bytes, weights: dict[str, torch.Tensor]
) -> None:
    read = safetensors.torch.load(content)
    assert all(torch.equal(read[name], weights[name]) for name in weights)


def test_weights_that_are_not_finite_are_not_written(weights: dict[str, torch.Tensor]) -> None:
    broken = {name: tensor.clone() for name, tensor in weights.items()}
    next(iter(broken.values()))[0] = torch.nan
    with pytest.raises(ValueError, match="not finite"):
        pack_model(broken, SMALL)


# Damage


@pytest.mark.parametrize("length", [0, 5, 8, 9, 40, 600, -1])
def test_a_file_cut_short(content: bytes, length: int) -> None:
    refusal(content[:length])


def test_bytes_added(content: bytes) -> None:
    assert "damaged" in refusal(content + b"\0")


def test_any_flipped_byte_or_cut_is_noticed(content: bytes) -> None:
    rng = np.random.default_rng(0)
    size = int.from_bytes(content[:8], "little")
    places = np.concatenate([rng.integers(0, 8 + size, 150), rng.integers(0, len(content), 150)])
    for place in places:
        broken = bytearray(content)
        broken[place] ^= int(rng.integers(1, 256))
        refusal(bytes(broken))


def test_a_header_that_lies(content: bytes) -> None:
    for length in (2**63, MAX_HEADER + 1, len(content), 1):
        refusal(length.to_bytes(8, "little") + content[8:])


def test_other_files(tmp_path: Path) -> None:
    assert "not a Modescope file" in refusal(b"PK\x03\x04" + bytes(100))
    assert "not a Modescope file" in refusal(b"\x80\x02}q\x00." + bytes(100))
    plain_file = safetensors.torch.save({"a": torch.zeros(2)})
    assert "not a modescope model file" in refusal(plain_file)


def test_a_newer_version(content: bytes) -> None:
    header, data = header_of(content)
    header["__metadata__"]["version"] = "3"
    assert "newer Modescope (format 3, this one reads 2)" in refusal(joined(header, data))


@pytest.mark.parametrize("version", ["", "-1", "1.0", "9" * 5_000, "²"])
def test_a_broken_version(content: bytes, version: str) -> None:
    header, data = header_of(content)
    header["__metadata__"]["version"] = version
    refusal(joined(header, data))


# Files that are well made and wrong: somebody computed a fitting checksum.


def forged(weights: dict[str, torch.Tensor], spec: object) -> bytes:
    return seal(safetensors.torch.save(weights), kind=FORMAT, version=VERSION, spec=spec)


def test_forging_works_where_nothing_is_wrong(weights: dict[str, torch.Tensor]) -> None:
    assert unpack_model(forged(weights, plain.plain(SMALL)), "x").spec == SMALL


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "os.system"}, "there is no model 'os.system'"),
        ({"model": 7}, "model is not a text"),
        ({"settings": {"hidden": 10**9}}, "hidden must be at most"),
        ({"settings": {"hidden": [8]}}, "type that does not belong"),
        ({"settings": {"colour": 1}}, "there is no setting 'colour'"),
        ({"settings": {"hidden": 16, "latent_dim": 2}}, "another shape"),
        ({"shape": {"channels": 1, "height": 10**6, "width": 28, "classes": 10}}, "out of bounds"),
        ({"step": -1}, "below zero"),
        ({"_target_": "os.system"}, "unknown '_target_'"),
    ],
)
def test_a_forged_spec(
    weights: dict[str, torch.Tensor], change: dict[str, object], words: str
) -> None:
    assert words in refusal(forged(weights, plain.plain(SMALL) | change))


def test_forged_weights(weights: dict[str, torch.Tensor]) -> None:
    spec = plain.plain(SMALL)
    name, tensor = next(iter(weights.items()))
    fewer = {key: value for key, value in weights.items() if key != name}
    assert "lacks the weights" in refusal(forged(fewer, spec))
    assert "do not belong" in refusal(forged(weights | {"more": torch.zeros(1)}, spec))
    assert "another shape or type" in refusal(forged(weights | {name: tensor.double()}, spec))
    assert "another shape or type" in refusal(forged(weights | {name: tensor.T.contiguous()}, spec))
    bad = tensor.clone()
    bad[0, 0] = torch.inf
    assert "not finite" in refusal(forged(weights | {name: bad}, spec))


def test_a_missing_and_a_strange_file(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match=r"cannot read .*no such file"):
        load_model_file(tmp_path / "none")
    with pytest.raises(BadRun, match=r"cannot read|not an ordinary file"):
        load_model_file(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(BadRun, match="not an ordinary file"):
            load_model_file(tmp_path / "pipe")


def test_a_model_that_wants_too_much_memory(
    weights: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.library.format.MAX_PARAMETERS", 1_000)
    assert "too large" in refusal(forged(weights, plain.plain(SMALL)))
