"""Functions of networks as compiled graphs, each recorded for a few sizes of a batch.

On a GPU a step is a thousand small launches, and launching takes longer than computing; a recorded
graph is launched at once. Since it has one size, a batch is filled up to the next one. Rows of a
batch do not know each other, so the pictures stay the same. Knows no network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from functools import cache, update_wrapper
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

log = logging.getLogger(__name__)
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Of a batch, for which graphs are recorded; a larger one is computed as it is."""
TRIES = 2  # calls before a recording, in which kernels are compiled and chosen


class Graphs:
    """A function whose tensors have the batch as their first dimension, or none.

    Where it can't be compiled, it goes on as the plain function that it was, with a warning.
    """

    def __init__(self, plain: Callable[..., Any], compiler: str, device: torch.device) -> None:
        update_wrapper(self, plain, updated=())
        self.plain = plain
        self._records = device.type == "cuda"
        self._compiled = torch.compile(plain, backend=compiler, fullgraph=True)
        self._recorded: dict[Hashable, _Recorded] = {}
        self._works = True

    def __call__(self, *args: Any, **named: Any) -> Any:
        """As the plain function."""
        leaves, form = tree_flatten((args, named))
        rows = _rows(leaves)
        if not self._works or rows > SIZES[-1]:
            return self.plain(*args, **named)
        size = next(size for size in SIZES if size >= rows)
        try:
            results = self._call([_filled(leaf, rows, size) for leaf in leaves], form)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            log.warning("it goes on uncompiled (%s)", type(error).__name__)
            log.debug("why", exc_info=error)
            self._works = False
            return self.plain(*args, **named)
        return tree_map(lambda leaf: leaf[:rows].clone(), results)

    def _call(self, leaves: Sequence[Any], form: Any) -> Any:
        if not self._records or any(type(leaf) in (int, float) for leaf in leaves):
            args, named = tree_unflatten(leaves, form)
            return self._compiled(*args, **named)
        key = form, *(_kind(leaf) for leaf in leaves)
        if key not in self._recorded:
            self._recorded[key] = _Recorded(self._compiled, leaves, form)
        return self._recorded[key](leaves)


class _Recorded:
    """One graph of the GPU; what it reads and writes stays at its place."""

    def __init__(self, function: Callable[..., Any], leaves: Sequence[Any], form: Any) -> None:
        self._read = [x.clone() if isinstance(x, Tensor) else x for x in leaves]
        args, named = tree_unflatten(self._read, form)
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(TRIES):
                function(*args, **named)
        torch.cuda.current_stream().wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=_pool(), capture_error_mode="thread_local"):
            self._written = function(*args, **named)

    def __call__(self, leaves: Sequence[Any]) -> Any:
        """The results, until the next call."""
        for kept, given in zip(self._read, leaves, strict=True):
            if isinstance(kept, Tensor):
                kept.copy_(given)
        self._graph.replay()
        return self._written


@cache
def _pool() -> Any:
    """The memory that all graphs share: they run one after the other."""
    return torch.cuda.graph_pool_handle()


def _rows(leaves: Sequence[Any]) -> int:
    return next(len(leaf) for leaf in leaves if isinstance(leaf, Tensor) and leaf.ndim > 1)


def _filled(leaf: Any, rows: int, size: int) -> Any:
    """With the last row repeated up to the size."""
    if rows == size or not isinstance(leaf, Tensor) or leaf.ndim == 0 or len(leaf) != rows:
        return leaf
    return torch.cat((leaf, leaf[-1:].expand(size - rows, *leaf.shape[1:])))


def _kind(leaf: Any) -> Hashable:
    if isinstance(leaf, Tensor):
        return leaf.shape, leaf.dtype, leaf.stride()
    return leaf
