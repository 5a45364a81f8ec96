"""`/mod`: cases, members, blocks, notes, exports and rules, for a server's moderators."""

import io
from typing import Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.answers import Interaction, check_moderator, services_of
from bot.cogs.bans import PictureCommands
from bot.cogs.figures import FigureCommands
from bot.cogs.policy import PolicyCommands
from bot.layout import page
from bot.moderation import deeds
from bot.moderation.ask import LONGEST, Answer
from bot.moderation.case_list import Filter, cases_of
from bot.moderation.cases import show
from bot.moderation.guild_policy import policy_of
from bot.moderation.moderator import here
from bot.policy import CATEGORY_NAMES, PICTURE_CATEGORIES
from bot.presenters import mod as texts
from bot.presenters.export import Format, export
from bot.request import PROMPT_LIMIT
from db import blocks, flags, guilds
from db.errors import FiveSquaresError
from db.flags import Search
from db.standing import WINDOW

EXPORTED = 5000
"""Cases in one file."""
Length = Literal["1 hour", "24 hours", "7 days", "For good"]
CATEGORIES = [
    Choice(name=name, value=key) for key, name in (CATEGORY_NAMES | PICTURE_CATEGORIES).items()
]
StateName = Literal["open", "appealed", "upheld", "overturned"]


class Oneself(FiveSquaresError):
    """Moderators neither block nor unblock themselves; another one can."""


