"""Compiled inner loops of the benchmarks; imported only by the functions that run them."""
