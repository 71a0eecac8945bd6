"""The headless commands, as scripts and people use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import main as entry
from models import ImageShape
from studio import cli, data
from studio.data.dataset import Dataset, LoadCancelled
from studio.engine.events import Event, Failed, RunStarted
from studio.library import VERSION, load_model
from studio.library.run_folder import SNAPSHOTS, numbered, read_head

ROOT = Path(__file__).parents[1]
SMALL_VAE = ["--set", "hidden=16", "--set", "latent_dim=2", "--threads", "1"]


class Answer:
    """What a command has left on its outputs."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def result(self) -> Any:
        assert self.status in (0, 1, 130, 143), self.err
        return json.loads(self.out.splitlines()[-1])

    @property
    def refusal(self) -> str:
        assert (self.status, self.out) == (2, "")
        assert self.err.count("\n") == 1, self.err
        assert self.err[0].isupper() or not self.err[0].isalpha()
        return self.err.strip()


Command = Callable[..., Answer]


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, digits: np.ndarray
) -> Command:
    """Runs `cli.main` with a few hundred digits in place of the data sets."""
    monkeypatch.setattr(data, "load", few(digits))

    def run(*words: object) -> Answer:
        status = cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


def few(digits: np.ndarray) -> Callable[..., Dataset]:
    real = data.load

    def load(name: str, split: str = "train", **options: Any) -> Dataset:
        if name not in data.available() or options.get("root") is not None:
            return real(name, split, **options)
        return Dataset(name, "train", digits, np.arange(len(digits)) % 10)

    return load


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits: np.ndarray) -> Callable[[str], Path]:
    """Folders of short runs, each trained once."""
    folder, runs = tmp_path_factory.mktemp("runs"), {}
    settings = {"vae": SMALL_VAE, "gan": ["--set", "width=16", "--threads", "1"]}

    def run(model: str) -> Path:
        if model not in runs:
            out = folder / model
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(data, "load", few(digits))
                words = ["train", model, "--steps", "3", "--batch-size", "8", "--out", str(out)]
                more = settings.get(model, ["--threads", "1"])
                assert cli.main([*words, *more]) == 0
            runs[model] = out
        return runs[model]

    return run


@pytest.fixture
def digit_png(tmp_path: Path, digits: np.ndarray) -> Path:
    Image.fromarray(digits[1]).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


