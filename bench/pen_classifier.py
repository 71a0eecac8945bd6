"""Do the pen's digits pass for handwriting? A classifier of real digits is the judge.

    python bench/pen_classifier.py --mnist-root FOLDER [--quick]

Trains one small convolutional network on MNIST alone and shows it the pen's test digits, and
one on the pen's training digits alone and shows it MNIST's test digits. No augmentation.
Prints both figures, the recall of each digit, of each way of writing, and the confusions that
happen most. `--quick` trains on a part, for trying things out.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import Tensor, nn

from studio.data import Dataset, load
from studio.data.resident import ResidentData

BATCH = 128


def network() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 49, 128), nn.ReLU()),
        nn.Linear(128, 10),
    )


def train(data: ResidentData, rounds: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = network().to(data.device)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=rounds)
    for round in range(rounds):
        images, labels = data.batch(BATCH, seed=seed, round=round)
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


@torch.no_grad()
def answers(model: nn.Module, data: ResidentData) -> Tensor:
    parts = []
    for start in range(0, len(data), 1000):
        indices = torch.arange(start, min(start + 1000, len(data)), device=data.device)
        parts.append(model(data.take(indices)[0]).argmax(1))
    return torch.cat(parts)


def report(title: str, guessed: np.ndarray, data: Dataset) -> None:
    right = guessed == data.labels
    print(f"\n{title}: {100 * right.mean():.2f} %")
    print("  by digit:", "  ".join(f"{d}: {100 * right[data.labels == d].mean():.1f}"
                                   for d in range(10)))  # fmt: skip
    if data.ways is not None:
        for number, name in enumerate(data.way_names):
            who = data.ways == number
            print(f"  {name:20} {100 * right[who].mean():5.1f} % of {who.sum()}")
    table = np.zeros((10, 10), int)
    np.add.at(table, (data.labels, guessed), 1)
    np.fill_diagonal(table, 0)
    worst = np.argsort(table, axis=None)[::-1][:10]
    pairs = ", ".join(f"{i // 10} as {i % 10}: {table.flat[i]}" for i in worst)
    print(f"  most confused: {pairs}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mnist-root", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    def resident(name: str, split: str) -> tuple[Dataset, ResidentData]:
        data = load(name, split, root=args.mnist_root)
        return data, ResidentData(data, args.device)

    # Three passes over either training set.
    judge = train(resident("mnist", "train")[1], 150 if args.quick else 1406, args.seed)
    pen, pen_here = resident("pen", "test")
    report("Trained on MNIST, shown pen", answers(judge, pen_here).cpu().numpy(), pen)
    pupil = train(resident("pen", "train")[1], 300 if args.quick else 782, args.seed)
    mnist, mnist_here = resident("mnist", "test")
    report("Trained on pen, shown MNIST", answers(pupil, mnist_here).cpu().numpy(), mnist)


if __name__ == "__main__":
    main()
