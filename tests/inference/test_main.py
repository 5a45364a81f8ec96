"""How the worker's process ends when it can't serve: with a sentence, and a code to go by."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import UNUSABLE
from inference.__main__ import main

ROOT = Path(__file__).parents[2]


def ended(monkeypatch: pytest.MonkeyPatch, folder: Path, settings: str, *words: str) -> int:
    (folder / "config.toml").write_text(settings)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["inference", *words])
    return main()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('model = "mimi"', "did you mean mini?"),
        ('model = "./nowhere"', "holds no model"),
        ('[inference]\ndevice = "cuda:7"', 'set device = "auto"'),
    ],
)
def test_what_a_person_has_to_mend_is_told_as_such(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    sentence: str,
) -> None:
    assert ended(monkeypatch, tmp_path, settings) == UNUSABLE
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_a_command_ends_as_commands_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("imagine", "a red cube", "--model", "mimi")
    assert ended(monkeypatch, tmp_path, "", *words) == 1
    assert "did you mean mini?" in capsys.readouterr().err


def test_a_device_given_to_one_worker_overrides_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = '[inference]\ndevice = "cpu"'
    assert ended(monkeypatch, tmp_path, settings, "--device", "cuda:7") == UNUSABLE
    assert "no device cuda:7" in capsys.readouterr().err


def test_devices_are_listed_the_first_one_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, tmp_path, "", "devices") == 0
    first, *others = capsys.readouterr().out.split()
    assert first.split(":")[0] in ("cpu", "cuda", "mps") and all("cuda" in name for name in others)


def test_of_a_spoilt_model_nothing_is_said_but_the_sentence(
    tmp_path: Path, folders: dict[str, Path]
) -> None:
    """In a process of its own, where the libraries say what they say while they are imported."""
    folder = shutil.copytree(folders["auto"], tmp_path / "spoilt")
    (folder / "text_encoder" / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.toml").touch()
    words = ("imagine", "a red cube", "--model", "./spoilt")
    done = subprocess.run(
        [sys.executable, "-m", "inference", *words], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"This can't go on\. spoilt/text_encoder .*; fetch .*\.\n", done.stderr)
