"""Text from outside, such as names of folders, as tables and pages can hold it."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_REPLACEMENTS: Mapping[str, str] = MappingProxyType({"Cc": " ", "Cs": "\N{REPLACEMENT CHARACTER}"})
"""By category: control characters, and the surrogates that stand for bytes that are no UTF-8."""


def readable(text: str) -> str:
    """Return a text without the signs that cannot be written or would break a line."""
    return "".join(_REPLACEMENTS.get(unicodedata.category(sign), sign) for sign in text)
