"""Requests per second and p99 of `web` with `proxy`, against `php artisan serve` in the same image.

Both have one core, the same services and as many PHP processes; wrk asks on eight connections from another
core. ``/up`` is what the load balancer asks. The home page starts a session in Valkey and asks the database
twice. p99 is that of a saturated site: of eight requests, one is served and the others wait.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from . import load
from .application import Application
from .measure import Result, Target, alternating, progress
from .site import Site, serve, web

ROUNDS = 7
SECONDS = 4
WARM_UP = 2
PATIENCE = 60
WORKERS = (1, 4)
PAGES = {"/up": "/up", "home page": "/"}
TARGETS = {1: Target(2, least=True), 4: Target(1, least=True)}


def measure(application: Application) -> list[Result]:
    """Medians of alternating rounds."""
    load.make(application.docker)
    results = []
    with ExitStack() as stack:
        for workers in WORKERS:
            pair = [
                stack.enter_context(Site.of(application, ways)) for ways in (web(workers), serve(workers))
            ]
            _warm_up(application, *pair)
            for name, path in PAGES.items():
                progress(f"{name} with {workers} PHP process(es), {ROUNDS} × {SECONDS} s each")
                actions = [partial(load.ask_all, application, site, path, SECONDS) for site in pair]
                rounds = alternating(ROUNDS, *actions)
                rates = [(ours.rate, plain.rate) for ours, plain in rounds]
                p99s = [(ours.p99, plain.p99) for ours, plain in rounds]
                against = (
                    f"php artisan serve with {workers} worker{'s' if workers > 1 else ''}, the same core"
                )
                what = f"{name}, {workers} FPM child{'ren' if workers > 1 else ''}"
                results += [
                    Result(what, rates, "req/s", against, TARGETS[workers]),
                    Result(f"{what}: p99", p99s, "ms", against),
                ]
            if workers == 1:
                results.append(_generator(application, pair[0], max(result.ours for result in results)))
    return [*results, _growth(application)]


def _generator(application: Application, site: Site, fastest: float) -> Result:
    """How much faster wrk could ask: a file that nginx serves, on the same core as the pages."""
    progress("what wrk can ask for")
    file = load.ask_all(application, site, "/robots.txt", SECONDS)
    against = "the fastest page with 1 FPM child"
    return Result("load generator: a static file", [(file.rate, fastest)], "req/s", against)


def _growth(application: Application) -> Result:
    """The home page with four PHP processes and with one, on all cores."""
    everywhere = f"--cpuset-cpus={application.all_cores}"
    with (
        Site.of(application, web(4), everywhere) as four,
        Site.of(application, web(1), everywhere) as one,
    ):
        _warm_up(application, four, one)
        progress(f"home page with 4 FPM children and with 1 on all cores, {ROUNDS} × {SECONDS} s each")
        actions = [partial(load.ask_all, application, site, "/", SECONDS) for site in (four, one)]
        rates = [(grown.rate, alone.rate) for grown, alone in alternating(ROUNDS, *actions)]
    against = f"1 FPM child, both on cores {application.all_cores}, wrk as well"
    return Result("home page, 4 FPM children", rates, "req/s", against)


def _warm_up(application: Application, *sites: Site) -> None:
    for site in sites:
        site.await_up(PATIENCE)
        for path in PAGES.values():
            load.ask_all(application, site, path, WARM_UP)
