"""Which examples property-based tests are given."""

from hypothesis import settings

# The same ones each time, so that the suite says of a commit the same thing whenever it runs;
# `make validate` draws new ones.
settings.register_profile("repeatable", derandomize=True, database=None)
settings.register_profile("searching")
settings.load_profile("repeatable")
