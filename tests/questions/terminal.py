"""A terminal: what a person sees in it, and what they type."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

COLUMNS, ROWS = 80, 24
PATIENCE = 30.0

ENTER = "\r"
SPACE = " "
DOWN = "\x1b[B"
CLEAR = "\x15"
BACKSPACE = "\x7f"


class _Screen(pyte.Screen):
    """A screen that answers where its cursor is: a program that asks waits for it."""

    answer: Callable[[str], object]

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Terminal:
    """A program in a terminal, for the time of a ``with``."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        columns: int = COLUMNS,
        folder: Path | None = None,
    ) -> None:
        self.screen = _Screen(columns, ROWS)
        self._stream = pyte.Stream(self.screen)
        self._program = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(ROWS, columns),
            encoding="utf-8",
            cwd=folder,
            env=dict(environment),
        )
        self.screen.answer = self._program.send

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.close(force=True)

    @property
    def lines(self) -> list[str]:
        """The screen as it is now."""
        return [line.rstrip() for line in self.screen.display]

    def wait_for(self, *texts: str) -> None:
        """Wait until each text stands somewhere on the screen, on one line."""
        self._wait(lambda: all(any(text in line for line in self.lines) for text in texts), f"no {texts}")

    def type(self, *keys: str) -> None:
        """Type, without waiting for what it does."""
        for key in keys:
            self._program.send(key)

    def exit_code(self) -> int | None:
        """Wait for the end of the program."""
        self._wait(lambda: self._program.flag_eof, "the program goes on")
        self._program.close()
        code: int | None = self._program.exitstatus
        return code

    def _wait(self, condition: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline or self._program.flag_eof:
                raise AssertionError("\n".join([problem, *self.lines]))
            try:
                self._stream.feed(self._program.read_nonblocking(4096, timeout=0.1))
            except (pexpect.TIMEOUT, pexpect.EOF):
                continue
