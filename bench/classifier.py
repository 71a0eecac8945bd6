"""Trains the digit classifier that ships in `resources/classifier/`: `python -m bench.classifier`.

It learns MNIST and the pen, mildly bent, thickened, blurred and speckled as generators draw them,
and the answer "none" from the kinds of garbage in `bench/garbage.py`. Batch norm helps it learn
and is folded into the convolutions afterwards. Prints its accuracy on both test sets, how many
real digits it calls none, and how much of each kind of garbage; four kinds it has never seen.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fusion

from bench import garbage
from studio.data import load
from studio.instruments.classifier import (
    NONE,
    WEIGHTS,
    DigitClassifier,
    Judged,
    load_classifier,
    save_classifier,
)

MNIST, PEN, GARBAGE = 128, 48, 112
"""Images of each sort in a batch."""
DOUBTFUL = {"halves": 0.4, "mixtures": 0.6, "smears": 0.5, "overlaps": 0.7}
"""Weight of kinds of which some could be read as a digit all the same."""


def pupil() -> nn.Sequential:
    """The classifier with batch norm behind each convolution."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 11)),
    )


def folded(net: nn.Sequential) -> DigitClassifier:
    """The same function as the classifier that ships."""
    model = DigitClassifier().eval()
    net = net.cpu().eval()
    for here, there in ((0, 0), (4, 3), (8, 6)):
        conv, norm = net[here], net[here + 1]
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        fused = fusion.fuse_conv_bn_eval(conv, norm)
        model.body[there].load_state_dict(fused.state_dict())
    model.body[10].load_state_dict(net[14].state_dict())
    model.answer.load_state_dict(net[16].state_dict())
    return model


