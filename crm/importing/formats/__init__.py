"""Reading what people send: a file of any kind becomes one of plain rows, in a child with limits (see child.py)."""