@pytest.fixture
def mask_png(tmp_path: Path) -> Path:
    mask = np.zeros((28, 28), np.uint8)
    mask[14:20, 8:20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path / "mask.png"


# models


def test_models_are_listed_with_all_that_a_form_needs(command: Command) -> None:
    answer = command("models")
    found = {model["name"]: model for model in answer.result}
    assert answer.out.count("\n") == 1
    assert {"vae", "gan"} <= set(found)
    vae = found["vae"]
    assert (vae["title"], vae["family"]) == ("Variational autoencoder", "Autoencoders")
    assert "encodes" in vae["capabilities"]
    beta = next(s for s in vae["settings"] if s["name"] == "beta")
    assert (beta["type"], beta["default"], beta["low"], beta["live"]) == ("float", 1.0, 0.0, True)
    assert all(s["help"] for model in found.values() for s in model["settings"])


# train


def test_a_training_leaves_a_run_and_says_how_it_went(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "first"
    answer = command(
        "train", "vae", "--steps", 3, "--batch-size", 8, "--seed", 5, "--out", out, *SMALL_VAE
    )
    result = answer.result
    assert (result["run"], result["model"], result["data"]) == (str(out), "vae", "pen")
    assert (result["state"], result["steps"], result["seed"]) == ("finished", 3, 5)
    assert (result["device"], result["threads"]) == ("cpu", 1)
    assert result["seconds"] > 0
    assert result["steps_per_second"] > 0
    assert set(result["losses"]["learner"]) >= {"total", "kl"}
    assert Path(result["samples"]).exists()
    assert result["checkpoint"] == 3
    assert "resumed_from" not in result
    assert {f.name for f in out.iterdir()} == {
        "run.json",
        "HEAD.json",
        "log.jsonl",
        "checkpoints",
        "snapshots",
        "grids",
        "samples.png",
        "lock",
    }
    run = json.loads((out / "run.json").read_text())
    assert (run["settings"]["hidden"], run["settings"]["batch_size"]) == (16, 8)
    assert len(run["data_checksum"]) == 64


def test_the_same_seed_trains_the_same_model(command: Command, tmp_path: Path) -> None:
    def weights(name: str, seed: int) -> list[bytes]:
        out = tmp_path / name
        words = ["train", "vae", "--steps", 3, "--seed", seed, "--out", out, *SMALL_VAE]
        assert command(*words).status == 0
        return [tensor.numpy().tobytes() for tensor in load_model(out).model.state_dict().values()]

    assert weights("a", 1) == weights("b", 1)
    assert weights("c", 2) != weights("d", 1)


def test_training_for_seconds(command: Command, tmp_path: Path) -> None:
    result = command("train", "vae", "--seconds", 0.2, "--out", tmp_path / "r", *SMALL_VAE).result
    assert result["state"] == "finished"
    assert result["steps"] > 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gam"], "There is no model 'gam'; known: "),
        (["vae", "--set", "wdth=3"], "There is no setting 'wdth'; known: steps, batch_size"),
        (["vae", "--set", "beta=much"], "Beta must be a number"),
        (["vae", "--set", "beta=-1"], "Beta must be at least 0"),
        (["vae", "--set", "beta"], "--set takes key=value, not 'beta'."),
        (["vae", "--set", "steps=3", "--steps", "4"], "Steps is set twice."),
        (["vae", "--steps", "0"], "Steps must be at least 1"),
        (["vae", "--steps", "many"], "Steps must be a whole number"),
        (["vae", "--steps", "3", "--seconds", "3"], "not allowed with argument"),
        (["vae", "--seconds", "nan"], "'nan' is not a number of seconds above 0"),
        (["vae", "--seconds", "-1"], "is not a number of seconds above 0"),
        (["vae", "--seed", "-1"], "must be from 0"),
        (["vae", "--threads", "0"], "must be from 1"),
        (["vae", "--data", "cats"], "There is no data set called 'cats'"),
        (["vae", "--device", "abacus"], "There is no device 'abacus'; known: auto"),
        (["vae", "--colour", "red"], "Unrecognized arguments: --colour red"),
        ([], "The following arguments are required: MODEL"),
    ],
)
def test_a_training_that_cannot_be_says_why_and_leaves_nothing(
    command: Command, tmp_path: Path, words: list[str], sentence: str
) -> None:
    refusal = command("train", *words, "--out", tmp_path / "r").refusal
    assert sentence in refusal
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_not_touched(command: Command, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    refusal = command("train", "vae", "--out", tmp_path).refusal
    assert "already holds something" in refusal
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.txt"]


def test_data_that_are_not_there(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = ["--data", "mnist", "--data-root", tmp_path / "empty", "--mirror", "file:///nowhere"]
    assert command("train", "vae", *words, "--out", tmp_path / "r").refusal
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_training_and_keeps_the_run(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    status: int,
) -> None:
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    show = cli.Progress.show

    def interrupted(self: cli.Progress, text: str) -> None:
        show(self, text)
        if text.startswith("step"):
            monkeypatch.setattr(cli.Progress, "show", show)
            signal.raise_signal(number)

    monkeypatch.setattr(cli.Progress, "show", interrupted)
    answer = command("train", "vae", "--seconds", 60, "--out", tmp_path / "r", *SMALL_VAE)
    assert answer.status == status
    assert answer.result["state"] == "stopped"
    assert answer.result["checkpoint"] == answer.result["steps"]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers


def test_a_second_signal_does_not_wait_and_still_keeps_the_run(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: cli.Progress, text: str) -> None:
        if text.startswith("step"):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli.Progress, "show", interrupted)
    answer = command("train", "vae", "--seconds", 60, "--out", tmp_path / "r", *SMALL_VAE)
    assert (answer.status, answer.out) == (130, "")
    assert answer.err == f"Interrupted; what was learned so far is in {tmp_path / 'r'}.\n"
    assert read_head(tmp_path / "r").state == "stopped"


def test_a_signal_while_the_data_load_leaves_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, cancelled: Callable[[], bool], **__: object) -> Dataset:
        signal.raise_signal(signal.SIGTERM)
        assert cancelled()
        raise LoadCancelled("Loading the data was cancelled.")

    monkeypatch.setattr(data, "load", load)
    answer = command("train", "vae", "--out", tmp_path / "r")
    assert (answer.status, answer.out) == (143, "")
    assert answer.err == "Interrupted before the training began; nothing was written.\n"
    assert not (tmp_path / "r").exists()