def bent(images: Tensor, generator: torch.Generator) -> Tensor:
    """Digits (N, 1, 28, 28) as a generator might draw them: still the same digits."""
    count = len(images)

    def each(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand((count, 1, 1, 1), generator=generator)

    angle, shear = each(-0.15, 0.15).view(-1), each(-0.15, 0.15).view(-1)
    wide, high = each(0.87, 1.13).view(-1), each(0.87, 1.13).view(-1)
    shift = (torch.rand((count, 2), generator=generator) - 0.5) * (5 / 14)
    turn = torch.stack(
        (
            torch.stack((angle.cos() / wide, shear - angle.sin(), shift[:, 0]), 1),
            torch.stack((angle.sin(), angle.cos() / high, shift[:, 1]), 1),
        ),
        1,
    )
    grid = F.affine_grid(turn, list(images.shape), align_corners=False)
    images = F.grid_sample(images, grid, align_corners=False)
    thick = F.max_pool2d(images, 2, 1, 1)[..., :28, :28]
    thin = -F.max_pool2d(-images, 2, 1, 1)[..., :28, :28]
    soft = F.avg_pool2d(images, 3, 1, 1)
    choice, share = each(0, 1), each(0, 0.8)
    other = torch.where(
        choice < 0.2, thick, torch.where(choice < 0.35, thin, torch.where(choice < 0.6, soft, 0))
    )
    images = torch.where(choice < 0.6, (1 - share) * images + share * other, images)
    grain = torch.randn(images.shape, generator=generator) * each(-0.15, 0.15).clamp_min(0)
    specks = torch.rand(images.shape, generator=generator)
    salt, holes = each(-0.06, 0.06).clamp_min(0), each(-0.2, 0.2).clamp_min(0)
    images = images * each(0.6, 1) + grain
    images = torch.where(specks < salt, each(0.3, 1), images)
    return torch.where(specks > 1 - holes, images * each(0, 0.7), images).clamp(0, 1)


def train(sets: dict[str, tuple[Tensor, Tensor]], epochs: int, seed: int) -> nn.Sequential:
    """Learns for so many passes over MNIST; says on stderr how far it is."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = pupil().to(memory_format=torch.channels_last)
    rounds = len(sets["mnist"][0]) // MNIST
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * rounds)
    digits = np.concatenate([images[:, 0].numpy() for images, _ in sets.values()])
    labels = np.concatenate([labels.numpy() for _, labels in sets.values()])
    for epoch in range(epochs):
        order = torch.randperm(len(sets["mnist"][0]), generator=generator)
        trash, weight = _trash(2_000, digits, labels, rng)
        for round in range(rounds):
            pick = order[round * MNIST : (round + 1) * MNIST]
            other = torch.randint(len(sets["pen"][0]), (PEN,), generator=generator)
            junk = torch.randint(len(trash), (GARBAGE,), generator=generator)
            real = torch.cat((sets["mnist"][0][pick], sets["pen"][0][other]))
            touched = torch.rand((len(real), 1, 1, 1), generator=generator) < 0.7
            real = torch.where(touched, bent(real, generator), real)
            images = torch.cat((real, trash[junk]))
            wanted = torch.cat(
                (sets["mnist"][1][pick], sets["pen"][1][other], torch.full((GARBAGE,), NONE))
            )
            importance = torch.cat((torch.ones(len(real)), weight[junk]))
            losses = F.cross_entropy(
                net(images.contiguous(memory_format=torch.channels_last)), wanted, reduction="none"
            )
            loss = (losses * importance).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            if round % 50 == 0:
                print(f"epoch {epoch + 1} of {epochs}, round {round}: {loss:.4f}", file=sys.stderr)
    return net


def _trash(
    count: int, digits: garbage.Pictures, labels: np.ndarray, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    pictures, weights = [], []
    for name, kind in garbage.SHOWN.items():
        pictures.append(garbage.make(kind, count, digits, labels, rng))
        weights.append(np.full(count, DOUBTFUL.get(name, 1.0), np.float32))
    images = torch.from_numpy(np.concatenate(pictures))[:, None].float() / 255
    return images, torch.from_numpy(np.concatenate(weights))


def examine(model: DigitClassifier, root: Path | None) -> None:
    """Prints what the classifier that ships is worth, on digits and garbage it has not seen."""
    rng = np.random.default_rng(99)
    pools = []
    for name in ("mnist", "pen"):
        data = load(name, "test", root=root)
        seen = model.judge(data.images)
        right = 100 * (seen.digits == data.labels).mean()
        none = 100 * (seen.labels == NONE).mean()
        print(f"{name} test: {right:.2f} % right, {none:.2f} % called none, "
              f"confidence {seen.confidences.mean():.3f}")  # fmt: skip
        pools.append(((data.images / 255).astype(np.float32), data.labels))
    digits = np.concatenate([images for images, _ in pools])
    labels = np.concatenate([labels for _, labels in pools])
    for title, kinds in (("kinds it learnt", garbage.SHOWN), ("kinds unseen", garbage.UNSEEN)):
        print(f"called none, {title}:")
        for name, kind in kinds.items():
            seen = model.judge(garbage.make(kind, 2_000, digits, labels, rng))
            print(f"  {name:10} {_caught(seen)}")


def _caught(seen: Judged) -> str:
    counts = np.bincount(seen.labels, minlength=11)
    taken = int(counts[:NONE].argmax())
    return f"{100 * counts[NONE] / len(seen.labels):6.2f} % (else most often {taken})"


def main() -> None:
    """Trains, writes the weights and examines them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mnist-root", type=Path, help="where MNIST lies (default: fetched)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--examine", action="store_true", help="only examine the file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if not options.examine:
        sets = {}
        for name in ("mnist", "pen"):
            data = load(name, "train", root=options.mnist_root)
            images = torch.from_numpy(np.array(data.images))[:, None].float() / 255
            sets[name] = (images, torch.from_numpy(np.array(data.labels)))
        exact = folded(train(sets, options.epochs, options.seed))
        save_classifier(exact, options.out)
        data = load("mnist", "test", root=options.mnist_root)
        kept = load_classifier(options.out).judge(data.images).labels
        other = int((exact.judge(data.images).labels != kept).sum())
        print(f"{options.out}: {options.out.stat().st_size:,} bytes, as float16, which changes "
              f"{other} of {len(data):,} answers")  # fmt: skip
    examine(load_classifier(options.out), options.mnist_root)


if __name__ == "__main__":
    main()
