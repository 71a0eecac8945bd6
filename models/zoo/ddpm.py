"""Diffusion (Ho et al., 2020, arXiv:2006.11239), with the cosine schedule and v-prediction.

B = batch, N = any number of images, C, H, W = channels, height, width, D = C * H * W.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor

from models import samplers
from models.base import (
    Batch,
    GenerativeModel,
    ImageShape,
    LossGuide,
    ModelCard,
    Player,
    SamplerStep,
    Stage,
    Terms,
    adam,
)
from models.blocks import EMA
from models.config import ModelConfig, param
from models.registry import register
from models.schedules import Cosine
from models.unet import UNet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SNR_LIMIT = 5.0
SPECK_TIME = 0.03  # sigma 0.06: a noise that nobody sees, see DDPM.encode
SPECK_SEED = 0


@register("ddpm")
class DDPM(GenerativeModel):
    """A U-Net that removes noise, trained at all noise levels at once."""

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        steps: int = param(
            4_000, low=1, high=10_000_000, unit="rounds", group="Length", help="How long to train."
        )
        batch_size: int = param(
            64, low=2, high=4_096, help="Digits that the network sees per move."
        )
        channels: int = param(
            32,
            low=8,
            high=512,
            help="Channels of the finer scale, a multiple of 8; the coarser one has twice as many.",
        )
        depth: int = param(2, low=1, high=8, help="Residual blocks per scale and direction.")
        learning_rate: float = param(
            2e-3, low=0.0, high=1.0, live=True, log=True, help="Step size of the optimizer."
        )
        ema_decay: float = param(
            0.999,
            low=0.0,
            high=0.9999,
            label="Averaging",
            help="Samples come from a running average of the weights; 0 turns it off.",
        )
        sampling_steps: int = param(
            20, low=2, high=1_000, live=True, help="Steps from noise to a digit when sampling."
        )
        decoding_steps: int = param(
            8, low=2, high=1_000, live=True, help="Steps from noise to a digit on the map."
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="Diffusion",
        family="Diffusion",
        year=2020,
        sentence="Learns to clean noisy digits; then turns pure noise into one, step by step.",
        objective="E over t, x, ε of w(t) ‖v − v_θ(α x + σ ε, t)‖²,  v = α ε − σ x",
        strengths=(
            "Trains steadily with one plain loss and does not lose digits.",
            "Fills holes and removes noise without being trained for it.",
        ),
        weaknesses=(
            "Slow to draw: the network runs once per step.",
            "Its latent space is the noise itself: as large as the image, and without meaning.",
        ),
        references=(
            (
                "Ho et al., Denoising Diffusion Probabilistic Models",
                "https://arxiv.org/abs/2006.11239",
            ),
            (
                "Nichol and Dhariwal, Improved Denoising Diffusion Probabilistic Models",
                "https://arxiv.org/abs/2102.09672",
            ),
            (
                "Song et al., Denoising Diffusion Implicit Models",
                "https://arxiv.org/abs/2010.02502",
            ),
            (
                "Salimans and Ho, Progressive Distillation (v-prediction)",
                "https://arxiv.org/abs/2202.00512",
            ),
            (
                "Hang et al., Efficient Diffusion Training via Min-SNR Weighting",
                "https://arxiv.org/abs/2303.09556",
            ),
            (
                "Lugmayr et al., RePaint: Inpainting using Diffusion Models",
                "https://arxiv.org/abs/2201.09865",
            ),
            (
                "Meng et al., SDEdit: Guided Image Synthesis and Editing",
                "https://arxiv.org/abs/2108.01073",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Removes the noise from pure noise, step by step (DDIM).",
        "encode": "Runs the sampler backwards, from the image to its noise (DDIM inversion).",
        "decode": "Takes the code for noise and removes it in a few steps (DDIM).",
        "inpaint": "Removes noise in the hole, again and again, until all fits together (RePaint).",
    }
    latent_geometry: ClassVar[Literal["gaussian", "free", "sphere"]] = "sphere"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        if shape.height % 4 or shape.width % 4:
            raise ValueError(
                "diffusion needs images whose height and width are multiples of 4, "
                f"not {shape.height} x {shape.width}"
            )
        if config.channels % 8:
            raise ValueError(f"channels must be a multiple of 8, not {config.channels}")
        self.schedule = Cosine()
        self.network = UNet(shape.channels, base=config.channels, depth=config.depth)
        self.averaged = EMA(self.network, config.ema_decay)

    def stages(self) -> tuple[Stage, ...]:
        """One stage, one player."""
        learner = Player(
            name="denoiser",
            title="Denoiser",
            role="learner",
            modules=(self.network,),
            loss=self._loss,
            optimizer=adam(beta2=0.99),
            clip_norm=1.0,
            rate_factor=_cool_down,
            after_move=self.averaged.update,
            guide=LossGuide(
                rising="Rising: it is unlearning; the learning rate is too high.",
                falling="Falling: it removes noise better.",
                steady="Steady: fast at first, then slowly; the digits improve long after the "
                "curve looks flat. It never reaches 0, for noise cannot be guessed.",
            ),
        )
        return (Stage(name="denoising", title="Denoising", players=(learner,)),)

    def _loss(self, batch: Batch) -> Terms:
        count = len(batch.images)
        t = self._spread_times(count, batch.generator)
        clean = batch.images * 2 - 1
        noise = torch.randn(
            clean.shape, generator=batch.generator, device=clean.device, dtype=clean.dtype
        )
        alpha, sigma = _per_image(self.schedule(t))
        velocity = alpha * noise - sigma * clean
        error = (self.network(alpha * clean + sigma * noise, t) - velocity).square()
        per_image = error.mean(dim=(1, 2, 3))
        # The error of v is the error of the clean image times (SNR + 1). Its weight there is cut
        # off at SNR_LIMIT: nearly clean images are easy, and would take most of the gradient.
        snr = self.schedule.log_snr(t).exp()
        total = (per_image * snr.clamp(max=SNR_LIMIT) / (snr + 1)).mean()
        clean_error = (per_image.detach() / (snr + 1)).mean()
        return {"total": total, "image": clean_error}

    def _spread_times(self, count: int, generator: torch.Generator) -> Tensor:
        """Random times (count,), one per equal slice of [0, 1]: less noise in the gradient."""
        offset = torch.rand((), generator=generator, device=generator.device)
        slices = torch.arange(count, device=generator.device) / count
        return (slices + offset) % 1.0

    def _predict_clean(self, x_t: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = _per_image(self.schedule(t))
        clean: Tensor = alpha * x_t - sigma * self.averaged(x_t, t)
        return clean.clamp(-1, 1)

    @torch.no_grad()
    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """(count, C, H, W); the labels are not used, for this model knows no classes."""
        return _last(self.trajectory(count, generator=generator)).images

    def trajectory(
        self, count: int, *, generator: torch.Generator, steps: int | None = None
    ) -> Iterator[SamplerStep]:
        """From noise to (count, C, H, W); the states are x_t, data scaled to [-1, 1]."""
        x_1 = torch.randn((count, *self.shape.chw), generator=generator, device=generator.device)
        return self._without_gradients(
            samplers.ddim(
                self._predict_clean, x_1, self.schedule, steps or self.config.sampling_steps
            )
        )

    def latent_dim(self) -> int:
        """D, one number per pixel."""
        return self.shape.pixels

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (N, D) to (N, C, H, W), in `decoding_steps` deterministic steps."""
        x_1 = latents.reshape(-1, *self.shape.chw)
        steps = self.config.decoding_steps
        return _last(samplers.ddim(self._predict_clean, x_1, self.schedule, steps)).images

    @torch.no_grad()
    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to the noise (N, D) that `decode` turns into them.

        A speck of noise is added first, always the same: a perfectly black background holds no
        noise to trace back, and would end up far from the shell where `decode` is at home.
        """
        source = torch.Generator().manual_seed(SPECK_SEED)
        speck = torch.randn(self.shape.chw, generator=source).to(images)
        alpha, sigma = self.schedule(torch.tensor(SPECK_TIME, device=images.device))
        x_start = alpha * (images * 2 - 1) + sigma * speck
        path = samplers.ddim_invert(
            self._predict_clean,
            x_start,
            self.schedule,
            self.config.decoding_steps,
            start=SPECK_TIME,
            corrections=2,
        )
        state = _last(path).state
        assert state is not None
        return state.flatten(1)

    def reconstruct(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to (N, C, H, W): what is decoded from the noise of the images."""
        return self.decode(self.encode(images))

    def inpaint(
        self, images: Tensor, hole: Tensor, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        """Fills `hole` ((N, 1, H, W) bool, True where unknown) in (N, C, H, W) by RePaint."""
        return self._without_gradients(
            samplers.repaint(
                self._predict_clean,
                images,
                hole,
                self.schedule,
                self.config.sampling_steps,
                generator=generator,
            )
        )

    @torch.no_grad()
    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Predicts the clean image in [0, 1].

        Arguments:
            x_t: (N, C, H, W) = alpha * x + sigma * noise with the image x in [-1, 1]: what the
                states of `trajectory` are.
            t: (N,) in [0, 1].
        """
        return samplers.to_unit(self._predict_clean(x_t, t))

    def noised(self, images: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_t = alpha * x + sigma * noise of images in [0, 1], at times t (N,)."""
        alpha, sigma = _per_image(self.schedule(t))
        return alpha * (images * 2 - 1) + sigma * noise

    def refine(
        self, images: Tensor, strength: float, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        """Noises images up to the time `strength` in (0, 1] and denoises them by DDIM.

        SDEdit (Meng et al., 2021, arXiv:2108.01073): what is coarser than the noise stays, what is
        finer is drawn anew. Takes that share of the sampling steps. The same generator state gives
        the same noise at any strength.
        """
        noise = torch.randn(images.shape, generator=generator, device=images.device)
        t = torch.full((len(images),), strength, device=images.device)
        steps = max(1, round(strength * self.config.sampling_steps))
        x_t = self.noised(images, t, noise)
        return self._without_gradients(
            samplers.ddim(self._predict_clean, x_t, self.schedule, steps, start=strength)
        )

    @staticmethod
    def _without_gradients(path: Iterator[SamplerStep]) -> Iterator[SamplerStep]:
        while True:
            # Not around the yield: whoever reads the steps keeps his own gradient mode.
            with torch.no_grad():
                step = next(path, None)
            if step is None:
                return
            yield step


def _per_image(amplitudes: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    alpha, sigma = amplitudes
    return alpha[:, None, None, None], sigma[:, None, None, None]


def _last(path: Iterator[SamplerStep]) -> SamplerStep:
    *_, step = path
    return step


def _cool_down(progress: float) -> float:
    """Factor of the learning rate: down to a tenth in a straight line."""
    return 1 - 0.9 * progress
