"""Runs every measurement and prints each result as one JSON line."""

from __future__ import annotations

import json
import sys

from bench import responsiveness, soak, speed, startup


def main() -> None:
    """Starts with what needs a quiet machine."""
    for name, measure in (
        ("startup", startup.measure),
        ("responsiveness", responsiveness.measure),
        ("speed", speed.measure),
        ("soak", soak.measure),
    ):
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        print(json.dumps({name: measure()}), flush=True)


main()
