"""The tests, a package: so that `tests.models` does not stand before `models`."""
