"""Measurements: what curves do, how many ways of writing a model commands, how far it is off."""
