"""`python -m training.cost`: what training at the paper's size takes, from counted operations.

The networks are built and run without memory, one row each; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from inference.ar_prior import ARPrior
from inference.paper import PaperClip, PaperDecoder, PaperUpsampler
from inference.prior import Prior
from training.paper import Plan
from training.shards import SIDE

PEAK = 989e12  # bf16 operations a second of an H100 (SXM), by its data sheet
USED = 0.4  # of that; large transformers reach .4 to .5, convolutions less
BYTES = 20  # a parameter: weight, gradient, two of AdamW, average; 4 each


@dataclass(frozen=True)
class Cost:
    """Of one stage: its parameters, operations forwards and backwards a row, and rows in all."""

    parameters: int
    operations: int
    rows: int

    @property
    def hours(self) -> float:
        """Of one GPU."""
        return self.operations * self.rows / (PEAK * USED) / 3600


def costs(plan: Plan) -> dict[str, Cost]:
    """Every stage's, in the order of training."""
    found = {}
    for name, (network, run) in _stages(plan).items():
        recipe = plan.recipes[name]
        parameters = sum(parameter.numel() for parameter in network.parameters())
        found[name] = Cost(parameters, _operations(run), recipe.batch * recipe.steps)
    return found


def table(found: dict[str, Cost]) -> str:
    """As Markdown, with the sum in the last line."""
    lines = [
        "| stage | parameters | TFLOP a row | rows | GPU-hours | GB a GPU, without activations |",
        "|---|---|---|---|---|---|",
    ]
    for name, cost in found.items():
        lines.append(
            f"| {name} | {cost.parameters / 1e6:,.0f}M | {cost.operations / 1e12:.2f} "
            f"| {cost.rows / 1e6:,.0f}M | {cost.hours:,.0f} | {cost.parameters * BYTES / 1e9:.0f} |"
        )
    hours = sum(cost.hours for cost in found.values())
    return "\n".join([*lines, f"| all | | | | {hours:,.0f} | |"])


def _stages(plan: Plan) -> dict[str, tuple[nn.Module, Callable[[], Tensor]]]:
    """Each network and what is computed for one row: what learns, and the frozen CLIP before it."""
    with torch.device("meta"):
        clip, prior, ar_prior = PaperClip(plan.clip), Prior(plan.prior), ARPrior(plan.ar_prior)
        decoder = PaperDecoder(plan.decoder)
        first, second = PaperUpsampler(plan.upsampler256), PaperUpsampler(plan.upsampler1024)
        tokens = torch.zeros(1, plan.clip.context, dtype=torch.long)
        embed, t = torch.zeros(1, plan.clip.dim), torch.zeros(1)
        codes = torch.zeros(1, plan.ar_prior.kept - 1, dtype=torch.long)
        large, small, known = (torch.zeros(1, c, s, s) for c, s in ((3, SIDE), (3, 64), (4, 64)))

    @torch.no_grad()
    def frozen(*, text: bool = True) -> Tensor:
        return clip.encode_image(large) + (clip.encode_text(tokens) if text else 0)

    return {
        "clip": (clip, lambda: clip.encode_image(large) + clip.encode_text(tokens)),
        "prior": (prior, lambda: prior(embed, t, tokens, frozen())),
        "ar_prior": (ar_prior, lambda: ar_prior(tokens, frozen(), t, codes)),
        "decoder": (decoder, lambda: decoder(small, t, frozen(text=False), tokens, known)),
        "upsampler256": (first, lambda: first(small, t, small)),
        "upsampler1024": (second, lambda: second(large, t, large)),
    }


def _operations(run: Callable[[], Tensor]) -> int:
    """Forwards and backwards; a multiplication with its addition counts as two."""
    with FlopCounterMode(display=False) as counter:
        run().sum().backward()
    return counter.get_total_flops()


if __name__ == "__main__":
    print(table(costs(Plan())))
