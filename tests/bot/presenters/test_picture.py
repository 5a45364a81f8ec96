"""What a picture says of itself."""

from datetime import UTC, datetime

import pytest

from bot.presenters.picture import info
from db.tables import Job, Operation


@pytest.mark.parametrize(
    ("lane", "shown"),
    [
        ("mini", "mini"),
        ("kandinsky-2.2", "kandinsky-2.2"),
        ("someone/drawing", "someone/drawing"),
        ("./dream", "dream"),
        ("/home/ann/models/dream", "dream"),
        ("~/dream", "dream"),
        (r"C:\Users\Ann\dream", "dream"),
    ],
)
def test_a_model_is_named_without_the_way_to_a_hosts_folder(lane: str, shown: str):
    job = Job(
        id=7,
        user_id=1,
        lane=lane,
        operation=Operation.text_to_image,
        params={"prompt": "", "seed": 1, "images": 1, "sources": []},
        created_at=datetime(2026, 3, 10, tzinfo=UTC),
    )
    assert f"model `{shown}`" in info(job, [], [])
