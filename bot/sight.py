"""What a member can see of a server, by Discord's own permissions: others' pictures follow it."""

import discord

from bot.answers import Interaction
from db.history import Sight
from db.tables import Job

Place = discord.abc.GuildChannel | discord.Thread


def sight_of(interaction: Interaction) -> Sight:
    """Who looks, and all channels that they can see here."""
    guild, member = interaction.guild, interaction.user
    if guild is None or not isinstance(member, discord.Member):
        return Sight(member.id)
    places = [*guild.channels, *guild.threads]
    seen = {place.id for place in places if _sees(member, place)}
    return Sight(member.id, guild.id, sorted(seen | {interaction.channel_id or 0}))


def sees(interaction: Interaction, job: Job) -> bool:
    """Whether the member may see the job: it is theirs, or they can see where it was made."""
    if job.user_id == interaction.user.id:
        return True
    guild, member = interaction.guild, interaction.user
    if guild is None or guild.id != job.guild_id or job.private:
        return False
    if job.channel_id == interaction.channel_id:
        return True
    place = guild.get_channel_or_thread(job.channel_id)
    if place is None or not isinstance(member, discord.Member):
        return False
    return _sees(member, place)


def _sees(member: discord.Member, place: Place) -> bool:
    if isinstance(place, discord.Thread) and (place.parent is None or place.is_private()):
        return False
    return place.permissions_for(member).view_channel
