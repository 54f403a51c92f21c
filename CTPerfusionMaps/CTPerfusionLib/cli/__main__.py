"""Lets ``python -m CTPerfusionLib.cli`` do what ``ctperfusion`` does."""

import sys

from .main import main

sys.exit(main())
