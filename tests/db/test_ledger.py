"""Whatever happens in whatever order, no credit is made, lost or owed."""

import asyncio
import itertools
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from db import credits
from db.engine import open_database
from db.errors import NotEnoughCredits
from db.tables import Job, LedgerEntry, Lot
from tests.db.town import PLAN, Town

members = itertools.count(1)


class Wallet(RuleBasedStateMachine):
    """One member's credits; each run has a member of its own in the same database."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.town = Town(self.runner.run(open_database(self.url, checkpoints=True)))
        self.member = next(members)
        self.town.requests = itertools.count(self.member * 1000)
        self.jobs: list[Job] = []
        self.runner.run(self.town.do(credits.enrol, self.member, self.town.now, PLAN))

    def teardown(self) -> None:
        self.runner.run(self.town.database.close())
        self.runner.close()

    @rule(amount=st.integers(1, 20), days=st.none() | st.integers(1, 90))
    def grant(self, amount: int, days: int | None) -> None:
        ends = days and self.town.now + timedelta(days=days)
        before = self.balance()
        act = self.town.do(credits.grant, self.member, amount, "pack", self.town.now, ends)
        self.runner.run(act)
        assert self.balance() == before + amount

    @rule(cost=st.integers(0, 60))
    def spend(self, cost: int) -> None:
        """Enrolling may refill first, so the balance is asked after it."""
        self.runner.run(self.town.do(credits.enrol, self.member, self.town.now, PLAN))
        before = self.balance()
        if cost > before:
            with pytest.raises(NotEnoughCredits):
                self.runner.run(self.town.ask(self.member, cost=cost))
            assert self.balance() == before
        else:
            self.jobs.append(self.runner.run(self.town.ask(self.member, cost=cost)))
            assert self.balance() == before - cost

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        """All that was spent is there again, the first time."""
        job = data.draw(st.sampled_from(self.jobs))
        before = self.balance()
        first = self.runner.run(self.town.do(credits.refund, job.id, self.town.now))
        assert self.balance() == before + (job.cost if first else 0)

    @rule(days=st.integers(1, 50))
    def wait(self, days: int) -> None:
        self.town.later(days * 24 * 3600)

    @rule()
    def expire(self) -> None:
        before = self.balance()
        self.runner.run(self.town.do(credits.expire, self.town.now))
        assert self.balance() == before

    def balance(self) -> int:
        return self.runner.run(self.town.balance(self.member))

    @invariant()
    def the_books_agree(self) -> None:
        lots, entries = self.runner.run(self.books())
        live = [lot for lot in lots if not lot.expires_at or lot.expires_at > self.town.now]
        assert all(0 <= lot.remaining <= lot.amount for lot in lots)
        assert self.balance() == sum(lot.remaining for lot in live)
        by_lot: Counter[int] = Counter()
        for entry in entries:
            sign = -1 if entry.amount < 0 else 1
            assert sign * sum(amount for _, amount in entry.parts) == entry.amount
            for lot, amount in entry.parts:
                by_lot[lot] += sign * amount
        assert {lot.id: lot.remaining for lot in lots} == {lot.id: by_lot[lot.id] for lot in lots}

    async def books(self) -> tuple[list[Lot], list[LedgerEntry]]:
        async with self.town.database.read() as session:
            lots = await session.scalars(select(Lot).where(Lot.user_id == self.member))
            mine = LedgerEntry.user_id == self.member
            entries = await session.scalars(select(LedgerEntry).where(mine))
            return list(lots), list(entries)


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 20), ("postgresql", 8)])
def test_the_ledger(kind: str, examples: int, request: pytest.FixtureRequest):
    class Machine(Wallet):
        url = request.getfixturevalue(f"{kind}_url")

    within = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=within)
