"""Terms of moves, collected and handed over."""

from __future__ import annotations

import numpy as np
import torch

from studio.engine.ledger import Ledger


def terms(**values: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in values.items()}


def test_each_term_comes_back_at_its_step_and_moves_of_a_round_are_averaged() -> None:
    ledger = Ledger()
    ledger.note("d", 3, [terms(total=1.0, real=0.5)])
    ledger.note("d", 4, [terms(total=2.0, real=0.5), terms(total=4.0, real=1.5)])
    losses = ledger.flush()["d"]
    assert losses.steps.tolist() == [3, 4]
    assert losses.terms["total"].tolist() == [1.0, 3.0]
    assert losses.terms["real"].tolist() == [0.5, 1.0]
    assert losses.terms["total"].dtype == np.float32
    assert not ledger


def test_a_term_may_come_and_go_while_a_setting_is_changed_live() -> None:
    ledger = Ledger()
    ledger.note("d", 0, [terms(total=1.0)])
    ledger.note("d", 1, [terms(total=2.0), terms(total=4.0, penalty=0.25)])
    ledger.note("d", 2, [terms(total=5.0, penalty=0.5)])
    ledger.note("d", 3, [terms(total=6.0)])
    losses = ledger.flush()["d"]
    assert losses.terms["total"].tolist() == [1.0, 3.0, 5.0, 6.0]
    np.testing.assert_array_equal(losses.terms["penalty"], [np.nan, 0.25, 0.5, np.nan])
    ledger.note("d", 4, [terms(total=7.0)])
    assert list(ledger.flush()["d"].terms) == ["total"]
