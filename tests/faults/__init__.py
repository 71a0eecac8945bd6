"""Everything that may go wrong with a run: full disks, power cuts, kill -9, damaged and hostile
files. The small tiers run with every test; `pytest -m slow` runs the whole ones."""
