"""Compiled inner loops; imported only by the functions that run them."""
