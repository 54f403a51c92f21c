"""The command line: ``ctperfusion``."""

from .main import main

__all__ = ["main"]
