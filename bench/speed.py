"""Rounds per second of the engine against the training script that everybody writes.

The peer is the same network, loss and optimizer in a plain loop: a DataLoader over single
tensors, `.item()` for the curves at each step, and Adam as it comes.
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import models
from studio import data
from studio.data.dataset import Dataset
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.device import resolve
from studio.engine.events import Finished
from studio.engine.session import play


def measure(seconds: float = 10.0, repeats: int = 3) -> dict[str, object]:
    """Both in turn, `repeats` times; the best of each and their ratio."""
    digits = data.load("pen", "train")
    device = resolve("auto")
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(engine(seconds))
        theirs.append(script(digits, device, seconds))
    return {
        "device": str(device),
        "threads": torch.get_num_threads(),
        "engine_rounds_per_s": round(max(ours), 1),
        "script_rounds_per_s": round(max(theirs), 1),
        "ratio": round(max(ours) / max(theirs), 2),
    }


def engine(seconds: float) -> float:
    """Rounds per second of `studio.engine`, with its grids and snapshots."""
    # The script plays the plain game of 2014: no gradient penalty.
    settings = models.spec("gan").config.from_values({"steps": 10**7, "gradient_penalty": 0.0})
    config = TrainConfig(model="gan", settings=settings, seconds=seconds)
    for event in play(config, Controls()):
        if isinstance(event, Finished):
            return event.step / event.seconds
    raise AssertionError("the run did not finish")


def script(digits: Dataset, device: torch.device, seconds: float) -> float:
    """Rounds per second of the script."""
    torch.manual_seed(0)
    model = models.create("gan").to(device)
    generator, discriminator = model.generator, model.discriminator
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    images = torch.from_numpy(digits.images.copy()).float().div(255).mul(2).sub(1).unsqueeze(1)
    loader = DataLoader(TensorDataset(images), batch_size=128, shuffle=True, drop_last=True)
    rounds, curves, began = 0, [], time.perf_counter()
    while time.perf_counter() - began < seconds:
        for (real,) in loader:
            real = real.to(device)
            noise = torch.randn(len(real), 64, device=device)
            fake = generator(noise)
            yes = discriminator(real).flatten()
            no = discriminator(fake.detach()).flatten()
            d_loss = (
                F.binary_cross_entropy_with_logits(yes, torch.ones_like(yes))
                + F.binary_cross_entropy_with_logits(no, torch.zeros_like(no))
            ) / 2
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()
            verdict = discriminator(generator(noise)).flatten()
            g_loss = F.binary_cross_entropy_with_logits(verdict, torch.ones_like(verdict))
            g_optimizer.zero_grad()
            g_loss.backward()
            g_optimizer.step()
            curves.append((d_loss.item(), g_loss.item()))
            rounds += 1
            if time.perf_counter() - began >= seconds:
                break
    return rounds / (time.perf_counter() - began)
