"""Many processes learn what one would: launched as on many GPUs, here on one CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from training.processes import own

ROOT = Path(__file__).parents[2]


def losses(processes: int, folder: Path) -> dict[str, list[float]]:
    """Every step's loss of each stage of the short run in so many processes."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    script = [str(ROOT / "tests" / "training" / "short_run.py"), str(folder)]
    subprocess.run(
        [*launcher, "--nproc_per_node", str(processes), *script],
        check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    logs = {path.stem: path.read_text().splitlines() for path in folder.glob("*.jsonl")}
    return {name: [json.loads(line)["loss"] for line in lines] for name, lines in logs.items()}


@pytest.mark.slow
def test_two_processes_learn_as_one(tmp_path: Path) -> None:
    one, two = losses(1, tmp_path / "one"), losses(2, tmp_path / "two")
    assert one.pop("line") != two.pop("line")  # other rows, but one network:
    ends = [(tmp_path / "two" / f"line{place}.json").read_text() for place in (0, 1)]
    assert ends[0] == ends[1]
    assert one.keys() == {"clip", "decoder"}
    assert one["clip"][-1] < one["clip"][0]
    for name, curve in one.items():
        assert two[name] == pytest.approx(curve, rel=1e-4), name


def test_one_process_owns_every_row() -> None:
    rows = torch.randn(3, 2)
    assert torch.equal(own(rows), rows)
