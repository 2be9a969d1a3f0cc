"""What the benchmarks read from other programs, and what the table makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import image, load, tick
from benchmarks.load import Load
from benchmarks.measure import Result, Target, alternating

WRK = """\
Running 4s test @ http://127.0.0.1:8080/up
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    17.93ms    4.56ms  62.99ms   92.80%
    Req/Sec   450.01     61.46   570.00     77.50%
  Latency Distribution
     50%   17.14ms
     75%   18.55ms
     90%   21.03ms
     99%   41.33ms
  1796 requests in 4.01s, 3.87MB read
{more}Requests/sec:    448.19
Transfer/sec:      0.96MB
"""


def test_wrk_says_requests_per_second_and_p99() -> None:
    assert load.read(WRK.format(more="")) == Load(448.19, 41.33)


@pytest.mark.parametrize(
    ("printed", "milliseconds"), [("812.00us", 0.812), ("41.33ms", 41.33), ("1.20s", 1200), ("1.50m", 90_000)]
)
def test_p99_is_in_milliseconds(printed: str, milliseconds: float) -> None:
    assert load.read(WRK.format(more="").replace("41.33ms", printed)).p99 == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    "more",
    [
        "  Non-2xx or 3xx responses: 3\n",
        "  Socket errors: connect 0, read 0, write 0, timeout 12\n",
        "  Socket errors: connect 1, read 0, write 0, timeout 0\n",
    ],
)
def test_a_site_that_fails_is_not_measured(more: str) -> None:
    with pytest.raises(ValueError, match=r"3xx|timeout 12|connect 1"):
        load.read(WRK.format(more=more))


def test_a_connection_that_ends_after_its_answer_is_no_failure() -> None:
    assert (
        load.read(WRK.format(more="  Socket errors: connect 0, read 1796, write 0, timeout 0\n")).rate
        == 448.19
    )


def test_what_is_not_wrks_output_is_no_number() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        load.read("unable to connect to 127.0.0.1:8080 Connection refused")


def test_dockers_times_have_nanoseconds() -> None:
    began, ended = "2026-11-25T19:22:17.076123456Z", "2026-11-25T19:22:18.5Z"
    assert tick.moment(ended) - tick.moment(began) == pytest.approx(1.423877)


def test_processor_time_is_user_and_system() -> None:
    assert tick.processor_seconds("a line\nticked 0.120 0.030\n{}") == pytest.approx(0.15)
    with pytest.raises(ValueError, match="a line"):
        tick.processor_seconds("a line")


def test_a_layer_is_named_by_its_instruction() -> None:
    history: list[dict[str, Any]] = [
        {"comment": "Imported from -"},
        {"created_by": "RUN /bin/sh -c apt-get update     && apt-get install # buildkit"},
        {"created_by": "ENV APP_ENV=production", "empty_layer": True},
        {"created_by": "COPY /app/vendor ./vendor # buildkit"},
        {"created_by": "RUN /bin/sh -c docker/build.sh # buildkit"},
    ]
    assert image.layer_names(history) == [
        "the base image",
        "RUN apt-get update",
        "COPY /app/vendor ./vendor",
        "RUN docker/build.sh",
    ]


def test_a_line_of_the_table_says_whether_the_target_is_missed() -> None:
    slow = Result("tick", [(0.3, 0.33)], "s", "without", Target(0.67))
    assert slow.row == "| tick | 0.30 s | 0.33 s | 0.91 |  | ≤ 0.67, missed | without |"
    fast = Result("/up", [(1840, 460)], "req/s", "serve", Target(2, least=True))
    assert fast.row == "| /up | 1840 req/s | 460 req/s | 4.00 |  | ≥ 2 | serve |"
    large = Result("image", [(81, 200)], "MB", "plain", Target(80, absolute=True))
    assert "| ≤ 80, missed |" in large.row


def test_the_ratio_is_the_median_of_the_rounds_own() -> None:
    """In a round that a busy machine slows, both are slow: the ratio of the medians would be 0.75."""
    busy = Result("tick", [(1, 2), (10, 20), (2, 4), (20, 4), (3, 6)], "s", "without")
    assert (busy.ours, busy.baseline, busy.ratio) == (3, 4, 0.5)
    assert busy.middle == "0.50 to 0.50"
    assert Result("tick", [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)], "s", "without").middle == "2.00 to 4.00"


def test_runs_alternate() -> None:
    order: list[str] = []

    def run(name: str, values: list[float]) -> float:
        order.append(name)
        return values.pop()

    ours, baseline = [3.0, 1.0, 2.0], [30.0, 10.0, 20.0]
    assert alternating(3, lambda: run("ours", ours), lambda: run("plain", baseline)) == [
        (2, 20),
        (1, 10),
        (3, 30),
    ]
    assert order == ["ours", "plain"] * 3
