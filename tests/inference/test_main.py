"""How the worker's process ends when it can't serve: with a sentence, and a code to go by."""

import sys
from pathlib import Path

import pytest

from config import UNUSABLE
from inference.__main__ import main


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
