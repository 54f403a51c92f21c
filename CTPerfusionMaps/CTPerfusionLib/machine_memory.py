"""How much memory the machine has."""

import os

_IF_UNKNOWN = 4 * 2**30

STUDY_MEMORY = 7 * 2**29
"""Bytes that loading and preparing a study of clinical size takes."""


def machine_memory() -> int:
    """Return the bytes of the machine's memory; where the system does not tell, those of a small one."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return _IF_UNKNOWN