def test_a_training_that_fails_ends_with_1_and_is_kept(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(*_: object, **__: object) -> Iterator[Event]:
        yield RunStarted(0, 0, "vae", ImageShape(), (), "cpu", 1)
        yield Failed(0, 5, "The learner's loss is not a finite number")

    monkeypatch.setattr("studio.engine.session.play", play)
    answer = command("train", "vae", "--out", tmp_path / "r", *SMALL_VAE)
    assert answer.status == 1
    assert (answer.result["state"], answer.result["steps"]) == ("failed", 5)
    assert answer.err == "The learner's loss is not a finite number.\n"
    assert (tmp_path / "r" / "run.json").exists()


# sample


def test_samples_as_arrays_and_as_a_picture(
    command: Command, trained: Callable[[str], Path], tmp_path: Path
) -> None:
    def sample(name: str, seed: int) -> np.ndarray:
        out = tmp_path / name
        answer = command("sample", trained("vae"), "--count", 7, "--seed", seed, "--out", out)
        assert answer.result["step"] == 3
        assert "N(0, I)" in answer.result["how"]
        with np.load(out) as file:
            assert file.files == ["images"]
            images: np.ndarray = file["images"]
        return images

    first = sample("a.npz", 1)
    assert (first.shape, first.dtype) == ((7, 28, 28), np.float32)
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(first, sample("b.npz", 1))
    assert not np.array_equal(first, sample("c.npz", 2))

    assert command("sample", trained("vae"), "--out", tmp_path / "s.png").status == 0
    with Image.open(tmp_path / "s.png") as picture:
        about = json.loads(picture.text["modescope"])  # type: ignore[attr-defined]
    assert (about["name"], about["step"], about["settings"]["hidden"]) == ("vae", 3, 16)


def test_a_single_model_file_will_do(
    command: Command, trained: Callable[[str], Path], tmp_path: Path
) -> None:
    file = tmp_path / "copy.safetensors"
    file.write_bytes(numbered(trained("vae"), SNAPSHOTS, 3).read_bytes())
    assert command("sample", file, "--count", 2, "--out", tmp_path / "s.npz").status == 0


def test_a_conditional_model_is_told_the_digit(
    command: Command, trained: Callable[[str], Path], tmp_path: Path
) -> None:
    run = trained("cvae")
    out = tmp_path / "s.npz"
    assert command("sample", run, "--label", 7, "--count", 2, "--out", out).status == 0
    refusal = command("sample", run, "--label", 10, "--count", 2, "--out", out).refusal
    assert refusal == "--label must be from 0 to 9, not 10."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--label", "7", "--out", "s.npz"], "cannot be told which digit to draw"),
        (["--out", "s.jpg"], "--out must end in .npz or .png, not 's.jpg'."),
        (["--count", "0", "--out", "s.npz"], "must be from 1 to 1,000,000"),
        ([], "the following arguments are required: --out"),
    ],
)
def test_samples_that_cannot_be(
    command: Command,
    trained: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence.lower() in command("sample", trained("vae"), *words).refusal.lower()


def test_runs_that_are_none(
    command: Command, trained: Callable[[str], Path], tmp_path: Path
) -> None:
    def refusal(run: Path) -> str:
        return command("sample", run, "--out", tmp_path / "s.npz").refusal

    assert "no run and no model file at" in refusal(tmp_path / "none")
    assert "holds no run" in refusal(tmp_path)
    (tmp_path / "x.safetensors").write_bytes(b"PK\x03\x04" * 100)
    assert "is not a Modescope file" in refusal(tmp_path / "x.safetensors")
    whole = numbered(trained("vae"), SNAPSHOTS, 3).read_bytes()
    (tmp_path / "x.safetensors").write_bytes(whole[:-1])
    assert "damaged" in refusal(tmp_path / "x.safetensors")


# encode and inpaint


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_encoding(
    command: Command, trained: Callable[[str], Path], tmp_path: Path, model: str, digit_png: Path
) -> None:
    out = tmp_path / "e.npz"
    result = command("encode", trained(model), digit_png, "--out", out).result
    with np.load(out) as file:
        latents, copies = file["latents"], file["reconstructions"]
    assert latents.dtype == copies.dtype == np.float32
    assert list(latents.shape) == result["latents"]
    assert copies.shape == (1, 28, 28)
    assert 0 <= copies.min() <= copies.max() <= 1
    assert ("searched" in result["how"]) == (model == "gan")


def test_encoding_many_digits(
    command: Command, trained: Callable[[str], Path], tmp_path: Path, digits: np.ndarray
) -> None:
    np.save(tmp_path / "many.npy", digits[:100])
    out = tmp_path / "e.npz"
    result = command("encode", trained("vae"), tmp_path / "many.npy", "--out", out).result
    assert (result["count"], result["latents"]) == (100, [100, 2])
    with np.load(out) as file:
        error = np.mean((file["reconstructions"] - digits[:100] / 255) ** 2)
    assert result["error"] == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_filling_a_hole_leaves_the_rest_alone(
    command: Command,
    trained: Callable[[str], Path],
    tmp_path: Path,
    digits: np.ndarray,
    digit_png: Path,
    mask_png: Path,
    model: str,
) -> None:
    out = tmp_path / "i.npz"
    words = [trained(model), digit_png, "--mask", mask_png, "--count", 3, "--out", out]
    assert command("inpaint", *words).result["how"]
    with np.load(out) as file:
        images = file["images"]
    assert (images.shape, images.dtype) == ((3, 28, 28), np.float32)
    known = np.ones((28, 28), bool)
    known[14:20, 8:20] = False
    given = np.divide(digits[1], 255, dtype=np.float32)
    assert (images[:, known] == given[known]).all()
    assert 0 <= images.min() <= images.max() <= 1


def test_without_a_mask_the_model_says_where_something_is_missing(
    command: Command,
    trained: Callable[[str], Path],
    tmp_path: Path,
    digits: np.ndarray,
    digit_png: Path,
) -> None:
    out = tmp_path / "i.npz"
    result = command("inpaint", trained("vae"), digit_png, "--count", 2, "--out", out).result
    assert result["plausibility"]
    with np.load(out) as file:
        images, hole, plausibility = (file[name] for name in ("images", "hole", "plausibility"))
    assert len(images) == len(plausibility) == result["count"]
    assert (images[:, ~hole] == np.divide(digits[1], 255, dtype=np.float32)[~hole]).all()
    # Ink is believed: only paper may be filled.
    assert (digits[1][hole] < 128).all()


def test_variety_is_a_share(
    command: Command, trained: Callable[[str], Path], digit_png: Path, mask_png: Path
) -> None:
    words = [trained("vae"), digit_png, "--mask", mask_png, "--out", "i.npz", "--variety"]
    assert "must be from 0 to 1, not 1.5" in command("inpaint", *words, "1.5").refusal
    assert "'much' is not a number" in command("inpaint", *words, "much").refusal


def test_holes_that_cannot_be_filled(
    command: Command,
    trained: Callable[[str], Path],
    tmp_path: Path,
    digits: np.ndarray,
    digit_png: Path,
    mask_png: Path,
) -> None:
    def refusal(image: Path, mask: Path) -> str:
        words = [trained("vae"), image, "--mask", mask, "--out", tmp_path / "i.npz"]
        return command("inpaint", *words).refusal

    Image.new("L", (30, 20), 1).save(tmp_path / "wide.png")
    assert "30 x 20" in refusal(digit_png, tmp_path / "wide.png")
    assert "there is no file" in refusal(tmp_path / "none.png", mask_png).lower()
    np.save(tmp_path / "two.npy", digits[:2])
    assert "holds 2 digits: give one at a time" in refusal(tmp_path / "two.npy", mask_png)
    assert not (tmp_path / "i.npz").exists()


def test_an_output_that_cannot_be_written(
    command: Command, trained: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    words = ["sample", trained("vae"), "--count", 1, "--out", tmp_path / "file" / "s.npz"]
    assert "Cannot write" in command(*words).refusal
    (tmp_path / "folder.npz").mkdir()
    assert "is a folder" in command(*words[:-1], tmp_path / "folder.npz").refusal


# data


def test_the_pen_writes_into_a_file(command: Command, tmp_path: Path) -> None:
    def written(name: str, seed: int) -> dict[str, np.ndarray]:
        out = tmp_path / name
        result = command("data", "pen", "--count", 20, "--seed", seed, "--out", out).result
        assert result["count"] == 20
        with np.load(out) as file:
            return {key: file[key] for key in file.files}

    first = written("a.npz", 1)
    assert (first["images"].shape, first["images"].dtype) == ((20, 28, 28), np.uint8)
    assert first["labels"].shape == first["ways"].shape == (20,)
    assert first["ways"].max() < len(first["way_names"])
    assert all(np.array_equal(first[key], again) for key, again in written("b.npz", 1).items())
    assert not np.array_equal(first["images"], written("c.npz", 2)["images"])
    assert "choose from" in command("data", "cats", "--count", 1, "--out", "x.npz").refusal


# The entry point


def test_help_and_version_need_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {name}" in told for name in entry.COMMANDS)
    assert entry.main(["--version"]) == 0
    assert capsys.readouterr().out == f"Modescope {VERSION}\n"
    assert entry.main(["train", "--help"]) == 0
    assert "--batch-size" in capsys.readouterr().out


def test_unknown_commands_name_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["fly"]) == 2
    printed = capsys.readouterr()
    assert printed.err == (
        "There is no command 'fly'; "
        "known: models, train, sample, encode, inpaint, evaluate, reproduce, lab, "
        "runs, data, mine, tour.\n"
    )


@pytest.mark.parametrize(
    ("environ", "platform", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", True),
        ({"QT_QPA_PLATFORM": "minimal"}, "linux", True),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", False),
        ({"QT_QPA_PLATFORM": "wayland;xcb"}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_where_a_window_could_appear(environ: dict[str, str], platform: str, shown: bool) -> None:
    assert entry.has_display(environ, platform) is shown


def test_without_a_display_one_sentence_says_what_to_do() -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environ = {key: value for key, value in os.environ.items() if key not in hidden}
    ended = subprocess.run(
        [sys.executable, "main.py"], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    if sys.platform.startswith("linux"):
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert "xvfb-run -a python main.py" in ended.stderr
        assert "python main.py tour --out tour" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")
def test_who_stops_reading_is_not_complained_about() -> None:
    code = "import studio.cli as c; raise SystemExit(c.main(['reproduce', '--list']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == b""
        assert told.wait(60) == 0


def test_a_missing_system_library_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr("importlib.import_module", fail)
    monkeypatch.setattr(entry, "has_display", lambda *_: True)
    assert entry.main([]) == 2
    assert "libEGL.so.1" in capsys.readouterr().err


def test_the_version_is_that_of_the_project() -> None:
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == VERSION


BARE_SERVER = """
import importlib.abc, json, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"PySide6", "shiboken6", "pyqtgraph", "platformdirs", "msgspec"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import main
from studio import cli, data
from studio.data import pen

data.load = lambda name, split="train", **options: pen.generate(100, split=split)
folder = sys.argv[1]
status = [
    cli.main(["models"]),
    cli.main(["train", "vae", "--steps", "3", "--threads", "1", "--out", folder + "/run"]),
    cli.main(["sample", folder + "/run", "--count", "4", "--out", folder + "/s.png"]),
    cli.main(["sample", folder + "/run", "--count", "1", "--out", folder + "/s.npz"]),
    cli.main(["data", "pen", "--count", "3", "--out", folder + "/p.npz"]),
    main.main([]),
    main.main(["tour", "--out", folder + "/tour"]),
]
print(json.dumps(status))
"""


def test_everything_but_the_window_works_without_qt(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BARE_SERVER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == [0, 0, 0, 0, 0, 2, 2], ended.stderr
    assert ended.stderr.count("PySide6 is not installed") == 2


def test_a_mistake_is_answered_without_loading_pytorch() -> None:
    code = (
        "import sys; sys.argv = ['main.py']; import main\n"
        "status = main.main(['sample', 'x', '--count', 'many', '--out', 'y.npz'])\n"
        "print(status, 'torch' in sys.modules, 'numpy' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.stdout == "2 False False\n"


def test_idle_threads_do_not_spin() -> None:
    code = "import main, os; print(os.environ['OMP_WAIT_POLICY'], os.environ['GOMP_SPINCOUNT'])"
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert ended.stdout == "PASSIVE 0\n"
