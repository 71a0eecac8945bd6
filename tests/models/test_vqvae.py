"""VQ-VAE: the codebook learns as computed by hand, and the prior never looks ahead."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from models import ImageShape
from models.base import Batch
from models.blocks import bernoulli_nll
from models.tokens import Codebook, RasterPrior, _select
from models.zoo.vqvae import VQVAE

SHAPE = ImageShape(1, 8, 8, 3)
CONFIG = VQVAE.Config(codebook_size=8, code_dim=2, channels=8, prior_width=16, prior_layers=1)
IMAGES = torch.rand(6, *SHAPE.chw, generator=torch.Generator().manual_seed(3))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def small() -> VQVAE:
    torch.manual_seed(0)
    return VQVAE(CONFIG, SHAPE)


def batch() -> Batch:
    return Batch(IMAGES, torch.zeros(6, dtype=torch.int64), seeded())


# The codebook


def test_the_nearest_codeword_is_the_nearest() -> None:
    book = Codebook(7, 3)
    vectors = torch.randn(4, 5, 3, generator=seeded())
    distances = (vectors[..., None, :] - book.words).square().sum(dim=-1)
    assert torch.equal(book.nearest(vectors), distances.argmin(dim=-1))


def test_rounding_twice_is_rounding_once() -> None:
    book = Codebook(7, 3)
    once, indices = book.quantise(torch.randn(10, 3, generator=seeded()))
    twice, again = book.quantise(once)
    assert torch.equal(indices, again)
    torch.testing.assert_close(once, twice)
    torch.testing.assert_close(once, book.look_up(indices))


def test_the_gradient_passes_straight_through() -> None:
    book = Codebook(7, 3)
    vectors = torch.randn(10, 3, generator=seeded(), requires_grad=True)
    weights = torch.randn(10, 3, generator=seeded(1))
    words, _ = book.quantise(vectors)
    (words * weights).sum().backward()
    torch.testing.assert_close(vectors.grad, weights)


def test_an_update_is_the_one_by_hand() -> None:
    book = Codebook(2, 1, decay=0.9)
    book.words.copy_(torch.tensor([[0.0], [10.0]]))
    book.sums.copy_(book.words)
    vectors = torch.tensor([[1.0], [2.0], [9.0]])
    book.update(vectors, book.nearest(vectors), generator=seeded())
    counts = torch.tensor([0.9 * 1 + 0.1 * 2, 0.9 * 1 + 0.1 * 1])
    sums = torch.tensor([[0.9 * 0 + 0.1 * 3], [0.9 * 10 + 0.1 * 9]])
    torch.testing.assert_close(book.counts, counts)
    torch.testing.assert_close(book.sums, sums)
    torch.testing.assert_close(book.words, sums / counts[:, None])


def test_the_codewords_become_the_means_of_their_vectors() -> None:
    book = Codebook(2, 1, decay=0.8)
    book.words.copy_(torch.tensor([[-1.0], [1.0]]))
    for step in range(100):
        centres = torch.tensor([-5.0, 5.0]).repeat(20)[:, None]
        vectors = centres + 0.1 * torch.randn(40, 1, generator=seeded(step))
        book.update(vectors, book.nearest(vectors), generator=seeded(step))
    torch.testing.assert_close(book.words, torch.tensor([[-5.0], [5.0]]), rtol=0, atol=0.1)


def test_dead_codewords_are_revived_by_vectors_of_the_batch() -> None:
    book = Codebook(3, 2)
    book.words.copy_(torch.tensor([[0.0, 0.0], [50.0, 50.0], [-50.0, 50.0]]))
    book.sums.copy_(book.words)
    vectors = torch.randn(64, 2, generator=seeded())
    for step in range(99):
        book.update(vectors, book.nearest(vectors), generator=seeded(step))
    assert book.nearest(vectors).unique().tolist() == [0]
    book.update(vectors, book.nearest(vectors), generator=seeded(99))
    for word in book.words[1:]:
        assert (vectors == word).all(dim=1).any()
    assert len(book.nearest(vectors).unique()) > 1


def test_perplexity_counts_the_codewords_in_use() -> None:
    book = Codebook(8, 2)
    assert book.perplexity() == pytest.approx(8)
    book.counts.copy_(torch.tensor([1.0, 0, 0, 0, 0, 0, 0, 0]))
    assert book.perplexity() == pytest.approx(1)
    book.counts.copy_(torch.rand(8, generator=seeded()))
    assert 1 < book.perplexity() < 8


# The prior


def test_a_later_code_changes_no_earlier_prediction() -> None:
    torch.manual_seed(0)
    prior = RasterPrior(5, (3, 4), width=16)
    codes = torch.randint(0, 5, (2, 12), generator=seeded())
    before = prior(codes)
    for t in range(12):
        changed = codes.clone()
        changed[:, t] = (changed[:, t] + 1) % 5
        after = prior(changed)
        assert torch.equal(after[:, : t + 1], before[:, : t + 1])
        if t < 11:
            assert not torch.equal(after[:, t + 1 :], before[:, t + 1 :])


def test_the_prior_is_a_density() -> None:
    torch.manual_seed(0)
    prior = RasterPrior(3, (2, 2), width=16)
    every = torch.cartesian_prod(*[torch.arange(3)] * 4)
    surprise = F.cross_entropy(prior(every).transpose(1, 2), every, reduction="none")
    total = (-surprise.sum(dim=1)).exp().sum()
    assert float(total.detach()) == pytest.approx(1.0, abs=1e-5)


@torch.no_grad()
def test_drawing_step_by_step_is_drawing_from_that_density() -> None:
    torch.manual_seed(0)
    prior = RasterPrior(3, (2, 2), width=16)
    prior.head.weight.mul_(6)
    every = torch.cartesian_prod(*[torch.arange(3)] * 4)
    surprise = F.cross_entropy(prior(every).transpose(1, 2), every, reduction="none")
    expected = (-surprise.sum(dim=1)).exp()
    drawn = prior.sample(20_000, generator=seeded())
    index = (drawn * torch.tensor([27, 9, 3, 1])).sum(dim=1)
    shares = torch.bincount(index, minlength=81) / len(drawn)
    torch.testing.assert_close(shares, expected, rtol=0, atol=0.012)


@torch.no_grad()
def test_filling_knows_the_codes_that_come_later() -> None:
    torch.manual_seed(0)
    prior = RasterPrior(3, (2, 2), width=16)
    prior.head.weight.mul_(8)
    given = torch.tensor([[0, 0, 2, 1]])
    free = torch.tensor([[True, True, False, False]])
    every = torch.cartesian_prod(*[torch.arange(3)] * 2)
    grids = torch.cat((every, given[:, 2:].expand(9, 2)), dim=1)
    surprise = F.cross_entropy(prior(grids).transpose(1, 2), grids, reduction="none")
    posterior = (-surprise.sum(dim=1)).softmax(dim=0)
    codes, weights = prior.fill(given.expand(40, 4), free.expand(40, 4), 500, generator=seeded())
    assert torch.equal(codes[:, :, 2:], given[:, None, 2:].expand(40, 500, 2))
    index = codes[..., 0] * 3 + codes[..., 1]
    shares = torch.zeros(9).index_add_(0, index.flatten(), weights.softmax(dim=1).flatten()) / 40
    torch.testing.assert_close(shares, posterior, rtol=0, atol=0.03)


def test_particles_are_drawn_anew_only_where_few_count() -> None:
    weights = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, -50.0, -50.0, -50.0]])
    kept, after = _select(weights, seeded())
    assert kept.tolist() == [0, 1, 2, 3, 4, 4, 4, 4]
    assert not after.any()


# The model


def test_the_tokenizer_learns_its_codebook_in_training_alone() -> None:
    model = small()
    tokenizer = model.stages()[0]
    assert tokenizer.on_enter is not None
    tokenizer.on_enter(batch())
    vectors = model.vectors(IMAGES).detach().flatten(0, 2)
    for word in model.codebook.words:
        assert (vectors - word).abs().sum(dim=1).min() < 1e-5
    before = model.codebook.words.clone()
    model.eval()
    model.loss_tokenizer(batch())
    assert torch.equal(model.codebook.words, before)
    model.train()
    model.loss_tokenizer(batch())
    assert not torch.equal(model.codebook.words, before)


def test_the_prior_leaves_the_tokenizer_alone() -> None:
    model = small().train()
    words = model.codebook.words.clone()
    model.loss_prior(batch())["total"].backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert all(p.grad is None for p in model.decoder.parameters())
    assert torch.equal(model.codebook.words, words)


def test_the_loss_holds_the_encoder_to_the_codewords() -> None:
    model = small()
    one = model.loss_tokenizer(batch())
    assert 1 <= float(one["perplexity"]) <= 8
    expected = one["reconstruction"] + 0.25 * one["commitment"]
    torch.testing.assert_close(one["total"], expected)


def test_codes_and_latents_tell_the_same_picture() -> None:
    model = small()
    codes = model.codes(IMAGES)
    assert codes.shape == (6, 2, 2)
    assert model.encode(IMAGES).shape == (6, model.latent_dim())
    torch.testing.assert_close(model.decode_codes(codes), model.decode(model.encode(IMAGES)))


def test_an_untrained_prior_guesses() -> None:
    surprise = small().loss_prior(batch())["total"]
    assert float(surprise.detach()) == pytest.approx(math.log(8), rel=0.5)


def test_a_hole_keeps_the_known_and_is_never_read() -> None:
    model = small().eval().requires_grad_(False)
    hole = torch.zeros(4, 1, 8, 8, dtype=torch.bool)
    hole[..., 3:, 1:6] = True
    rows = IMAGES[:1].repeat(4, 1, 1, 1)
    spoilt = torch.where(hole, torch.nan, rows)
    *_, end = model.inpaint(rows, hole, generator=seeded())
    *_, again = model.inpaint(spoilt, hole, generator=seeded())
    assert torch.equal(end.images, again.images)
    assert torch.equal(end.images[~hole.expand_as(rows)], rows[~hole.expand_as(rows)])
    assert end.fraction == 1


def test_shapes_that_do_not_fit_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="multiples of 4 pixels, not 30 x 28"):
        VQVAE(CONFIG, ImageShape(1, 28, 30, 10))
    with pytest.raises(ValueError, match="an even number, not 31"):
        VQVAE(VQVAE.Config(prior_width=31), SHAPE)


def test_the_bound_is_one_term_of_the_likelihood() -> None:
    torch.manual_seed(0)
    model = VQVAE(CONFIG, ImageShape(1, 4, 8, 3)).eval().requires_grad_(False)
    images = IMAGES[:, :, :4]
    every = torch.cartesian_prod(torch.arange(8), torch.arange(8)).view(64, 1, 2)
    odds = model.prior(every.flatten(1)).log_softmax(dim=2)
    log_prior = odds.gather(2, every.view(64, 2, 1)).sum(dim=(1, 2))
    logits = model.logits(model.codebook.look_up(every))
    terms = torch.stack(
        [log_prior - bernoulli_nll(logits, image.expand(64, -1, -1, -1)) for image in images]
    )
    bound = model.log_likelihood(images, generator=seeded())
    own = (model.codes(images).flatten(1) * torch.tensor([8, 1])).sum(dim=1)
    torch.testing.assert_close(bound, terms.gather(1, own[:, None])[:, 0])
    assert (bound < terms.logsumexp(dim=1)).all()
