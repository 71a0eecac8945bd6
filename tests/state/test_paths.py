"""Lines are walked at an even pace."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state.paths import length, resample


def test_steps_are_equally_long_along_the_line() -> None:
    line = np.array([[0, 0], [3, 0], [3, 1]])
    places = resample(line, 9)
    assert places[0] == pytest.approx([0, 0])
    assert places[-1] == pytest.approx([3, 1])
    assert places[4] == pytest.approx([2, 0])
    assert np.hypot(*np.diff(places, axis=0).T) == pytest.approx(0.5)
    assert length(line) == 4


def test_corners_that_lie_on_each_other_do_no_harm() -> None:
    line = np.array([[1, 1], [1, 1], [2, 1], [2, 1], [2, 3]])
    assert np.isfinite(resample(line, 31)).all()
    assert resample(line, 4)[1] == pytest.approx([2, 1])


def test_a_line_without_length_stays_where_it_is() -> None:
    assert resample(np.array([[2.0, 3.0]]), 3).tolist() == [[2, 3]] * 3
    assert resample(np.array([[2.0, 3.0]] * 5), 3).tolist() == [[2, 3]] * 3
