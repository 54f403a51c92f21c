"""Widgets and logic of the module Core Penumbra Segment; needs Slicer. Numbers come from CTPerfusionLib."""
