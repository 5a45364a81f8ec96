"""Six weeks of 200 members on a clock that is moved ahead: every credit against a plain model.

The model keeps coins instead of lots, and finds refills in the calendar, so that it shares no
mistake with the ledger.
"""

import calendar
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from db import credits, queue
from db.engine import Database
from db.errors import NotEnoughCredits
from db.flags import NewFlag
from db.tables import Job, LedgerEntry, State
from tests.db.town import PLAN, Town

MEMBERS, DAYS, STEPS = 200, 45, 900
START = datetime(2026, 1, 18, 9, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)

Coin = tuple[datetime, int]
"""When it expires, and its number: what was given first is spent first."""


def refills(signed_up: datetime) -> Iterator[datetime]:
    """The same day of every later month; what is not in all of them is the 28th."""
    for months in count(1):
        first = signed_up.replace(day=1)
        for _ in range(months):
            first += timedelta(days=calendar.monthrange(first.year, first.month)[1])
        yield first.replace(day=min(signed_up.day, 28))


@dataclass
class Wallet:
    """A member's coins."""

    numbers: Iterator[int]
    signed_up: datetime | None = None
    refilled_until: datetime = NEVER
    coins: list[Coin] = field(default_factory=list)

    def visit(self, now: datetime) -> None:
        if self.signed_up is None:
            self.signed_up = now
            self.refilled_until = self.next_refill(now)
            self.give(PLAN.first_month, self.refilled_until)
        elif self.refilled_until <= now:
            self.refilled_until = self.next_refill(now)
            self.give(PLAN.monthly, self.refilled_until)

    def next_refill(self, now: datetime) -> datetime:
        assert self.signed_up is not None
        return next(moment for moment in refills(self.signed_up) if moment > now)

    def give(self, amount: int, until: datetime) -> None:
        number = next(self.numbers)
        self.coins += [(until, number)] * amount

    def live(self, now: datetime) -> list[Coin]:
        return sorted(coin for coin in self.coins if coin[0] > now)

    def take(self, amount: int, now: datetime) -> list[Coin] | None:
        live = self.live(now)
        if len(live) < amount:
            return None
        for coin in live[:amount]:
            self.coins.remove(coin)
        return live[:amount]

    def take_back(self, coins: list[Coin], now: datetime) -> None:
        self.coins += [coin for coin in coins if coin[0] > now]
        for number in sorted({number for until, number in coins if until <= now}):
            self.give(sum(coin[1] == number for coin in coins), self.next_refill(now))


@dataclass
class Month:
    """What happens, at random; each step in the database and in the model."""

    town: Town
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    spent: dict[int, tuple[int, list[Coin]]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        numbers = count()
        self.wallets = {member: Wallet(numbers) for member in range(1, MEMBERS + 1)}

    async def ask(self) -> None:
        member, cost = self.dice.randint(1, MEMBERS), self.dice.choice((1, 1, 2, 12))
        wallet = self.wallets[member]
        before = (wallet.signed_up, wallet.refilled_until, list(wallet.coins))
        wallet.visit(self.town.now)
        taken = wallet.take(cost, self.town.now)
        if taken is None:  # the whole transaction is undone, a refill in it too
            wallet.signed_up, wallet.refilled_until, wallet.coins = before
            with pytest.raises(NotEnoughCredits):
                await self.town.ask(member, cost=cost)
            self.seen.add("refused")
        else:
            job = await self.town.ask(member, cost=cost)
            self.spent[job.id] = member, taken

    async def look(self) -> None:
        """`/credits` makes a wallet and refills it, too."""
        member = self.dice.randint(1, MEMBERS)
        self.wallets[member].visit(self.town.now)
        await self.town.do(credits.enrol, member, self.town.now, PLAN)

    async def buy(self) -> None:
        member = self.dice.randint(1, MEMBERS)
        until = self.dice.choice((None, self.town.now + timedelta(days=self.dice.randint(1, 60))))
        self.wallets[member].visit(self.town.now)
        self.wallets[member].give(20, until or NEVER)
        await self.town.do(credits.enrol, member, self.town.now, PLAN)
        await self.town.do(credits.grant, member, 20, "pack", self.town.now, until)

    async def cancel(self) -> None:
        if waiting := list(self.spent):
            self.ended(job_id := self.dice.choice(waiting))
            assert await self.town.do(queue.cancel, job_id, self.town.now)

    async def work(self) -> None:
        for job in await self.town.claim():
            held = job.id, job.attempt, self.town.now
            match self.dice.choice(("made", "made", "made", "failed", "declined", "refused")):
                case "made":
                    del self.spent[job.id]
                    await self.town.finish(job)
                case "failed":
                    self.ended(job.id)
                    assert await self.town.fail(job, retry=False) is State.failed
                case "declined":
                    self.ended(job.id)
                    assert await self.town.do(queue.decline, *held, "too large")
                case "refused":
                    self.ended(job.id)
                    new = NewFlag(1, 5, 2, "upload", "faces", "face", None, "", "hold")
                    assert await self.town.do(queue.reject, *held, new)

    async def sweep(self) -> None:
        if await self.town.do(credits.expire, self.town.now):
            self.seen.add("swept")

    def ended(self, job_id: int) -> None:
        member, coins = self.spent.pop(job_id)
        if any(until <= self.town.now for until, _ in coins):
            self.seen.add("returned anew")
        self.wallets[member].take_back(coins, self.town.now)

    async def balances(self) -> dict[int, int]:
        """What each member has, by the ledger's own sum."""
        async with self.town.database.read() as session:
            now, everybody = self.town.now, self.wallets
            return {member: await credits.balance(session, member, now) for member in everybody}

    def expected(self) -> dict[int, int]:
        return {member: len(wallet.live(self.town.now)) for member, wallet in self.wallets.items()}


@pytest.mark.slow
async def test_six_weeks_of_200_members(database: Database) -> None:
    month = Month(Town(database, START))
    acts = (month.ask, month.look, month.buy, month.cancel, month.work, month.sweep)
    pause = DAYS * 24 * 3600 / STEPS
    for step in range(STEPS):
        month.town.later(month.dice.expovariate(1 / pause))
        [act] = month.dice.choices(acts, (60, 10, 4, 5, 19, 2))
        await act()
        if step % 300 == 150:
            assert await month.balances() == month.expected(), f"after {step} steps"
    assert await month.balances() == month.expected()
    assert month.seen == {"refused", "swept", "returned anew"}, "all that matters came up"

    await month.sweep()
    async with database.read() as session:
        sums = select(LedgerEntry.user_id, func.sum(LedgerEntry.amount))
        rows = await session.execute(sums.group_by(LedgerEntry.user_id))
        entries = {member: int(amount) for member, amount in rows}
        open_jobs = await session.scalar(select(func.count()).where(Job.finished_at.is_(None)))
    assert entries == {m: n for m, n in month.expected().items() if month.wallets[m].signed_up}
    assert open_jobs == len(month.spent)
