"""docs/preprocessing.md is updated section by section."""

import argparse
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "validation"))

from validate_preprocessing import PARTS, seed_range, with_section


def page(*sections):
    made = ""
    for name, text in sections:
        made = with_section(made, PARTS[name], text)
    return made


def test_sections_stand_in_the_order_of_the_parts_whichever_was_made_first():
    made = page(("chain", "## Last"), ("registration", "## First"), ("masks", "## Middle"))

    assert made.index("## First") < made.index("## Middle") < made.index("## Last")
    assert made.startswith("# How trustworthy")


def test_a_section_that_is_made_again_replaces_itself_and_nothing_else():
    before = page(("masks", "## Masks\n\nold\n\n### Part\n\n| a |"), ("vessels", "## Vessels\n\nkept"))

    after = with_section(before, PARTS["masks"], "## Masks\n\nnew")

    assert "old" not in after
    assert "### Part" not in after
    assert after == page(("vessels", "## Vessels\n\nkept"), ("masks", "## Masks\n\nnew"))


def test_making_a_section_twice_changes_nothing():
    once = page(("filters", "## Filters"), ("chain", "## Chain"))

    assert with_section(once, PARTS["filters"], "## Filters") == once


def test_seeds_are_read_with_both_ends():
    assert list(seed_range("100-102")) == [100, 101, 102]


@pytest.mark.parametrize("text", ["", "100", "100-", "-5", "102-100", "a-b"])
def test_what_is_no_range_of_seeds_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="such as 100-109"):
        seed_range(text)