@app_commands.default_permissions(manage_messages=True)
@app_commands.guild_only()
class Mod(commands.GroupCog, name="mod", description="For moderators: cases, members and rules"):
    """The commands. All are checked here again: a server may show them to anyone."""

    rules = app_commands.Group(name="rules", description="The rules of the content policy")
    figures = FigureCommands(name="figures", description="People who may not be drawn here")
    picture = PictureCommands(name="picture", description="Pictures that are not wanted here")
    policy = PolicyCommands(name="policy", description="What happens to which prompts here")

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Raises MissingPermissions for who doesn't moderate."""
        check_moderator(interaction)
        return True

    @app_commands.command(description="Open one case")
    @app_commands.describe(number="The number on its card")
    async def case(self, interaction: Interaction, number: Range[int, 1]) -> None:
        """Answers with its card."""
        await show(interaction, number)

    @app_commands.command(description="Find cases")
    @app_commands.describe(
        state="How they stand; all if you leave it out",
        category="What they are about",
        member="Whose they are",
        days="How old they are at most, in days",
        words="Words in the prompt",
    )
    @app_commands.choices(category=CATEGORIES)
    async def cases(
        self,
        interaction: Interaction,
        state: StateName | None = None,
        category: Choice[str] | None = None,
        member: discord.User | None = None,
        days: Range[int, 1, 3650] | None = None,
        words: Range[str, 1, 100] | None = None,
    ) -> None:
        """Answers with a list of those that fit."""
        guild_id = check_moderator(interaction)
        wanted = Filter(
            state or "",
            category.value if category else "",
            member.id if member else 0,
            days or 0,
            words or "",
        )
        view = await cases_of(interaction, guild_id, wanted)
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(description="See a member's record")
    @app_commands.describe(member="Whose")
    async def user(self, interaction: Interaction, member: discord.User) -> None:
        """Answers with the record; `/mod cases` lists the cases themselves."""
        guild_id = check_moderator(interaction)
        database = services_of(interaction).database
        async with database.read() as session:
            now = await database.now(session)
            total = await flags.count(session, guild_id, Search(user_id=member.id))
            standing = await flags.standing(session, member.id, guild_id, now - WINDOW)
            found = await blocks.of_user(session, member.id, guild_id)
        text = texts.member_record(member.id, total, standing, found, now)
        await interaction.response.send_message(view=page(text), ephemeral=True)

    @app_commands.command(description="Keep a member from using the bot here")
    @app_commands.describe(member="Who", length="For how long", reason="Why; they will read it")
    async def block(
        self,
        interaction: Interaction,
        member: discord.User,
        length: Length,
        reason: Range[str, 1, LONGEST],
    ) -> None:
        """Blocks without a case, and tells the member."""
        guild_id = check_moderator(interaction)
        if member.id == interaction.user.id:
            raise Oneself
        database = services_of(interaction).database
        async with database.write() as session:
            made = await blocks.add(
                session,
                user_id=member.id,
                guild_id=guild_id,
                actor_id=interaction.user.id,
                reason=reason,
                length=deeds.BLOCKS[length],
                now=await database.now(session),
            )
        await interaction.response.send_message(
            texts.blocked(member.id, made.until), ephemeral=True
        )
        await deeds.tell_blocked(here(interaction), member.id, made)

    @app_commands.command(description="Let a member use the bot again")
    @app_commands.describe(member="Who")
    async def unblock(self, interaction: Interaction, member: discord.User) -> None:
        """Ends all blocks of the member here."""
        if member.id == interaction.user.id:
            raise Oneself
        number = await deeds.unblock(here(interaction), member.id)
        text = texts.unblocked(member.id, number)
        await interaction.response.send_message(text, ephemeral=True)
        if number:
            await deeds.tell_unblocked(here(interaction), member.id)

    @app_commands.command(description="Leave a note on a case")
    @app_commands.describe(number="The number on its card", text="What others should know")
    async def note(
        self, interaction: Interaction, number: Range[int, 1], text: Range[str, 1, LONGEST]
    ) -> None:
        """Adds it to the history."""
        await deeds.add_note(here(interaction), number, Answer(text))
        await interaction.response.send_message(texts.noted(number), ephemeral=True)

    @app_commands.command(description="Get the newest cases as a file")
    @app_commands.describe(form="For a spreadsheet, or for a program")
    @app_commands.rename(form="format")
    async def export(self, interaction: Interaction, form: Format = "csv") -> None:
        """Answers with the file, for the moderator alone."""
        guild_id = check_moderator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with services_of(interaction).database.read() as session:
            found = await flags.find(session, guild_id, Search(), EXPORTED)
        file = discord.File(io.BytesIO(export(found, form)), f"cases.{form}")
        text = texts.exported(len(found), len(found) == EXPORTED)
        await interaction.followup.send(text, file=file, ephemeral=True)

    @app_commands.command(description="Choose the channel where new cases are posted")
    @app_commands.describe(channel="A channel that only moderators see; none if you leave it out")
    async def channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        """Notes it; the cards come from then on."""
        guild_id = check_moderator(interaction)
        if channel is not None:
            deeds.check_may_post_cards(channel)
        async with services_of(interaction).database.write() as session:
            await guilds.choose(session, guild_id, mod_channel_id=channel.id if channel else None)
        text = texts.mod_channel(channel.id if channel else None)
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(description="Hold the queue of this server: nothing new, nothing made")
    async def pause(self, interaction: Interaction) -> None:
        """What is being made is finished."""
        await _pause(interaction, True)

    @app_commands.command(description="Let the queue of this server go on")
    async def resume(self, interaction: Interaction) -> None:
        """What waits keeps its place."""
        await _pause(interaction, False)

    @rules.command(name="test", description="See what the policy says of a prompt")
    @app_commands.describe(prompt="Nothing is made of it, and no case is opened")
    async def rules_test(
        self, interaction: Interaction, prompt: Range[str, 1, PROMPT_LIMIT]
    ) -> None:
        """Answers with every rule that the prompt breaks."""
        services = services_of(interaction)
        async with services.database.read() as session:
            policy = await policy_of(services, session, interaction.guild_id)
        text = texts.findings(prompt, policy.check(prompt), policy.findings(prompt))
        await interaction.response.send_message(view=page(text), ephemeral=True)


async def _pause(interaction: Interaction, paused: bool) -> None:
    async with services_of(interaction).database.write() as session:
        await guilds.pause(session, check_moderator(interaction), paused)
    await interaction.response.send_message(texts.paused(paused), ephemeral=True)
