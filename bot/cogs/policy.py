"""`/mod policy`: what happens to which prompts in a server, for its moderators."""

from typing import Literal

from discord import app_commands
from discord.app_commands import Choice

from bot.answers import Interaction, check_moderator, services_of
from bot.layout import page
from bot.moderation import automod
from bot.moderation.guild_policy import own_rules, policy_of, set_action
from bot.policy import CATEGORY_NAMES
from bot.presenters import mod as texts
from db import guilds

CATEGORIES = [Choice(name=name, value=key) for key, name in CATEGORY_NAMES.items()]
"""Of prompts; cases are about pictures, too."""
Chosen = Literal["block", "flag", "allow", "default"]


class PolicyCommands(app_commands.Group):
    """The commands; `/mod` checks who uses them."""

    @app_commands.command(description="See what happens to prompts of each category here")
    async def show(self, interaction: Interaction) -> None:
        """Answers with the table."""
        guild_id = check_moderator(interaction)
        services = services_of(interaction)
        async with services.database.read() as session:
            policy = await policy_of(services, session, guild_id)
        text = texts.policy(policy.actions, services.policy.actions)
        await interaction.response.send_message(view=page(text), ephemeral=True)

    @app_commands.command(description="Read this server's own AutoMod rules again, and see them")
    async def automod(self, interaction: Interaction) -> None:
        """Answers with what is applied to prompts, and what can't be."""
        guild_id = check_moderator(interaction)
        assert interaction.guild is not None
        services = services_of(interaction)
        await automod.copy_rules(services, interaction.guild)
        async with services.database.read() as session:
            guild = await guilds.get(session, guild_id)
        text = texts.automod(own_rules(guild), guild.automod.get("unseen", []))
        await interaction.response.send_message(view=page(text), ephemeral=True)

    @app_commands.command(description="Choose whether people whom prompts leave open are varied")
    @app_commands.describe(on="Add words such as “female” or “South Asian” before them, or don't")
    async def steering(self, interaction: Interaction, on: bool) -> None:
        """Holds from the next prompt on."""
        guild_id = check_moderator(interaction)
        async with services_of(interaction).database.write() as session:
            await guilds.choose(session, guild_id, steering=on)
        await interaction.response.send_message(texts.steering(on), ephemeral=True)

    @app_commands.command(name="set", description="Choose what happens to prompts of a category")
    @app_commands.describe(
        category="What the prompts are about",
        action="Refuse, let through with a case, ignore, or as it was before",
    )
    @app_commands.choices(category=CATEGORIES)
    async def set_(self, interaction: Interaction, category: Choice[str], action: Chosen) -> None:
        """Holds from the next prompt on."""
        guild_id = check_moderator(interaction)
        services = services_of(interaction)
        chosen = None if action == "default" else action
        policy = await set_action(services, guild_id, category.value, chosen)
        text = texts.policy(policy.actions, services.policy.actions)
        await interaction.response.send_message(view=page(text), ephemeral=True)
