"""Tiny random models of the real classes, saved to folders as real ones lie there."""

from pathlib import Path

import pytest

from benchmarks import weights
from inference.model import Model, save_model


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, model: Model) -> dict[str, Path]:
    """Where each tiny model lies."""
    root = tmp_path_factory.mktemp("models")
    save_model(model, root / "mini")
    tiny = {name: weights.save(name, root / name) for name in weights.SAVERS}
    adapted = weights.adapt(weights.save("auto", root / "adapted"))
    return {"mini": root / "mini", **tiny, "adapted": adapted}
