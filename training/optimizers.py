"""How a stage learns: Muon for the matrices and filters, AdamW for all else. Knows no stage.

Muon (Jordan et al. 2024) steps along the nearest orthogonal matrix instead of the gradient; from
as few pictures as a CPU can see in hours it came further than AdamW alone (training/README.md).
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn, optim

from training.processes import in_bf16

MOMENTUM = 0.95
TURNS, QUINTIC = 5, (3.4445, -4.7750, 2.0315)
"""Newton–Schulz steps and their coefficients, as Jordan et al. chose them."""


class Optimizers:
    """One AdamW and one Muon that step together; without `muon`, AdamW alone."""

    def __init__(
        self, network: nn.Module, decay: float, *, muon: bool = True, beta2: float = 0.99,
        eps: float = 1e-8,
    ) -> None:  # fmt: skip
        filters = list(_filters(network)) if muon else []
        chosen = {id(weight) for weight in filters}
        rest = [p for p in network.parameters() if id(p) not in chosen]
        self.parts: list[optim.Optimizer] = [Muon(filters, decay)] if muon else []
        self.parts.append(optim.AdamW(rest, betas=(0.9, beta2), eps=eps, weight_decay=decay))

    def step(self, rate: float) -> None:
        """One step at the learning rate `rate`; gradients are forgotten after it."""
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad(set_to_none=True)


class Muon(optim.Optimizer):
    """Muon for weights of any shape, in steps as long as AdamW's (Liu et al. 2025).

    torch's own takes matrices one by one, and in bf16, which takes a hundred times as long as fp32
    on a CPU without it. This one takes those of a shape together, in what the device computes fast.
    """

    def __init__(self, weights: list[Tensor], decay: float) -> None:
        super().__init__(weights, {"lr": 0.0, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """One step of every weight that has a gradient."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    ahead = self._ahead(weight)
                    alike[ahead.shape].append((weight, ahead))
            for shape, pairs in alike.items():
                turned = orthogonal(torch.stack([ahead for _, ahead in pairs]))
                length = group["lr"] * 0.2 * max(shape) ** 0.5
                for (weight, _), way in zip(pairs, turned, strict=True):
                    weight.mul_(1 - group["lr"] * group["decay"])
                    weight.sub_(way.view_as(weight), alpha=length)

    def _ahead(self, weight: Tensor) -> Tensor:
        """The gradient as a matrix, with Nesterov's momentum."""
        assert weight.grad is not None
        gradient, state = weight.grad.flatten(1), self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(gradient)
        return gradient.lerp(state["momentum"].lerp_(gradient, 1 - MOMENTUM), MOMENTUM)


def orthogonal(matrices: Tensor) -> Tensor:
    """About the nearest orthogonal matrix of each [n, rows, columns], by Newton and Schulz."""
    if matrices.shape[1] > matrices.shape[2]:
        return orthogonal(matrices.mT).mT
    a, b, c = QUINTIC
    x = matrices.to(torch.bfloat16 if in_bf16() else torch.float32)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(TURNS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(matrices.dtype)


def _filters(network: nn.Module) -> list[Tensor]:
    found: list[Tensor] = []
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            found.append(module.weight)
        elif isinstance(module, nn.MultiheadAttention):
            found.append(module.in_proj_weight)
    return found
