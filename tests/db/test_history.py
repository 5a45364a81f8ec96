"""Which pictures are found again, by whom: on both databases."""

from datetime import timedelta
from typing import Any

from db import history, images
from db.history import Sight, Wanted
from db.tables import Operation
from tests.db.test_images import add
from tests.db.town import Town

ME, OTHER = 1, 2
HERE = Sight(ME, guild_id=2, channels=(3,))
"""Where the town's requests are made."""


async def made(town: Town, user: int, pictures: int = 1, **more: Any) -> list[int]:
    job = await town.ask(user, **more)
    [claimed] = await town.claim()
    await town.finish(claimed)
    return [(await add(town, job, index)).id for index in range(pictures)]


async def found(
    town: Town, sight: Sight, wanted: Wanted, limit: int = 100, at: int = 0
) -> list[int]:
    async with town.database.read() as session:
        total = await history.count(session, sight, wanted)
        everything = await history.find(session, sight, wanted, 100)
        assert len(everything) == total
        shown = await history.find(session, sight, wanted, limit, at)
    return [image.id for image, _ in shown]


async def test_newest_request_first_and_its_pictures_in_order(town: Town):
    old, new = await made(town, ME, 2), await made(town, ME, 2)
    assert await found(town, HERE, Wanted(ME)) == new + old
    assert await found(town, HERE, Wanted(ME), limit=2, at=1) == [new[1], old[0]]
    assert await found(town, HERE, Wanted(ME), at=9) == []


async def test_others_only_where_i_can_see_them(town: Town):
    [public] = await made(town, OTHER)
    await made(town, OTHER)
    await town.do(images.delete, 2, town.now)
    await made(town, OTHER, channel_id=4)
    await made(town, OTHER, guild_id=9)
    await made(town, OTHER, guild_id=None)
    await made(town, OTHER, private=True)
    assert await found(town, HERE, Wanted(OTHER)) == [public]
    assert await found(town, Sight(ME), Wanted(OTHER)) == []


async def test_mine_wherever_i_am(town: Town):
    [elsewhere] = await made(town, ME, guild_id=9, channel_id=4)
    assert await found(town, Sight(ME), Wanted(ME)) == [elsewhere]


async def test_by_operation(town: Town):
    await made(town, ME)
    [varied] = await made(town, ME, operation=Operation.variation)
    assert await found(town, HERE, Wanted(ME, Operation.variation)) == [varied]


async def test_starred_by_me_the_last_first(town: Town):
    [mine], [theirs], [hidden] = [
        await made(town, ME), await made(town, OTHER), await made(town, OTHER, channel_id=4),
    ]  # fmt: skip
    for moment, image in enumerate((theirs, mine, hidden)):
        await town.do(images.star, ME, image, town.now + timedelta(seconds=moment))
    await town.do(images.star, OTHER, mine, town.now)
    assert await found(town, HERE, Wanted(ME, starred=True)) == [mine, theirs]
    assert await found(town, HERE, Wanted(OTHER, starred=True)) == [theirs]
