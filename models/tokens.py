"""Pictures as grids of discrete codes: the codebook, and a density over such grids.

Shapes: B = batch, N = any number of grids, h, w = height and width of a grid, T = h * w codes in
raster order, K = size of the codebook, D = size of a codeword, P = particles.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Rounds without a single use after which a codeword is taken to be dead.
_PATIENCE = 100

# How many rows up and columns aside the prior is handed the codes of.
_REACH = 2


class Codebook(nn.Module):
    """K codewords that follow the vectors they stand for (van den Oord et al., 2017, appendix A).

    A codeword is the running mean of the vectors nearest to it, so it needs no gradient. Codewords
    that nobody has used for 100 rounds are moved onto vectors of the current batch.

    Arguments:
        size: K.
        dim: D.
        decay: Share of the old means that is kept per round, in [0, 1).
    """

    words: Tensor  # (K, D)
    sums: Tensor  # (K, D), running sum of the vectors of each codeword
    counts: Tensor  # (K,), running number of them
    idle: Tensor  # (K,), rounds since the last use

    def __init__(self, size: int, dim: int, decay: float = 0.99) -> None:
        super().__init__()
        assert 0 <= decay < 1, decay
        self.decay = decay
        words = torch.randn(size, dim)
        self.register_buffer("words", words)
        self.register_buffer("sums", words.clone())
        self.register_buffer("counts", torch.ones(size))
        self.register_buffer("idle", torch.zeros(size, dtype=torch.int64))

    def nearest(self, vectors: Tensor) -> Tensor:
        """Indices (...) of the codewords nearest to vectors (..., D)."""
        flat = vectors.reshape(-1, vectors.shape[-1])
        # |v - e|^2 without |v|^2, which is the same for all codewords.
        distances: Tensor = self.words.square().sum(dim=1) - 2 * flat @ self.words.T
        indices: Tensor = distances.argmin(dim=1)
        return indices.view(vectors.shape[:-1])

    def look_up(self, indices: Tensor) -> Tensor:
        """Codewords (..., D) by their indices (...)."""
        return F.embedding(indices, self.words)

    def quantise(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Nearest codewords of (..., D) and their indices (...).

        The gradient passes straight through to the vectors, as if nothing had been rounded.
        """
        indices = self.nearest(vectors)
        words = self.look_up(indices)
        return vectors + (words - vectors).detach(), indices

    @torch.no_grad()
    def start(self, vectors: Tensor, *, generator: torch.Generator) -> None:
        """Puts the codewords onto random ones of some vectors (..., D)."""
        flat = vectors.reshape(-1, vectors.shape[-1])
        self.words.copy_(flat[self._pick(flat, generator)])
        self.sums.copy_(self.words)
        self.counts.fill_(1)
        self.idle.fill_(0)

    @torch.no_grad()
    def update(self, vectors: Tensor, indices: Tensor, *, generator: torch.Generator) -> None:
        """Moves the codewords towards the vectors (..., D) that chose them by `indices` (...)."""
        flat, chosen = vectors.reshape(-1, vectors.shape[-1]), indices.flatten()
        counts = torch.bincount(chosen, minlength=len(self.counts)).to(flat.dtype)
        sums = torch.zeros_like(self.sums).index_add_(0, chosen, flat)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        self.idle.add_(1).mul_(counts == 0)
        dead = self.idle >= _PATIENCE
        # Drawn even if none is dead, so that an accelerator need not be asked.
        revived = flat[self._pick(flat, generator)]
        self.sums.copy_(torch.where(dead[:, None], revived, self.sums))
        self.counts.masked_fill_(dead, 1.0)
        self.idle.masked_fill_(dead, 0)
        self.words.copy_(self.sums / self.counts.clamp_min(1e-6)[:, None])

    def perplexity(self) -> Tensor:
        """The effective number of codewords in use, a scalar in [1, K]."""
        shares = self.counts / self.counts.sum()
        entropy: Tensor = torch.special.entr(shares).sum()
        return entropy.exp()

    def _pick(self, flat: Tensor, generator: torch.Generator) -> Tensor:
        return torch.randint(len(flat), (len(self.words),), generator=generator, device=flat.device)


