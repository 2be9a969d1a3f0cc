"""Every due run happens exactly once, whatever becomes of the events: a night of ticks, simulated.

With --campaign it is a thousand minutes; plain Laravel goes through the same, and the table of both is
written to docs/campaigns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.campaign import publish

from .docker import Docker, progress
from .schedule.expectation import TASKS, Task, mistakes, ours, plain, taken
from .schedule.simulation import Ran, Simulation, simulation
from .schedule.ticks import Tick, deliver

pytestmark = pytest.mark.engine

SEED = 20261124


@pytest.fixture(scope="module")
def simulated(docker: Docker, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with simulation(docker, image, tmp_path_factory.mktemp("simulation")) as made:
        yield made


@pytest.fixture(scope="module")
def minutes(request: pytest.FixtureRequest) -> int:
    return 1000 if request.config.getoption("--campaign") else 100


@pytest.fixture(scope="module")
def ticks(minutes: int) -> list[Tick]:
    return deliver(minutes, SEED)


@pytest.fixture(scope="module")
def ran(simulated: Simulation, ticks: list[Tick]) -> Ran:
    with progress(f"{len(ticks)} ticks"):
        return simulated.run(ticks, "ours", seconds=10 * len(ticks) + 120)


def test_the_ticks_are_as_bad_as_they_should_be(ticks: list[Tick], minutes: int) -> None:
    order = [tick.minute for tick in ticks]
    assert len(set(order)) < minutes, "some are lost"
    assert len(order) > len(set(order)), "some come twice"
    assert order != sorted(order), "some overtake others"
    assert any(tick.begins > 60 * (tick.minute + 1) for tick in ticks), "some begin after their minute"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_due_run_happens_exactly_once(task: Task, ran: Ran, ticks: list[Tick]) -> None:
    assert mistakes(task, ticks, ran.runs) == [], ran.output


def test_a_tick_says_what_it_makes_up_for(ran: Ran, ticks: list[Tick]) -> None:
    gaps = sum(len(minutes) > 1 for minutes in taken(ticks).values())
    late = len(ticks) - len(taken(ticks))
    assert gaps
    assert late
    assert ran.output.count("is taken already") <= late  # the output is cut at its beginning


def test_of_two_ticks_for_a_minute_one_runs(simulated: Simulation, minutes: int) -> None:
    now = datetime.now(UTC)
    raced = [f"{now - timedelta(minutes=ago):%Y-%m-%dT%H:%M:00Z}" for ago in range(minutes // 5, 0, -1)]
    with progress(f"{len(raced)} races"):
        assert simulated.race(raced, seconds=10 * len(raced) + 120) == raced


TEXT = """\
{minutes} minutes of events with the real image, Laravel and Valkey; each tick is a process whose clock
libfaketime sets. {lost} events are lost (80 of them in a row, 20 more than are made up for), {doubled} come
twice, {late} ticks begin after their minute is over, {overtaken} are overtaken by a later one.

Left: `schedule:run` as Laravel has it, which goes by the clock. Right: as rendered, which goes by the event.
For a minute in which a task was due, *once* means: it ran as often as it should (*twice a minute*: two runs),
alone or together with later minutes of the same gap. Missed on the right is what was due in the lost minutes
that are too long ago to make up for, each reported in the log; and `when()`, which is asked once, for the
minute that makes up for a gap, and then says no."""


def test_plain_laravel_goes_by_the_clock(
    request: pytest.FixtureRequest, simulated: Simulation, ticks: list[Tick], ran: Ran, minutes: int
) -> None:
    """The same through Laravel's own scheduler: what the difference is, for the record."""
    if not request.config.getoption("--campaign"):
        ticks = ticks[:12]
    with progress(f"{len(ticks)} ticks through plain Laravel"):
        other = simulated.run(ticks, "plain", seconds=10 * len(ticks) + 120)
    assert len(other.runs) >= len(ticks), other.output
    if not request.config.getoption("--campaign"):
        return

    rows = []
    for task in TASKS:
        left, right = plain(task, minutes, other.runs), ours(task, minutes, ticks, ran.runs)
        counts = [number for one in (left, right) for number in (one.once, one.missed, one.more)]
        rows.append([task.name, left.due, *counts])
    order = [tick.minute for tick in ticks]
    text = TEXT.format(
        minutes=minutes,
        lost=minutes - len(set(order)),
        doubled=len(order) - len(set(order)),
        late=sum(tick.begins >= 60 * (tick.minute + 1) for tick in ticks),
        overtaken=sum(minute < max(order[: index + 1]) for index, minute in enumerate(order)),
    )
    header = ["task", "due", "plain: once", "missed", "more often", "rendered: once", "missed", "more often"]
    publish("exactly-once", "Exactly once a minute", text, header, rows)
    assert all(row[-1] == 0 for row in rows)
