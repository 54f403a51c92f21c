"""The parts of docs/preprocessing.md.

Each part is a module with ``tables(seeds)``, which returns the lines of its section in Markdown, headings
from ### on. :mod:`.phantoms` gives simulated heads that the parts share, and does work on two cores.
"""
