"""The page for long reviews: a server's cases, each in full, and what the cards' buttons do.

Its link is one moderator's own and lives for an hour; whether they still are one is asked of
Discord with every request. A form holds only while its case is as the page showed it. Nothing
that members wrote ever stands in an address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import discord
from aiohttp import web
from discord import app_commands

from bot.moderation import deeds, evidence, moderator
from bot.moderation.ask import LONGEST, Answer
from bot.moderation.case_list import CATEGORIES, STATES, Filter
from bot.moderation.cases import offer, seen_of, waits
from bot.moderation.moderator import KIND, Moderator
from bot.policy import CATEGORY_NAMES, PICTURE_CATEGORIES
from bot.presenters import review as texts
from bot.presenters.case import wordless
from bot.presenters.sentences import sentence
from bot.presenters.text import message_link
from bot.web.page import SERVICES, page
from db import cases, flags
from db.errors import FiveSquaresError
from db.flag_tables import Flag
from db.flags import UNDECIDED

CLIENT: web.AppKey[discord.Client] = web.AppKey("client", discord.Client)
NAMES: web.AppKey[dict[int, str]] = web.AppKey("names", dict)
CHANNELS = "https://discord.com/channels"
SHOWN = 25
MOST_NAMES = 5000
LONGEST_AGO = 3650
DEEDS = {
    "uphold": deeds.uphold,
    "overturn": deeds.overturn,
    "warn": deeds.warn,
    "block": deeds.block,
    "note": deeds.add_note,
    "unpost": deeds.delete_pictures,
    "ban": deeds.ban_picture,
    "timeout": deeds.time_out,
}
LENGTHS = {"block": tuple(deeds.BLOCKS), "timeout": tuple(deeds.TIMEOUTS)}
NEED_WHY = ("warn", "block", "note")


class Unfinished(FiveSquaresError):
    """Please write why: the member or the other moderators read it. Nothing was done."""


def open_to(app: web.Application, client: discord.Client) -> None:
    """Adds these pages, for whom the client can ask Discord about."""
    app[CLIENT], app[NAMES] = client, {}
    app.router.add_routes(ROUTES)


async def show_list(request: web.Request) -> web.StreamResponse:
    """The cases wanted, the newest first."""
    asking = await _moderator(request)
    return await _list(request, asking, request.query)


async def search(request: web.Request) -> web.StreamResponse:
    """The same for a form. Where no words are searched for, the answer has an address."""
    asking = await _moderator(request)
    fields = await request.post()
    if not _wanted(fields).words:
        raise web.HTTPSeeOther(f"{request.path}?{_query(_wanted(fields))}")
    return await _list(request, asking, fields)


async def show_case(request: web.Request) -> web.StreamResponse:
    """A case in full."""
    return await _case(request, await _moderator(request))


async def show_evidence(request: web.Request) -> web.StreamResponse:
    """The case's pictures, blurred."""
    asking = await _moderator(request)
    picture = await evidence.of_case(asking.services, await _flag(request, asking))
    if picture is None:
        raise web.HTTPNotFound
    return web.Response(body=picture.data, content_type="image/webp")


async def act(request: web.Request) -> web.StreamResponse:
    """Does what a button says and shows the case as it then is, in the channel's card, too."""
    asking = await _moderator(request)
    fields = {key: str(value) for key, value in (await request.post()).items()}
    case, asking = _number(request), replace(asking, seen=_digits(fields.get("seen", ""), 10**9))
    try:
        await _do(asking, request.match_info["deed"], case, fields)
    except (FiveSquaresError, app_commands.MissingPermissions) as error:
        return await _case(request, asking, sentence(error) or "", fields)
    async with asking.services.database.write() as session:
        await flags.post_again(session, case)
    raise web.HTTPSeeOther(f"{_home(request)}/{case}?{request.query_string}")


async def _do(asking: Moderator, deed: str, case: int, fields: Mapping[str, str]) -> None:
    """The deed of that name. Raises Unfinished, and what the deed raises."""
    reason, length = fields.get("reason", "").strip()[:LONGEST], fields.get(f"{deed}-length")
    if deed == "claim":
        await deeds.claim(asking, case, _digits(fields.get("handler", "")) or None)
    elif deed not in DEEDS:
        raise web.HTTPNotFound
    elif (deed in NEED_WHY and not reason) or length not in LENGTHS.get(deed, (length,)):
        raise Unfinished
    else:
        await DEEDS[deed](asking, case, Answer(reason, length, "tick" in fields))


