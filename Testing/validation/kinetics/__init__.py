"""The tables of docs/kinetics.md, one module for each kind of question."""
