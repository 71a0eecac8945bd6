"""What the user has chosen and sees: QtCore signals and plain values, no widgets."""