async def _list(
    request: web.Request, asking: Moderator, fields: Mapping[str, Any]
) -> web.StreamResponse:
    wanted, database = _wanted(fields), asking.services.database
    async with database.read() as session:
        search = wanted.search(await database.now(session))
        total = await flags.count(session, asking.guild.id, search)
        before = _digits(str(fields.get("before", ""))) or None
        found = await flags.find(session, asking.guild.id, search, SHOWN + 1, before)
    shown = found[:SHOWN]
    names = await _names(request, (id for f in shown for id in (f.user_id, f.handler_id)))
    return page(
        "cases.html",
        guild=asking.guild.name,
        here=_home(request),
        query=_query(wanted),
        wanted=wanted,
        states=texts.STATES,
        categories=CATEGORY_NAMES | PICTURE_CATEGORIES,
        total=texts.total(total),
        lines=[texts.line(flag, names) for flag in shown],
        last=shown[-1].id if len(found) > SHOWN else 0,
        minute=texts.minute,
    )


async def _case(
    request: web.Request, asking: Moderator, mistake: str = "", filled: Mapping[str, str] = {}
) -> web.StreamResponse:
    """A case in full; where something could not be done, why not, and what was `filled` in."""
    flag, database = await _flag(request, asking), asking.services.database
    seen = await seen_of(asking.services, flag)
    async with database.read() as session:
        now = await database.now(session)
        following = await flags.next_open(session, asking.guild.id, flag.id)
    names = await _names(
        request, [flag.user_id, flag.handler_id, *(e.actor_id for e in seen.history)]
    )
    job = seen.job
    return page(
        "case.html",
        409 if mistake else 200,
        flag=flag,
        about=texts.about(flag),
        state=texts.state(flag, names),
        at=texts.minute(flag.created_at),
        told=texts.told(seen.history),
        matter=texts.matter(flag),
        wordless=wordless(flag),
        facts=list(texts.facts(seen, names, now)),
        history=[texts.entry(entry, names) for entry in seen.history],
        channel=f"{CHANNELS}/{asking.guild.id}/{flag.channel_id}",
        message=message_link(job.guild_id, job.channel_id, job.message_id)
        if job and job.message_id
        else "",
        evidence=await evidence.of_case(asking.services, flag) is not None,
        own=flag.user_id == asking.member.id,
        mine=flag.handler_id == asking.member.id,
        undecided=flag.state in UNDECIDED,
        offer=offer(flag),
        ticked="tick" in filled if mistake else waits(flag),
        lengths=LENGTHS,
        may_time_out=asking.member.guild_permissions.moderate_members,
        longest=LONGEST,
        following=following.id if following else 0,
        here=_home(request),
        query=request.query_string,
        mistake=mistake,
        reason=filled.get("reason", ""),
        minute=texts.minute,
    )


async def _moderator(request: web.Request) -> Moderator:
    """Who holds the link. Raises LinkDead, NotInServer, NotMember or MissingPermissions."""
    token = request.match_info["token"]
    return await moderator.of_link(request.app[SERVICES], request.app[CLIENT], token)


async def _flag(request: web.Request, asking: Moderator) -> Flag:
    """The case of the address. Raises CaseGone."""
    async with asking.services.database.read() as session:
        return await cases.of_guild(session, _number(request), asking.guild.id)


async def _names(request: web.Request, ids: Iterable[int | None]) -> dict[int, str]:
    """What these members are called; who can't be found is left out."""
    known, client = request.app[NAMES], request.app[CLIENT]
    if len(known) > MOST_NAMES:
        known.clear()
    for user_id in set(filter(None, ids)) - known.keys():
        try:
            known[user_id] = (await client.fetch_user(user_id)).display_name
        except discord.HTTPException:
            continue
    return known


def _wanted(fields: Mapping[str, Any]) -> Filter:
    """What is looked for; what can't be is left out."""
    state, category = str(fields.get("state", "open")), str(fields.get("category", ""))
    return Filter(
        state if state in STATES else "",
        category if category in CATEGORIES else "",
        _digits(str(fields.get("member", ""))),
        _digits(str(fields.get("days", "")), LONGEST_AGO),
        str(fields.get("words", "")).strip()[:100],
    )


def _query(wanted: Filter) -> str:
    """A filter in an address, without its words."""
    fields = {
        "state": wanted.state,
        "category": wanted.category,
        "member": wanted.user_id or "",
        "days": wanted.days or "",
    }
    return urlencode(fields)


def _digits(text: str, most: int = 2**63 - 1) -> int:
    """A number from outside, 0 where there is none."""
    text = text.strip()
    return min(int(text), most) if text.isdecimal() and len(text) < 20 else 0


def _number(request: web.Request) -> int:
    return int(request.match_info["case"])


def _home(request: web.Request) -> str:
    """The path of the list."""
    return f"/{KIND}/{request.match_info['token']}"


_CASE = f"/{KIND}/{{token}}/{{case:\\d{{1,18}}}}"
ROUTES = [
    web.get(f"/{KIND}/{{token}}", show_list),
    web.post(f"/{KIND}/{{token}}", search),
    web.get(_CASE, show_case),
    web.get(f"{_CASE}/evidence", show_evidence),
    web.post(f"{_CASE}/{{deed}}", act),
]
