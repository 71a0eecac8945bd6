"""Runs every measurement, or those that are named, and prints each result as one JSON line."""

from __future__ import annotations

import argparse
import functools
import json

from bench import drawing, mapping, responsiveness, soak, speed, startup


def main() -> None:
    """Starts with what needs a quiet machine."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="startup, responsiveness, drawing, map, ...")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="of the walk over the map (default: 60)"
    )
    arguments = parser.parse_args()
    measures = {
        "startup": startup.measure,
        "responsiveness": responsiveness.measure,
        "drawing": drawing.measure,
        "map": functools.partial(mapping.measure, arguments.minutes),
        "speed": speed.measure,
        "soak": soak.measure,
    }
    if unknown := set(arguments.names) - set(measures):
        parser.error(f"there is no {unknown.pop()!r}: choose {', '.join(measures)}")
    for name, measure in measures.items():
        if not arguments.names or name in arguments.names:
            print(json.dumps({name: measure()}), flush=True)


main()
