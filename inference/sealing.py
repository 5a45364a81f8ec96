"""A signed manifest (C2PA) in a picture's file: who made it, with what, when, and from what.

It is the last thing that is written: whatever is changed after it shows.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import c2pa

from inference.authority import PROVIDER, Authority
from manifest import BY_AI, DISCLOSURE, OFFLINE

VERSION = "0.1.0"
PLACED = ("inpaint", "outpaint")
"""Operations whose pictures hold pixels of their parents; others only came from them."""


@dataclass(frozen=True)
class Parent:
    """A picture that another came from: its signed file, or nothing where a member brought it."""

    title: str
    file: bytes | None = None


@dataclass(frozen=True)
class Made:
    """What a manifest tells of a picture."""

    title: str
    model: str
    operation: str
    at: datetime
    parents: Sequence[Parent] = ()


def seal(png: bytes, made: Made, authority: Authority) -> bytes:
    """The same PNG with the manifest in it. A parent's manifest comes along, its pixels don't."""
    settings = {
        "builder": {"thumbnail": {"enabled": False}},
        "trust": {"user_anchors": authority.certificate},
        "verify": {**OFFLINE, "verify_after_sign": False},
    }
    out = io.BytesIO()
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Signer.from_info(authority.signer) as signer,
        c2pa.Builder(json.dumps(_definition(made)), context) as builder,
    ):
        for number, parent in enumerate(made.parents):
            if parent.file is not None:
                ingredient = _ingredient(number, parent, made)
                builder.add_ingredient(ingredient, "image/png", io.BytesIO(parent.file))
        builder.sign(signer, "image/png", io.BytesIO(png), out)
    return out.getvalue()


def _definition(made: Made) -> dict[str, Any]:
    """Created by a model; then the pixels of a parent were placed into it, if they were."""
    when = made.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    agent = {"name": f"{PROVIDER}: {made.model}", "version": VERSION}
    actions: list[dict[str, Any]] = [
        {"action": "c2pa.created", "digitalSourceType": BY_AI, "when": when, "softwareAgent": agent}
    ]
    if made.operation in PLACED:
        placed = {"ingredientIds": [_label(number) for number in range(len(made.parents))]}
        actions.append({"action": "c2pa.placed", "when": when, "parameters": placed})
    disclosure = {
        "provider": PROVIDER, "system": made.model, "version": VERSION, "time": when,
        "id": secrets.token_hex(16), "operation": made.operation,
    }  # fmt: skip
    return {
        "claim_generator_info": [{"name": PROVIDER, "version": VERSION}],
        "title": made.title,
        "format": "image/png",
        "ingredients": [
            _ingredient(number, parent, made)
            for number, parent in enumerate(made.parents)
            if parent.file is None
        ],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": DISCLOSURE, "data": disclosure},
        ],
    }


def _ingredient(number: int, parent: Parent, made: Made) -> dict[str, Any]:
    relation = "componentOf" if made.operation in PLACED else "inputTo"
    return {
        "title": parent.title, "format": "image/png", "relationship": relation,
        "label": _label(number),
    }  # fmt: skip


def _label(number: int) -> str:
    return f"parent-{number}"
