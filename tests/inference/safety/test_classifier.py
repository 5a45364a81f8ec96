"""A classifier of the host's: a tiny random one of the real class, from a folder."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import ResNetConfig, ResNetForImageClassification, ViTImageProcessorPil

from config import Config, SafetyConfig
from inference.backends.networks import OtherWeights
from inference.errors import CorruptWeights, NoWeights
from inference.safety.check import Subject
from inference.safety.classifier import Classifier
from inference.safety.safety import open_checks, run


def save(folder: Path, *labels: str) -> Path:
    torch.manual_seed(0)
    config = ResNetConfig(
        embedding_size=8, hidden_sizes=[8], depths=[1], layer_type="basic",
        id2label=dict(enumerate(labels)),
    )  # fmt: skip
    network = ResNetForImageClassification(config)
    torch.nn.init.normal_(network.classifier[1].weight, std=9.0)
    network.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("classifier"), "Normal", "NSFW", "Gore/Blood", "Hentai")


def pictures() -> list[Image.Image]:
    return [Image.new("RGB", (50, 40 + n), f"hsl({30 * n}, 90%, 50%)") for n in range(12)]


def test_labels_are_summed_by_category_and_a_batch_equals_single_runs(folder: Path) -> None:
    classifier = Classifier(folder, "cpu")
    together = classifier(pictures())
    for measures in together:
        assert [(m.name, m.category) for m in measures] == [
            ("classifier", "sexual"),
            ("classifier", "shocking"),
        ]
        assert 0 <= sum(m.score for m in measures) <= 1.001 and not any(m.weak for m in measures)
    alone = [classifier([picture])[0] for picture in pictures()]
    for one, other in zip(together, alone, strict=True):
        assert [m.score for m in one] == pytest.approx([m.score for m in other], abs=1e-5)
    assert len({round(row[0].score, 4) for row in together}) > 1


def test_the_settings_bring_it_into_the_checks(folder: Path, tmp_path: Path) -> None:
    classifier = Classifier(folder, "cpu")
    unsafe = [p for p in pictures() if max(m.score for m in classifier([p])[0]) >= 0.8]
    safe = [p for p in pictures() if max(m.score for m in classifier([p])[0]) < 0.4]
    assert unsafe and safe, "the random network tells them apart"
    config = Config(data_dir=tmp_path, safety=SafetyConfig(classifier=str(folder)))
    subjects = [Subject("", "output", safe), Subject("", "output", [*safe, *unsafe])]
    passed, refused = run(open_checks(config, "cpu"), subjects)
    assert passed is None
    assert refused is not None and not isinstance(refused, Exception)
    assert (refused.act, refused.rule) == ("block", "classifier")
    assert refused.picture is not None and refused.picture >= len(safe)


def test_what_is_wrong_with_a_folder_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OtherWeights, match="cat, dog"):
        Classifier(save(tmp_path / "pets", "cat", "dog"), "cpu")
    with pytest.raises((NoWeights, CorruptWeights)):
        Classifier(tmp_path / "absent", "cpu")
