"""E-mail that comes in: kept as it came, read, and put where it belongs. All ways in end in `receive.receive`."""
