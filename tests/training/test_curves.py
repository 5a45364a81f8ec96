import json
from pathlib import Path

from training.curves import LOG, curves


def test_every_stage_that_ships_has_its_curve() -> None:
    files = sorted(LOG.glob("*.jsonl"))
    figure = curves(files)
    assert [chart.get_title() for chart in figure.axes] == [file.stem for file in files]


def test_a_curve_goes_through_the_losses(tmp_path: Path) -> None:
    log = tmp_path / "decoder.jsonl"
    log.write_text("".join(json.dumps({"step": n, "loss": 1 / n}) + "\n" for n in (100, 200)))
    [chart] = curves([log]).axes
    assert chart.lines[0].get_ydata().tolist() == [1 / 100, 1 / 200]
