"""Faults under load: `bin/bench faults` breaks one part after the other while people talk, and counts what was lost."""
