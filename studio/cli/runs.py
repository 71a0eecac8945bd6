"""The commands about runs that there are: `runs list`, `show`, `verify`, `export` and `import`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from studio.cli.outputs import insist_on_suffix
from studio.cli.speech import sentence

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress
    from studio.library.log import Log
    from studio.library.runs import Listed


def list_all(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """All runs, the newest first, as far as their small files tell."""
    from studio.library.runs import list_runs

    return [_described(run) for run in list_runs(arguments.root)], 0


def _described(run: Listed) -> Json:
    record, head = run.record, run.head
    described: dict[str, Json] = {
        "run": str(run.folder),
        "name": run.label.name,
        "tags": list(run.label.tags),
        "problem": run.problem,
        "bytes": run.bytes,
        "unfinished": run.unfinished,
    }
    if record is not None:
        parent = record.parent
        described |= {
            "model": record.model,
            "data": record.data,
            "seed": record.seed,
            "created": record.created,
            "parent": None if parent is None else {"run": parent.run, "step": parent.step},
        }
    if head is not None:
        described |= {
            "state": head.state,
            "steps": head.step,
            "total_steps": head.total,
            "seconds": round(head.seconds, 3),
            "losses": {player: dict(terms) for player, terms in head.losses.items()},
            "measures": dict(head.measures),
        }
    return described


def show(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Everything about one run but the numbers in its files."""
    from studio.library.opening import open_run
    from studio.library.plain import plain
    from studio.library.runs import listed

    run = open_run(arguments.run)
    about = listed(arguments.run)
    return {
        "run": str(run.folder),
        "version": run.version,
        "record": plain(run.record),
        "head": plain(run.head),
        "label": plain(run.label),
        "bytes": about.bytes,
        "unfinished": about.unfinished,
        "losses": _last_losses(run.log),
        "measures": {
            name: {"step": int(readings.steps[-1]), "value": plain(float(readings.values[-1]))}
            for name, readings in run.log.measures.items()
        },
        "stages": plain(run.log.stages),
        "interventions": plain(run.log.marks),
        "alarms": plain(run.log.alarms),
        "snapshots": list(run.snapshots),
        "grids": list(run.grids),
        "problems": list(run.problems),
    }, 0


def _last_losses(log: Log) -> Json:
    """By player, in which round it moved last and what its terms were; None where not finite."""
    from studio.library.plain import plain

    return {
        player: {
            "step": int(curves.steps[-1]) if len(curves.steps) else None,
            "terms": {
                name: plain(float(values[-1]))
                for name, values in curves.terms.items()
                if len(values)
            },
        }
        for player, curves in log.players.items()
    }


def verify(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Reads every byte of a run against its checksums; exit status 1 if something is damaged."""
    from studio.library.plain import plain
    from studio.library.verify import verify as verified

    report = verified(arguments.run, _share(progress, "read"))
    progress.end()
    for problem in report.problems:
        print(sentence(problem), file=sys.stderr)
    if not report.sound:
        rest = ", ".join(report.usable) or "nothing"
        print(sentence(f"what can still be used: {rest}"), file=sys.stderr, flush=True)
    return {
        "run": str(arguments.run),
        "sound": report.sound,
        "usable": list(report.usable),
        "files": [plain(file) for file in report.files],
    }, 0 if report.sound else 1


def export(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Writes a run into one file; what is damaged stays out and is named."""
    from studio.library.bundle import SUFFIX, export_run

    insist_on_suffix(arguments.file, SUFFIX, what="FILE")
    left_out = export_run(arguments.run, arguments.file, _share(progress, "written"))
    for problem in left_out:
        progress.say(sentence(f"left out: {problem}"))
    return {
        "run": str(arguments.run),
        "out": str(arguments.file),
        "bytes": arguments.file.stat().st_size,
        "left_out": list(left_out),
    }, 0


def take_in(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Makes a run folder of such a file, if everything in it is sound."""
    from studio.library.bundle import import_run

    folder = import_run(arguments.file, arguments.root, _share(progress, "taken in"))
    return {"run": str(folder), "file": str(arguments.file)}, 0


def _share(progress: Progress, done: str) -> Callable[[float], None]:
    return lambda share: progress.show(f"{share:.0%} {done}")
