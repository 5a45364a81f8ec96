"""The worker's process: started again when it dies, ended with the bot, never orphaned."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.supervisor import Supervisor, keep_workers, together
from config import UNUSABLE
from tests.program import until

POLITE = """
import os, sys
with open(sys.argv[1], "a") as log:
    print(os.getpid(), file=log)
sys.stdin.read()
with open(sys.argv[1], "a") as log:
    print("left", file=log)
"""
STUBBORN = """
import os, signal, sys, time
with open(sys.argv[1], "a") as log:
    print(os.getpid(), file=log)
time.sleep(60)
"""
FAILING = """
import sys
with open(sys.argv[1], "a") as log:
    print("try", file=log)
sys.exit(1)
"""


def alive(pid: int) -> bool:
    """Whether a process that is not our child still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Child:
    """A child's script and the lines that it writes."""

    def __init__(self, folder: Path, script: str) -> None:
        self.log = folder / "log"
        self.command = (sys.executable, "-c", script, str(self.log))

    def lines(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


@pytest.fixture
def polite(tmp_path: Path) -> Child:
    return Child(tmp_path, POLITE)


async def test_a_killed_worker_is_started_again(polite: Child):
    task = asyncio.create_task(Supervisor(polite.command, pauses=[0]).run())
    await until(lambda: len(polite.lines()) == 1)
    os.kill(int(polite.lines()[0]), signal.SIGKILL)
    await until(lambda: len(polite.lines()) == 2)
    task.cancel()
    await asyncio.wait([task])
    assert polite.lines()[2:] == ["left"]


async def test_cancelling_lets_the_worker_leave_by_itself(polite: Child):
    task = asyncio.create_task(Supervisor(polite.command).run())
    await until(lambda: len(polite.lines()) == 1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert polite.lines()[1] == "left"


async def test_a_worker_that_stays_is_killed(tmp_path: Path):
    child = Child(tmp_path, STUBBORN)
    task = asyncio.create_task(Supervisor(child.command, grace=0.1).run())
    await until(lambda: len(child.lines()) == 1)
    task.cancel()
    await asyncio.wait([task])
    assert not alive(int(child.lines()[0]))


async def test_starts_slow_down_while_the_worker_keeps_failing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    child = Child(tmp_path, FAILING)
    task = asyncio.create_task(Supervisor(child.command, pauses=[0, 0.01, 60]).run())
    await until(lambda: "in 60 s" in caplog.text)
    task.cancel()
    await asyncio.wait([task])
    assert child.lines() == ["try"] * 3
    assert [record.args for record in caplog.records] == [(1, 0), (1, 0.01), (1, 60)]


async def test_a_long_life_makes_the_next_start_quick_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    child = Child(tmp_path, FAILING)
    task = asyncio.create_task(Supervisor(child.command, pauses=[0, 60], healthy=0).run())
    await until(lambda: len(child.lines()) >= 3)
    task.cancel()
    await asyncio.wait([task])
    assert "in 60 s" not in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_worker_outlives_a_killed_bot(polite: Child):
    bot = f"""
import asyncio
from bot.supervisor import Supervisor
asyncio.run(Supervisor({polite.command!r}).run())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", bot)
    await until(lambda: len(polite.lines()) == 1)
    process.kill()
    await process.wait()
    await until(lambda: polite.lines()[1:] == ["left"])
    await until(lambda: not alive(int(polite.lines()[0])))


async def test_together_stops_the_others_and_tells_the_failure():
    stopped = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await together(endless(), failing())
    assert stopped.is_set()


async def test_a_worker_that_needs_a_person_is_not_started_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    child = Child(tmp_path, FAILING.replace("sys.exit(1)", f"sys.exit({UNUSABLE})"))
    task = asyncio.create_task(Supervisor(child.command, pauses=[0]).run())
    await until(lambda: "mend what it says" in caplog.text)
    task.cancel()
    await asyncio.wait([task])
    assert child.lines() == ["try"]


LISTING = (sys.executable, "-c", "print('cuda:0 cuda:1 cuda:2')")


async def test_there_is_a_worker_for_each_device(tmp_path: Path):
    child = Child(tmp_path, POLITE.replace("os.getpid()", "*sys.argv[2:], os.getpid()"))
    task = asyncio.create_task(keep_workers("auto", child.command, LISTING))
    await until(lambda: len(child.lines()) == 7)
    task.cancel()
    await asyncio.wait([task])
    lines = child.lines()
    named = [lines.count(word) for word in ("--device", "cuda:0", "cuda:1", "cuda:2")]
    assert named == [2, 0, 1, 1]
    assert lines.count("left") == 3


async def test_a_device_that_was_chosen_has_the_only_worker(tmp_path: Path):
    child = Child(tmp_path, POLITE.replace("os.getpid()", "*sys.argv[2:], os.getpid()"))
    never = Child(tmp_path / "..", "raise SystemExit('asked for devices')")
    task = asyncio.create_task(keep_workers("cuda:1", child.command, never.command))
    await until(lambda: len(child.lines()) == 1)
    task.cancel()
    await asyncio.wait([task])
    assert child.lines()[1:] == ["left"]


async def test_ending_while_devices_are_listed_leaves_nothing_behind(tmp_path: Path, polite: Child):
    slow = Child(tmp_path, STUBBORN.replace("sys.argv[1]", "sys.argv[1] + '.listing'"))
    task = asyncio.create_task(keep_workers("auto", polite.command, slow.command))
    listing = tmp_path / "log.listing"
    await until(lambda: listing.exists() and bool(listing.read_text()) and bool(polite.lines()))
    task.cancel()
    await asyncio.wait([task])
    assert not alive(int(listing.read_text()))
    assert polite.lines()[1:] == ["left"]
