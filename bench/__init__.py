"""Measurements of a real stack, run by hand: `bin/bench NAME --json`. README.md says what each figure means."""
