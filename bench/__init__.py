"""Measurements of speed and responsiveness; `python -m bench` runs them all."""
