"""Names as people type them again: in other capitals, with other spaces."""

PLAIN = r"lower(btrim(regexp_replace(name, '[\s\u00a0]+', ' ', 'g')))"


def plain(name: str) -> str:
    """As PostgreSQL writes a column of PLAIN."""
    return " ".join(name.split()).lower()
