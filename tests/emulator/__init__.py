"""An AWS for the tests: moto's server, made to behave as AWS does where the infrastructure relies on it.

Every request is written to a journal, and a test can play what goes wrong: a task that fails, a roll-out
that never gets healthy, credentials that have expired. `aws.py` is the side that tests use; everything
that imports moto runs in the server's own process.
"""

from .aws import ACCOUNT, OTHER_ACCOUNT, REGION, Emulator, credentials, emulator
from .control import Delay, Refusal, Rollout, Task
from .journal import Journal, Request

__all__ = [
    "ACCOUNT",
    "OTHER_ACCOUNT",
    "REGION",
    "Delay",
    "Emulator",
    "Journal",
    "Refusal",
    "Request",
    "Rollout",
    "Task",
    "credentials",
    "emulator",
]
