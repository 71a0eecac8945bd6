"""Plays the moves of one stage: the players, their optimizers, and nothing of time or events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.base import Batch, Player, Stage, Terms
from studio.engine.events import PlayerInfo, StageInfo
from studio.engine.optimizers import recall, remember, set_momentum
from studio.engine.scales import Scales
from studio.engine.seeding import mix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from models import GenerativeModel
    from studio.data.resident import ResidentData
    from studio.engine.progress import OptimizerState


class Referee:
    """Owns the optimizers of a stage and moves its players, deterministic by (seed, draw).

    `draws` counts the batches handed out since the run began. It is the only state of data order
    and noise, so a run that knows it, who is frozen, and what the optimizers remember, goes on
    exactly where it was.
    """

    def __init__(
        self, model: GenerativeModel, stage: Stage, data: ResidentData, seed: int, draws: int
    ) -> None:
        self.stage = stage
        self.draws = draws
        self._model, self._data, self._seed = model, data, seed
        self._generator = torch.Generator(model.device)
        self._optimizers = {
            p.name: p.optimizer(p.parameters(), self.learning_rate(p)) for p in stage.players
        }
        self._frozen: set[str] = set()
        self._unweighed: set[str] = set()
        self._weighed: dict[str, float] = {}

    @property
    def frozen(self) -> tuple[str, ...]:
        """The players that do not move, in alphabetical order."""
        return tuple(sorted(self._frozen))

    def state(self) -> dict[str, OptimizerState]:
        """What the optimizers remember, by player: copies on the CPU."""
        return {name: remember(optimizer) for name, optimizer in self._optimizers.items()}

    def restore(self, optimizers: Mapping[str, OptimizerState], frozen: Iterable[str]) -> None:
        """Takes over what `state` and `frozen` said; to be called before the first move.

        Players without a state begin with a fresh optimizer.

        Raises:
            ValueError: they speak of other players or parameters than there are; one sentence.
        """
        for name, state in optimizers.items():
            recall(self._optimizers[self.player(name).name], state, self.player(name))
        for name in frozen:
            self.freeze(name, True)

    def learning_rate(self, player: Player) -> float:
        """What the config says now, before any schedule."""
        return float(getattr(self._model.config, player.rate_field))

    def moves_per_round(self, player: Player) -> int:
        """What the config says now."""
        return int(getattr(self._model.config, player.moves_field)) if player.moves_field else 1

    def player(self, name: str) -> Player:
        """The player called `name`.

        Raises:
            ValueError: nobody of that name plays in this stage.
        """
        for candidate in self.stage.players:
            if candidate.name == name:
                return candidate
        names = ", ".join(p.name for p in self.stage.players)
        raise ValueError(f"no player {name!r} in this stage; there is {names}")

    def freeze(self, name: str, frozen: bool) -> None:
        """Keeps a player from moving in rounds, or lets it move again."""
        self.player(name)
        (self._frozen.add if frozen else self._frozen.discard)(name)

    def batch(self, progress: float) -> Batch:
        """The next one."""
        size = self._model.config.batch_size
        images, labels = self._data.batch(size, seed=self._seed, round=self.draws)
        self._generator.manual_seed(mix(self._seed, "noise", self.draws))
        self.draws += 1
        return Batch(images, labels, self._generator, progress)

    def play_round(self, progress: float) -> dict[str, list[Terms]]:
        """Every player that is not frozen moves as often as it may; the terms of each move."""
        played: dict[str, list[Terms]] = {}
        for name, terms in self.moves(progress):
            played.setdefault(name, []).append(terms)
        return played

    def moves(self, progress: float) -> Iterator[tuple[str, Terms]]:
        """The moves of one round, one after the other: who moved, and the terms of the move."""
        for player in self.stage.players:
            if player.name not in self._frozen:
                for _ in range(self.moves_per_round(player)):
                    yield player.name, self.move(player, progress)

    def weigh(self) -> None:
        """Reads the next move of each player on the scales; `weighed` then tells."""
        self._unweighed = {player.name for player in self.stage.players}

    def weighed(self) -> dict[str, float]:
        """What the scales have shown since the last time: `gradient_PLAYER`, `update_PLAYER`."""
        shown, self._weighed = self._weighed, {}
        return shown

    def move(self, player: Player, progress: float) -> Terms:
        """One optimizer step of one player."""
        optimizer = self._optimizers[player.name]
        rate = self.learning_rate(player)
        if player.rate_factor is not None:
            rate *= player.rate_factor(progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
            if player.momentum_field:
                set_momentum(group, getattr(self._model.config, player.momentum_field))
        batch = self.batch(progress)
        scales = Scales(player) if player.name in self._unweighed else None
        optimizer.zero_grad(set_to_none=True)
        terms = player.loss(batch)
        terms["total"].backward()  # type: ignore[no-untyped-call]
        if scales is not None:
            scales.pull()
        if player.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(player.parameters(), player.clip_norm)
        optimizer.step()
        if scales is not None:
            scales.go()
            self._unweighed.discard(player.name)
            self._weighed[f"gradient_{player.name}"] = scales.gradient
            self._weighed[f"update_{player.name}"] = scales.update
        if player.after_move is not None:
            with torch.no_grad():
                player.after_move()
        return terms


def describe(model: GenerativeModel, stage: Stage) -> StageInfo:
    """A stage without its tensors."""
    players = tuple(
        PlayerInfo(
            name=p.name,
            title=p.title,
            role=p.role,
            shown=p.shown,
            guide=p.guide,
            rate_field=p.rate_field,
            moves_field=p.moves_field,
            learning_rate=float(getattr(model.config, p.rate_field)),
            moves_per_round=int(getattr(model.config, p.moves_field)) if p.moves_field else 1,
            parameters=sum(w.numel() for w in p.parameters()),
        )
        for p in stage.players
    )
    return StageInfo(stage.name, stage.title, stage.share, stage.preview, players)
