"""Where a drawing's time goes, network by network, and how near it is to what the device can do.

The roof is measured, not looked up: a large product of matrices, and a large copy. A network can't
be faster than its arithmetic at the one, or than reading its weights at the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measuring import seconds_of
from benchmarks.sides import Pair
from inference.backends.networks import Place


@dataclass
class Share:
    """What one method of a network took of a drawing; `work` is operations of one call."""

    name: str
    weights: int
    calls: int = 0
    seconds: float = 0.0
    work: int = 0

    def least(self, roof: Roof) -> float:
        """Seconds that no implementation can go below."""
        return self.calls * max(self.work / roof.flops, self.weights / roof.bandwidth)


@dataclass(frozen=True)
class Roof:
    """Operations and bytes a second."""

    flops: float
    bandwidth: float


def explain(pair: Pair, prompts: Sequence[str], seeds: Sequence[int], place: Place) -> str:
    """A table for one batch of our backend, with a sentence."""
    shares: list[Share] = []
    with _watched(_networks(pair.backend), shares, place, _counted):
        pair.ours(prompts, seeds)
    for share in shares:
        share.calls, share.seconds = 0, 0.0
    with _watched(_networks(pair.backend), shares, place, _timed):
        whole = seconds_of(lambda: pair.ours(prompts, seeds), place)
    return _table(pair.name, [share for share in shares if share.calls], whole, measure(place))


def _table(name: str, shares: Sequence[Share], whole: float, roof: Roof) -> str:
    rest = whole - sum(share.seconds for share in shares)
    rows = [
        f"| {share.name} | {share.calls} | {share.seconds:.3f} | {share.seconds / whole:.0%} "
        f"| {share.calls * share.work / 1e12:.3f} | {share.least(roof) / share.seconds:.0%} |"
        for share in sorted(shares, key=lambda share: -share.seconds)
    ]
    rows.append(f"| schedules, noise, pictures | | {rest:.3f} | {rest / whole:.0%} | | |")
    least = sum(share.least(roof) for share in shares)
    return "\n".join((
        f"Where the {whole:.2f} s of a batch of {name} go:\n",
        "| part | calls | seconds | share | tera-operations | of the roof |\n" + "| --- " * 6 + "|",
        *rows,
        f"\nAt {roof.flops / 1e12:.2f} tera-operations and {roof.bandwidth / 1e9:.0f} GB a second, "
        f"measured, it can't take less than {least:.3f} s: it is at {least / whole:.0%} of the "
        "roof.\n",
    ))  # fmt: skip


def _networks(backend: Any) -> dict[str, nn.Module]:
    """Every network that a backend holds, itself or in its encoders or its pipeline."""
    held = vars(backend) | vars(backend).get("_pipes", {"text": None})
    holders = [held, vars(held["_encoders"]) if "_encoders" in held else {}]
    if held.get("text") is not None:
        holders.append(held["text"].components)
    found = {name: part for each in holders for name, part in each.items()}
    return {name.strip("_"): part for name, part in found.items() if isinstance(part, nn.Module)}


Watching = Callable[[Callable[..., Any], Share, Place], Callable[..., Any]]


@contextmanager
def _watched(
    networks: dict[str, nn.Module], shares: list[Share], place: Place, watching: Watching
) -> Iterator[None]:
    """Puts a watch on what is called of the networks; fills `shares`, one for each of them."""
    known = {share.name: share for share in shares}
    before: list[tuple[nn.Module, str, Any]] = []
    for name, network in networks.items():
        bytes_ = sum(p.numel() * p.element_size() for p in network.parameters())
        for method in ("forward", "decode"):
            if not hasattr(network, method):
                continue
            called = f"{name}.decode" if method == "decode" else name
            share = known.setdefault(called, Share(called, bytes_))
            before.append((network, method, vars(network).get(method)))
            setattr(network, method, watching(getattr(network, method), share, place))
    shares[:] = known.values()
    try:
        yield
    finally:
        for network, method, own in before:
            delattr(network, method) if own is None else setattr(network, method, own)


def _timed(function: Callable[..., Any], share: Share, place: Place) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        result: list[Any] = []
        share.seconds += seconds_of(lambda: result.append(function(*args, **named)), place)
        share.calls += 1
        return result[0]

    return call


def _counted(function: Callable[..., Any], share: Share, place: Place) -> Callable[..., Any]:
    """Counts a first call, of the plain function: a compiled one hides its operations."""
    plain = getattr(function, "plain", function)

    def call(*args: Any, **named: Any) -> Any:
        if share.work:
            return function(*args, **named)
        with FlopCounterMode(display=False) as counter:
            result = plain(*args, **named)
        share.work = counter.get_total_flops()
        return result

    return call


def measure(place: Place) -> Roof:
    """The best of several tries, in the precision of the place."""
    side, length = (8192, 2**28) if place.device.type == "cuda" else (1024, 2**24)
    matrix = torch.randn(side, side, device=place.device, dtype=place.dtype)
    much = torch.zeros(length, device=place.device, dtype=torch.float32)
    into = torch.empty_like(much)
    products = min(seconds_of(lambda: matrix @ matrix, place) for _ in range(5))
    copies = min(seconds_of(lambda: into.copy_(much), place) for _ in range(5))
    return Roof(2 * side**3 / products, 2 * 4 * length / copies)
