"""Charts as one picture: panels beside each other, in the colours of the chat.

Knows nothing of what is shown.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GROUND, INK, FAINT = "#2b2d31", "#dbdee1", "#4e5058"
COLOURS = ("#ffb74a", "#42ffff", "#51da4c", "#ff6e3c", "#8fa8ff")
WIDTH, HEIGHT, DPI = 5.0, 2.5, 120
LABELS = 8
"""Labels that fit below a panel."""


@dataclass(frozen=True)
class Panel:
    """One chart. `series` has a value for each label, None for nothing; `unit` stands at the axis.

    Bars of several series stand on each other; otherwise each is a line.
    """

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    bars: bool = True
    unit: str = ""


def draw(panels: Sequence[Panel], columns: int = 2) -> bytes:
    """The panels as a PNG. Takes a second: for a thread of its own."""
    from matplotlib.figure import Figure  # 40 MB that a bot without charts need not hold

    rows = -(-len(panels) // columns)
    figure = Figure((WIDTH * columns, HEIGHT * rows), DPI, facecolor=GROUND)
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        0.6 / width, 0.4 / height, 1 - 0.1 / width, 1 - 0.35 / height, wspace=0.16, hspace=0.4
    )
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, panel in zip(axes, panels, strict=False):
        _draw(axis, panel)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _draw(axis: Any, panel: Panel) -> None:
    places = range(len(panel.labels))
    below = [0.0] * len(panel.labels)
    for colour, (name, values) in zip(COLOURS, panel.series.items(), strict=False):
        if panel.bars:
            heights = [value or 0.0 for value in values]
            axis.bar(places, heights, bottom=below, color=colour, label=name, width=0.8)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        else:
            shown = [float("nan") if value is None else value for value in values]
            axis.plot(places, shown, color=colour, label=name, marker="o", markersize=3)
    step = max(1, -(-len(panel.labels) // LABELS))
    axis.set_xticks(list(places)[::step], list(panel.labels)[::step])
    axis.set_title(panel.title, color=INK, loc="left", fontsize=11)
    axis.set_ylabel(panel.unit, color=INK)
    axis.set_ylim(bottom=0)
    axis.yaxis.get_major_locator().set_params(integer=True)
    axis.set_facecolor(GROUND)
    axis.tick_params(colors=INK, labelsize=8)
    axis.grid(axis="y", color=FAINT, linewidth=0.5)
    axis.set_axisbelow(True)
    axis.spines[:].set_visible(False)
    if len(panel.series) > 1:
        above = {"loc": "lower right", "bbox_to_anchor": (1, 0.98), "ncols": len(panel.series)}
        close = {"handlelength": 1, "handletextpad": 0.4, "columnspacing": 1}
        axis.legend(**above, **close, frameon=False, labelcolor=INK, fontsize=8)
