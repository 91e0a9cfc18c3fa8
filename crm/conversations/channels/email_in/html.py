"""The HTML of a mail: clean, without anything that calls home, and as text."""

import re
from collections import Counter
from html import unescape

import nh3

from .text import clean

# nh3 needs 8.7 s for 50,000 nested elements, 0.3 s for 10,000; comments and attributes can hide the depth from a count.
MOST_BYTES, MOST_DEEP, MOST_ELEMENTS, MOST_TAGS = 1_000_000, 250, 10_000, 60_000
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
SHALLOW = set("p br hr img input meta link col td th tr li dt dd option wbr area source tbody thead tfoot o:p".split())
PIECE = re.compile(r'<(/?)([a-z0-9]+)(?:[^">]|"[^"]*")*>|([^<]+)')
ANY_TAG = re.compile(r"<[^<>]*>")
STYLE = set("color background-color font-weight font-style font-size font-family text-align text-decoration".split())
STYLE |= set("line-height padding margin border border-collapse vertical-align white-space width max-width".split())
TAGS = nh3.ALLOWED_TAGS - {"map", "area"} | {"font"}
ATTRIBUTES = {name: set(values) for name, values in nh3.ALLOWED_ATTRIBUTES.items()}
for _tag in (
    "p",
    "div",
    "span",
    "td",
    "th",
    "tr",
    "table",
    "a",
    "img",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "blockquote",
):
    ATTRIBUTES.setdefault(_tag, set()).add("style")
ATTRIBUTES["font"] = {"color", "size", "face"}
GONE = {"script", "style", "title", "noscript", "template", "textarea", "select", "object", "embed", "iframe", "svg"}
GONE |= {"math"}
BLOCKS = set("p div tr table ul ol li h1 h2 h3 h4 h5 h6 blockquote pre hr dl dt dd section article".split())
DATA_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z")


def cleaned(html: str) -> tuple[str, str] | None:
    """Clean HTML and its text. None when it is too large or too nested to be cleaned in time."""
    if len(html) > MOST_BYTES or too_deep(html):
        return None
    safe = nh3.clean(html, tags=TAGS, clean_content_tags=GONE, attributes=ATTRIBUTES, attribute_filter=held_back,
                     url_schemes={"http", "https", "mailto", "tel", "cid", "data"}, filter_style_properties=STYLE,
                     link_rel="noopener noreferrer nofollow")  # fmt: skip
    return safe, as_text(safe)


def held_back(tag: str, name: str, value: str) -> str | None:
    """A picture from elsewhere tells its sender when, where and by whom it was seen: it waits for a click."""
    if name == "style":
        return None if re.search(r"url|image|expression|\\", value, re.IGNORECASE) else value
    if name in ("href", "cite"):
        return value if value.strip().lower().startswith(("http:", "https:", "mailto:", "tel:")) else None
    if name != "src":
        return value
    start = value.strip().lower()
    if start.startswith("cid:") or DATA_PICTURE.match(value):
        return value
    return f"remote:{value.strip()}" if start.startswith(("http:", "https:")) else None


def too_deep(html: str) -> bool:
    """Whether more elements are open at once, or there are more of them, than any mail for people has."""
    opened: Counter[str] = Counter()
    depth = elements = 0
    for number, tag in enumerate(TAG.finditer(html)):
        if number > MOST_TAGS:
            return True
        name = tag[2].lower()
        if name in SHALLOW:
            continue
        if not tag[1]:
            opened[name] += 1
            depth, elements = depth + 1, elements + 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MOST_DEEP or elements > MOST_ELEMENTS:
            return True
    return False


def bare_text(html: str) -> str:
    """For HTML that cannot be cleaned: what stands between its tags."""
    return "\n".join(line.strip() for line in ANY_TAG.sub("\n", html).split("\n") if line.strip())


class Lines:
    """Where the blocks end, with `> ` before what is in a <blockquote>."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0

    def write(self, text: str) -> None:
        self.line.append(unescape(text))

    def tag(self, name: str, closes: bool) -> None:
        if name in BLOCKS or name == "br":
            self.end(always=name == "br" or (closes and name == "p"))
        if name == "blockquote":
            self.quotes += -1 if closes else 1

    def end(self, always: bool) -> None:
        words = " ".join("".join(self.line).replace("\u200b", "").split())
        self.line.clear()
        if words or (always and self.lines and self.lines[-1].strip("> ")):
            self.lines.append("> " * min(self.quotes, 10) + words)


def as_text(safe: str) -> str:
    """Of HTML as nh3 writes it: every tag ends, quotes in attributes are escaped, there are no comments."""
    page = Lines()
    for piece in PIECE.finditer(safe):
        if piece[3] is not None:
            page.write(piece[3])
        else:
            page.tag(piece[2], closes=bool(piece[1]))
    page.end(always=False)
    return clean("\n".join(page.lines)).strip()
