"""How a stage learns: Muon for the matrices and filters, AdamW for all else. Knows no stage.

Muon (Jordan et al. 2024) steps along the nearest orthogonal matrix instead of the gradient; from
as few pictures as a CPU can see in hours it came further than AdamW alone (training/README.md).
"""

from __future__ import annotations

from torch import Tensor, nn, optim


class Optimizers:
    """One AdamW and one Muon that step together; without `muon`, AdamW alone."""

    def __init__(
        self, network: nn.Module, decay: float, *, muon: bool = True, beta2: float = 0.99,
        eps: float = 1e-8,
    ) -> None:  # fmt: skip
        self._filters = list(_filters(network)) if muon else []
        chosen = {id(weight) for weight in self._filters}
        rest = [p for p in network.parameters() if id(p) not in chosen]
        # Muon takes matrices only: each filter lends its memory to a flat view.
        self._flat = [
            weight.detach().view(len(weight), -1).requires_grad_() for weight in self._filters
        ]
        self.parts: list[optim.Optimizer] = []
        if muon:
            turned = optim.Muon(self._flat, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
            self.parts.append(turned)
        self.parts.append(optim.AdamW(rest, betas=(0.9, beta2), eps=eps, weight_decay=decay))

    def step(self, rate: float) -> None:
        """One step at the learning rate `rate`; gradients are forgotten after it."""
        for flat, weight in zip(self._flat, self._filters, strict=True):
            flat.grad = None if weight.grad is None else weight.grad.reshape(flat.shape)
            weight.grad = None
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad(set_to_none=True)


def _filters(network: nn.Module) -> list[Tensor]:
    found: list[Tensor] = []
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            found.append(module.weight)
        elif isinstance(module, nn.MultiheadAttention):
            found.append(module.in_proj_weight)
    return found
