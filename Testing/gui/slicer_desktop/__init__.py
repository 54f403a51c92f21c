"""A stand-in for Slicer's desktop: `qt` and `ctk` as PythonQt has them, widgets and `slicer.app`, on PySide6.

It is made for tests only. MRML itself is real, from slicer-core. Where the stand-in differs from Slicer it is
meant to be the stricter of the two; names that Slicer does not have are refused as Slicer refuses them.
"""
