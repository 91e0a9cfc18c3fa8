"""How well white words are read on a tenant's colour (WCAG 2.2)."""

ENOUGH = 4.5


def contrast_with_white(colour: str) -> float:
    """1.0 (white on white) to 21.0 (white on black) for `#rrggbb`."""
    red, green, blue = (channel(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return round(1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05), 1)


def channel(value: float) -> float:
    """One sRGB channel of 0 to 1 as linear light."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
