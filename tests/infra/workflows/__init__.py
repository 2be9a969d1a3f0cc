"""Pipelines run on this machine, without containers: GitHub's by act, GitLab's by a small stand-in."""

from .act import Run, act
from .gitlab import Pipeline
from .machine import Machine

__all__ = ["Machine", "Pipeline", "Run", "act"]
