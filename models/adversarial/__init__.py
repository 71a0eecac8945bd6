"""What adversarial models share: the game, its losses and the cures of its ills."""

from models.adversarial.judging import judge

__all__ = ["judge"]
