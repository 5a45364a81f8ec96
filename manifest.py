"""What a picture's signed metadata (C2PA) say, and whether that can be believed.

Imports nothing of this project.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import c2pa

DISCLOSURE = "org.fivesquares.disclosure"
"""The assertion in which our own pictures say provider, system, version, time and id."""
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
BY_AI = SOURCE_TYPES + "trainedAlgorithmicMedia"
MADE_BY_AI = (BY_AI, SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia")
LONGEST = 100
"""Characters of a word from outside."""
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
"""What a manifest says lies elsewhere is not fetched: its address is the picture's word."""


class Standing(StrEnum):
    """How far a manifest can be believed."""

    trusted = "trusted"  # signed by one of those we trust, and the picture is as it was
    unknown = "unknown"  # whole, but anybody may have signed it
    altered = "altered"  # the picture or the manifest was changed afterwards
    damaged = "damaged"  # there is something, which can't be read


@dataclass(frozen=True)
class Manifest:
    """`signer` is who signed, in their own words; `told` what our disclosure says.

    `parents` counts the pictures that it came from.
    """

    standing: Standing
    signer: str = ""
    made_by_ai: bool = False
    parents: int = 0
    told: Mapping[str, str] = field(default_factory=dict)


def read(data: bytes, trusted: Sequence[str]) -> Manifest | None:
    """The newest manifest of a PNG, JPEG or WebP; None if there is none. Fetches nothing.

    `trusted` are certificates of authorities, as PEM.
    """
    kind = next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), None)
    if kind is None:
        return None
    settings: dict[str, dict[str, Any]] = {"verify": OFFLINE | {"verify_trust": True}}
    if trusted:
        settings["trust"] = {"user_anchors": "\n".join(trusted)}
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(kind, io.BytesIO(data), context=context) as reader,
        ):
            return _manifest(json.loads(reader.json()))
    except c2pa.C2paError as error:
        return None if "ManifestNotFound" in str(error) else Manifest(Standing.damaged)
    except (AttributeError, KeyError, TypeError, ValueError):  # whole, but of a strange shape
        return Manifest(Standing.damaged)


def _manifest(store: Mapping[str, Any]) -> Manifest:
    active = store["manifests"][store["active_manifest"]]
    states = {"Trusted": Standing.trusted, "Valid": Standing.unknown}
    assertions = {each["label"]: each["data"] for each in active.get("assertions", ())}
    actions = assertions.get("c2pa.actions.v2", assertions.get("c2pa.actions", {}))
    sources = [each.get("digitalSourceType") for each in actions.get("actions", ())]
    told = assertions.get(DISCLOSURE, {})
    return Manifest(
        states.get(store.get("validation_state", ""), Standing.altered),
        str(active.get("signature_info", {}).get("issuer", ""))[:LONGEST],
        any(source in MADE_BY_AI for source in sources),
        len(active.get("ingredients", ())),
        {str(name)[:LONGEST]: str(value)[:LONGEST] for name, value in told.items()},
    )
