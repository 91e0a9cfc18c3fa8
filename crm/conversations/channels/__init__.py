"""The ways in which people talk with us, one file each."""
