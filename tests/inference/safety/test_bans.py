"""A banned picture is known again, also mirrored, and other pictures are not."""

import io

from PIL import Image, ImageOps

from fingerprint import fingerprint
from inference.safety.bans import check_bans
from inference.safety.check import Subject


def test_near_copies_are_known(portrait: Image.Image, drawn: list[Image.Image]) -> None:
    mark = fingerprint(portrait)
    assert mark
    banned = frozenset({mark})
    out = io.BytesIO()
    portrait.resize((300, 350)).save(out, "JPEG", quality=40)
    copies = [portrait, ImageOps.mirror(portrait), Image.open(out)]
    for copy in copies:
        [finding] = check_bans([Subject("", "upload", [drawn[0], copy], banned=banned)])
        assert finding is not None
        assert (finding.act, finding.category, finding.picture) == ("block", "banned", 1)
    assert check_bans([Subject("", "output", drawn, banned=banned)]) == [None]
    assert check_bans([Subject("", "upload", copies)]) == [None]
