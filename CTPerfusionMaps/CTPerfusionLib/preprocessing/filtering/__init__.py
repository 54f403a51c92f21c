"""Noise filters: the joint bilateral one, fast and by its definition, and others to compare it with."""
