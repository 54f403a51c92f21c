"""Widgets and logic of the module CT Perfusion Maps; needs Slicer. The numbers come from CTPerfusionLib."""
