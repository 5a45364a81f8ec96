"""`/history` and `/show`: whose pictures are found, by whom, and how one turns the pages."""

import discord
import pytest
from simcord.actors import MemberActor

from db import images
from tests.bot.studio import (
    ALONE,
    Said,
    Studio,
    alt_texts_of,
    answer_of,
    buttons_of,
    grid,
    painted,
    pictures_of,
    selects_of,
    text_of,
)


async def history(studio: Studio, member: MemberActor | None = None, **options: object) -> Said:
    result = await (member or studio.alice).slash(studio.channel, "history", **options)
    return answer_of(result)


async def delete(studio: Studio, job_id: int) -> None:
    async with studio.services.database.write() as session:
        await images.delete(session, job_id, studio.clock())


async def test_mine_newest_request_first_page_by_page(studio: Studio) -> None:
    for n in range(5):
        await studio.finished(f"cube {n}")
    page = await history(studio)
    assert "Your pictures" in text_of(page) and "20 pictures · page 1 of 3" in text_of(page)
    assert alt_texts_of(page) == [
        *(f"Picture {n}: cube 4" for n in (1, 2, 3, 4)),
        *(f"Picture {n}: cube 3" for n in (1, 2, 3, 4)),
        "Picture 1: cube 2",
    ]
    assert buttons_of(page) == ["Older"]
    assert selects_of(page) == ["Open a picture", "Show only"]

    await studio.alice.click(page, label="Older")
    await studio.alice.click(page, label="Older")
    assert "page 3 of 3" in text_of(page) and len(pictures_of(page)) == 2
    assert buttons_of(page) == ["Newer"]
    await studio.restart()
    await studio.alice.click(page, label="Newer")
    assert "page 2 of 3" in text_of(page) and buttons_of(page) == ["Newer", "Older"]


async def test_a_page_holds_small_copies(studio: Studio) -> None:
    await studio.imagine(images=4)
    await studio.worker.work(picture=painted(900, noise=True))
    page = await history(studio)

    names = [address.rpartition("/")[2] for address in pictures_of(page)]
    assert sorted(names) == [f"five-squares-1-{n}.webp" for n in range(1, 5)]
    for address in pictures_of(page):
        assert len(await studio.file(address)) < 200_000


async def test_without_pictures_it_says_how_to_make_some(studio: Studio) -> None:
    assert "`/imagine` makes some" in text_of(await history(studio))
    assert "None that you can see" in text_of(await history(studio, user=studio.bob))
    assert "⭐ under a single picture" in text_of(await history(studio, show="starred"))


async def test_narrowed_to_an_operation(studio: Studio) -> None:
    message = await studio.finished("a red cube")
    await studio.alice.click(message, label="V2 · 1🪙")
    await studio.worker.work()
    page = await history(studio)
    assert "7 pictures" in text_of(page)

    await studio.alice.select(page, ["variation"], custom_id=f"narrow:{studio.alice.id}")
    assert "Your pictures · Variations\n-# 3 pictures" in text_of(page)
    await studio.alice.select(page, ["interpolate"], custom_id=f"narrow:{studio.alice.id}")
    assert "None of that kind" in text_of(page) and selects_of(page) == ["Show only"]


async def test_favourites_are_anybodys_that_i_starred_the_last_first(studio: Studio) -> None:
    await studio.finished("mine", images=1)
    message = await studio.finished("theirs", images=2, member=studio.bob)
    for label, image_id in (("U2", 3), ("U1", 2)):
        [single] = (await studio.alice.click(message, label=label)).followups
        await studio.alice.click(single, custom_id=f"star:{image_id}")
        studio.clock.advance(1)

    assert alt_texts_of(await history(studio, show="starred")) == [
        "Picture 1: theirs",
        "Picture 2: theirs",
    ]
    assert len(pictures_of(await history(studio, user=studio.bob, show="starred"))) == 2
    assert pictures_of(await history(studio, studio.bob, show="starred")) == []


