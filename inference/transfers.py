"""From the machine's memory to a GPU's and back: pinned memory needs no further copy, and no wait.

On other devices there is nothing to carry. Knows no networks.
"""

from __future__ import annotations

import torch
from torch import Tensor


def onto(tensor: Tensor, device: torch.device) -> Tensor:
    """The same there; what the device has still to compute is not waited for."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def off(tensor: Tensor) -> Tensor:
    """The same in the machine's memory, complete."""
    if tensor.device.type != "cuda":
        return tensor.cpu()
    host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    host.copy_(tensor, non_blocking=True)
    torch.cuda.current_stream(tensor.device).synchronize()
    return host
