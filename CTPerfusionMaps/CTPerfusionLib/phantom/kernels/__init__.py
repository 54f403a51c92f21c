"""Compiled loops of the phantoms; imported only by the functions that run them."""