async def test_of_another_member_only_what_i_could_see_and_is_not_deleted(studio: Studio) -> None:
    hidden = studio.guild.create_text_channel(
        "hidden",
        overwrites={studio.guild.default_role: discord.PermissionOverwrite(view_channel=False)},
    )
    await studio.finished("in public", images=1, member=studio.moderator)
    for prompt in ("deleted", "elsewhere", "hidden"):
        await studio.finished(prompt, images=1, member=studio.moderator)
    await delete(studio, 2)
    async with studio.services.database.write() as session:
        for job_id, place in ((3, {"guild_id": 1}), (4, {"channel_id": hidden.id})):
            job = await session.get_one(type(await studio.job()), job_id)
            for name, value in place.items():
                setattr(job, name, value)

    page = await history(studio, user=studio.moderator)
    own = await history(studio, studio.moderator)
    assert f"Pictures of <@{studio.moderator.id}>" in text_of(page)
    assert alt_texts_of(page) == ["Picture 1: in public"]
    assert alt_texts_of(own) == [f"Picture 1: {p}" for p in ("hidden", "elsewhere", "in public")]


async def test_opening_one_shows_it_with_its_buttons_to_me_alone(studio: Studio) -> None:
    await studio.finished("a red cube", images=2)
    page = await history(studio)
    await studio.finished("a blue ball", images=1)
    single = answer_of(await studio.alice.select(page, ["2"], custom_id="open"))

    assert "`#1-2`" in text_of(single) and buttons_of(single) == ALONE
    placed = await studio.alice.click(single, label="Variations · 1🪙")
    assert not placed.ephemeral
    assert (await studio.job(3)).params["sources"] == [2]


async def test_a_page_that_is_no_more_becomes_the_last_one(studio: Studio) -> None:
    for _ in range(3):
        await studio.finished()
    page = await history(studio)
    for job_id in (1, 2):
        await delete(studio, job_id)
    await studio.alice.click(page, label="Older")

    assert "4 pictures" in text_of(page) and len(pictures_of(page)) == 4


async def test_show_one(studio: Studio) -> None:
    await studio.finished(images=2)
    for number in ("1-2", "#1-2", " 1-2 "):
        single = answer_of(await studio.bob.slash(studio.channel, "show", id=number))
        assert "`#1-2`" in text_of(single) and buttons_of(single) == ALONE, number


async def test_show_a_whole_request_with_all_its_buttons(studio: Studio) -> None:
    await studio.finished(images=3)
    shown = answer_of(await studio.alice.slash(studio.channel, "show", id="1"))
    assert buttons_of(shown) == grid(3)

    single = answer_of(await studio.alice.click(shown, label="U3"))
    assert "`#1-3`" in text_of(single)


async def test_show_what_is_on_its_way(studio: Studio) -> None:
    message = (await studio.imagine()).response
    shown = answer_of(await studio.alice.slash(studio.channel, "show", id="1"))

    assert "already on its way" in text_of(shown) and str(message.id) in text_of(shown)


async def test_show_what_is_not_there(studio: Studio) -> None:
    """The second request is of another server; of the first, one picture is asked for too many."""
    await studio.finished(images=2)
    await studio.finished(member=studio.bob)
    async with studio.services.database.write() as session:
        (await session.get_one(type(await studio.job()), 2)).guild_id = 1
    for number in ("2", "1-5", "1-3", "0", "one", "1-", "9" * 40, "2-1"):
        result = await studio.alice.slash(studio.channel, "show", id=number)
        assert "can see no picture of that number" in text_of(answer_of(result)), number


async def test_show_nothing_that_was_deleted(studio: Studio) -> None:
    await studio.finished()
    await delete(studio, 1)
    for number in ("1", "1-1"):
        result = await studio.alice.slash(studio.channel, "show", id=number)
        assert "can see no picture of that number" in text_of(answer_of(result))


async def test_show_offers_my_own(studio: Studio) -> None:
    await studio.finished("a red cube", images=1)
    await studio.finished("a blue ball", images=1, member=studio.bob)
    offered = await studio.alice.autocomplete(studio.channel, "show", "id", "")

    assert [choice["value"] for choice in offered] == ["1-1"]


@pytest.mark.parametrize("private", [False, True])
async def test_what_is_deleted_from_show_is_taken_away_where_it_was_made(
    studio: Studio, private: bool
) -> None:
    await studio.imagine(private=private)
    await studio.worker.work()
    await studio.delivery.deliver_once()
    home = studio.alice.user.dm_channel if private else studio.channel
    assert home is not None and len(home.history()) == 1
    shown = answer_of(await studio.alice.slash(studio.channel, "show", id="1"))
    asked = await studio.alice.click(shown, custom_id="del:1")
    assert pictures_of(answer_of(asked)) == [], "the question takes the place of the pictures"
    await studio.alice.click(answer_of(asked), label="Delete them")
    await studio.sweep()
    assert home.history() == []
