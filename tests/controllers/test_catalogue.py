"""Which settings stand under which heading of the form."""

from __future__ import annotations

from models.config import GROUPS
from studio.controllers.catalogue import form_fields
from studio.engine.catalogue import entries


def test_many_settings_are_grouped_and_none_is_lost() -> None:
    known = {entry.name: entry for entry in entries()}
    for name, entry in known.items():
        fields = form_fields(entry)
        assert {f.name for f in fields} == {s.name for s in entry.settings}, name
        headings = [f.group for f in fields]
        # Settings under one heading follow each other.
        assert headings == sorted(headings, key=GROUPS.index if headings[0] else len)
    assert {f.group for f in form_fields(known["gan"])} == set(GROUPS)
    assert {f.group for f in form_fields(known["vae"])} == {""}
