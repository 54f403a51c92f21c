"""Compiled inner loops of the preprocessing; imported only by the functions that run them."""
