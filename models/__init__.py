"""Generative models of digits, in pure PyTorch. Knows nothing of Qt, threads or files."""

from models.base import GenerativeModel, ImageShape, ModelCard
from models.config import ModelConfig, param
from models.registry import Spec, available, create, spec

__all__ = [
    "GenerativeModel",
    "ImageShape",
    "ModelCard",
    "ModelConfig",
    "Spec",
    "available",
    "create",
    "param",
    "spec",
]