class _Block(nn.Module):
    """Causal self-attention and a dense layer, each added to its input (pre-norm transformer)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.norm_dense = nn.LayerNorm(width)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor, past: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """New values (N, T, width), and keys and values (2, N, heads, past + T, width / heads).

        With a past, T must be 1: it is the newest position and may look at all.
        """
        n, t, width = x.shape
        qkv = self.query_key_value(self.norm_attention(x))
        query, key, value = qkv.view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        now = torch.stack((key, value))
        if past is not None:
            now = torch.cat((past, now), dim=3)
        seen = F.scaled_dot_product_attention(query, now[0], now[1], is_causal=past is None)
        x = x + self.mix(seen.transpose(1, 2).reshape(n, t, width))
        return x + self.dense(self.norm_dense(x)), now


class RasterPrior(nn.Module):
    """p(c) = prod_t p(c_t | c_1 ... c_(t-1)) over grids of codes, in raster order.

    A small causal transformer. At each position it is handed the nearest codes that are already
    known (in the same row and in those above), so that it need not learn first where to look; the
    attention brings in the rest. Beyond the border these wrap around in raster order.

    Arguments:
        size: K.
        grid: (h, w).
        width: Size of the hidden vectors; a multiple of 2 and of `heads`.
        layers: Number of blocks.
    """

    def __init__(
        self, size: int, grid: tuple[int, int], width: int = 64, layers: int = 2, heads: int = 2
    ) -> None:
        super().__init__()
        assert width % heads == width % 2 == 0, (width, heads)
        self.size, self.grid = size, grid
        across = grid[1]
        steps = {
            row * across + column
            for row in range(_REACH + 1)
            for column in range(-_REACH, _REACH + 1)
        }
        # In a narrow grid, what is above and to the right has not been drawn yet.
        self._offsets = tuple(sorted(step for step in steps if step > 0))
        # One more than K: the code of what lies before the first position.
        self.embedding = nn.Embedding(size + 1, width // 2)
        self.join = nn.Linear(len(self._offsets) * (width // 2), width)
        self.position = nn.Parameter(0.02 * torch.randn(grid[0] * across, width))
        self.blocks = nn.ModuleList(_Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, size)

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (N, T) to the logits of each given those before it, (N, T, K)."""
        x = self._inputs(self._padded(codes), 0, codes.shape[1])
        for block in self.blocks:
            x, _ = block(x)
        logits: Tensor = self.head(self.norm(x))
        return logits

    def _padded(self, codes: Tensor) -> Tensor:
        return F.pad(codes, (max(self._offsets), 0), value=self.size)

    def _inputs(self, padded: Tensor, start: int, end: int) -> Tensor:
        margin = max(self._offsets)
        around = [padded[:, margin + start - o : margin + end - o] for o in self._offsets]
        joined: Tensor = self.join(self.embedding(torch.stack(around, dim=2)).flatten(2))
        return joined + self.position[start:end]

    @torch.no_grad()
    def sample(self, count: int, *, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """Draws codes (count, T)."""
        total = self.grid[0] * self.grid[1]
        given = torch.zeros(count, total, dtype=torch.int64, device=self.position.device)
        free = torch.ones_like(given, dtype=torch.bool)
        return self.fill(given, free, 1, generator=generator, temperature=temperature)[0][:, 0]

    @torch.no_grad()
    def fill(
        self,
        given: Tensor,
        free: Tensor,
        particles: int,
        *,
        generator: torch.Generator,
        temperature: float = 1.0,
    ) -> tuple[Tensor, Tensor]:
        """Draws the `free` codes of grids (N, T) given the others, by sequential Monte Carlo.

        In raster order a free code knows only what comes before it. So each grid is filled by P
        particles: free codes are drawn, and where a code is given a particle is weighed by how
        likely it finds it; after a row of the grid, unlikely particles give way to likely ones.

        Returns:
            Codes (N, P, T), and the log weights (N, P) that their particles have at the end.
        """
        n, total = given.shape
        p = particles
        rows = n * p
        codes = self._padded(given.repeat_interleave(p, dim=0))
        free = free.repeat_interleave(p, dim=0)
        margin = max(self._offsets)
        weights = torch.zeros(n, p, device=given.device)
        past: list[Tensor | None] = [None] * len(self.blocks)
        for t in range(total):
            x = self._inputs(codes, t, t + 1)
            for i, block in enumerate(self.blocks):
                x, past[i] = block(x, past[i])
            logits = self.head(self.norm(x))[:, 0]
            # The largest of logits with Gumbel noise is a draw from their softmax. The same noise
            # then gives nearly the same picture while the prior learns.
            noise = torch.rand(rows, self.size, generator=generator, device=given.device)
            gumbel = -(-noise.clamp(1e-20, 1 - 1e-7).log()).log()
            drawn = (logits / temperature + gumbel).argmax(dim=1)
            now = codes[:, margin + t]
            surprise = F.cross_entropy(logits, now, reduction="none")
            codes[:, margin + t] = torch.where(free[:, t], drawn, now)
            weights = weights - surprise.masked_fill(free[:, t], 0.0).view(n, p)
            if p > 1 and (t + 1) % self.grid[1] == 0 and t + 1 < total:
                kept, weights = _select(weights, generator)
                codes = codes[kept]
                past = [keys[:, kept] for keys in past if keys is not None]
        return codes[:, margin:].view(n, p, total), weights


def _select(weights: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Particles (N * P,) to go on with, and their new log weights (N, P).

    A group is drawn anew only if fewer than half of it counts (effective sample size).
    """
    n, p = weights.shape
    shares = weights.softmax(dim=1)
    drawn = torch.multinomial(shares, p, replacement=True, generator=generator)
    poor = (1 / shares.square().sum(dim=1) < p / 2)[:, None]
    same = torch.arange(p, device=weights.device)
    first = torch.arange(n, device=weights.device)[:, None] * p
    kept = first + torch.where(poor, drawn, same)
    return kept.flatten(), weights.masked_fill(poor, 0.0)
