"""A container engine and base images for the tests, also where no registry can be reached."""

from .engine import Engine, ensure, stop
from .host import EngineError
from .images import ensure_images

__all__ = ["Engine", "EngineError", "ensure", "ensure_images", "stop"]
