"""CT-perfusion analysis without a window: from a 4D head CT to core and penumbra.

Research use only: this software is not a medical device and must not guide patient care.

Packages, in the order in which data flow; each imports only from those before it:
``series``, ``io``, ``phantom``, ``preprocessing``, ``vessels``, ``kinetics``, ``lesion``,
``quality``, ``report``, ``mrml``, ``pipeline``, ``validation``, ``cli``.

Units everywhere: HU, seconds, mm, mL/100 g/min (CBF), mL/100 g (CBV), mL (volumes).
Arrays are ordered (time, slice, row, column); coordinates are RAS mm.
"""

__version__ = "0.1.0"

RESEARCH_USE = "Research use only. Not a medical device; not for diagnosis or treatment decisions."
"""The sentence that every help text, report and result carries."""

__all__ = ["RESEARCH_USE", "__version__"]
