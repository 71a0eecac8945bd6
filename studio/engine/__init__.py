"""Training and exploring without any Qt: usable from the window, the command line and a script."""
