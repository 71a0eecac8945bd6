"""The commands about the drawings one has kept: `mine list`, `export` and `import`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cli.speech import sentence

if TYPE_CHECKING:
    import argparse

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress


def list_all(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Where they lie and how many there are of each digit; exit status 1 if they are damaged."""
    from studio.data.mine import LEAST, Damaged, MyDigits, is_test

    mine = MyDigits(arguments.folder)
    problem = ""
    try:
        kept = mine.read()
    except Damaged as error:
        problem = str(error)
        return {"folder": str(mine.folder), "problem": problem}, 1
    test = int(is_test(kept.images).sum())
    return {
        "folder": str(mine.folder),
        "count": len(kept),
        "counts": {str(digit): int(count) for digit, count in enumerate(kept.counts())},
        "train": len(kept) - test,
        "test": test,
        "enough": len(kept) >= LEAST and test < len(kept),
        "problem": problem,
    }, 0


def export(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Writes a pair of IDX files, or a folder of pictures."""
    from studio.data.mine import MyDigits
    from studio.library.exports.idx import write_pair, write_pngs

    mine = MyDigits(arguments.folder)
    kept = mine.read()
    images, labels = kept.images, kept.labels
    if arguments.label is not None:
        images, labels = images[labels == arguments.label], labels[labels == arguments.label]
    if not len(images):
        raise ValueError("there are no drawings to export: keep some on the Draw page, or import")
    if arguments.pictures:
        write_pngs(
            arguments.path, images, labels, lambda share: progress.show(f"{share:.0%} written")
        )
        out = [arguments.path]
    else:
        out = list(write_pair(arguments.path, images, labels))
    return {"out": [str(path) for path in out], "count": len(images)}, 0


def take_in(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Keeps what is in files or folders; what is there already is not kept twice."""
    from studio.data.mine import MyDigits
    from studio.library.digit_files import read_labelled

    mine = MyDigits(arguments.folder)
    images, labels = read_labelled(
        arguments.paths, arguments.label, lambda share: progress.show(f"{share:.0%} read")
    )
    if said := mine.put_aside():
        progress.say(sentence(said))
    change = mine.add(images, labels)
    return {
        "folder": str(mine.folder),
        "read": len(images),
        "kept": len(change.come),
        "count": len(change.after),
    }, 0
