"""The composition root: the only place that builds the window's parts and wires them together."""

from studio.app.root import Studio, create_window

__all__ = ["Studio", "create_window"]
