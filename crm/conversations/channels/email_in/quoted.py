"""What is new in a mail, and what it quotes: by the words with which mail programs introduce a quotation."""

import re
from dataclasses import dataclass

from mailparser_reply import EmailReplyParser

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "da", "sv", "cs", "david"]
# Its patterns look again for every line that begins like a quotation: short lines of the beginning are enough.
MOST_LINES, LONGEST_LINE, MOST_LETTERS = 2_000, 300, 20_000
HEADERS = EmailReplyParser(languages=LANGUAGES).read("").HEADER_REGEX
MORE = re.compile(
    r"^[-_ ]{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Original-Nachricht|Message d'origine|Mensaje original"
    r"|Messaggio originale|Oorspronkelijk bericht|Reply above this line)\s*[-_ ]{2,}$|^_{32}$"
    r"|^Am [^\n]{6,150}\n?[^\n]{0,120}\bschrieb[^\n]{0,80}:$|^El [^\n]{6,200}\n?[^\n]{0,120}\bescribió:$"
    r"|^Le [^\n]{6,200}\n?[^\n]{0,120}\ba écrit\s?:$",
    re.MULTILINE | re.IGNORECASE,
)
FORWARDED = re.compile(
    r"^[-_ ]{2,}\s*(?:Forwarded message|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado"
    r"|Messaggio inoltrato|Doorgestuurd bericht)\b|^(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht"
    r"|Début du message (?:réexpédié|transféré)|Inizio messaggio inoltrato|Inicio del mensaje reenviado"
    r"|Begin doorgestuurd bericht)\s*:",
    re.MULTILINE | re.IGNORECASE,
)
WHEN_OR_WHO = re.compile(r"\d{1,2}[:.h]\d\d|\d{4}|\S@\S")


@dataclass(frozen=True)
class Cut:
    """Together they are the whole text, but for the space between."""

    new: str
    quoted: str = ""


def cut(text: str) -> Cut:
    """What is below a quotation's introduction is quoted, unless the answer stands below or between it.

    Forwarded mails and answers between the lines are kept whole: without the rest they say nothing.
    """
    lines = text.strip("\n").split("\n")
    start = introduced(lines)
    if start is None:
        start = before_first_quote(lines)
    if start is None:
        return Cut(text.strip())
    above, below = "\n".join(lines[:start]).strip(), lines[start:]
    if FORWARDED.search("\n".join(lines[: start + 3])[:MOST_LETTERS]):
        return Cut(text.strip())
    return below_or_between(text, above, below)


def before_first_quote(lines: list[str]) -> int | None:
    """Where the marks begin, or a line above them that says when or who and ends with a colon, in any language."""
    first = next((n for n, line in enumerate(lines) if is_quoted(line)), None)
    above = first - 1 if first else -1
    while above > 0 and not lines[above].strip():
        above -= 1
    if above < 0 or not lines[above].rstrip().endswith((":", "：")):
        return first
    if above and lines[above - 1].strip() and not WHEN_OR_WHO.search(lines[above][:LONGEST_LINE]):
        above -= 1
    return above if WHEN_OR_WHO.search(" ".join(lines[above:first])[: 2 * LONGEST_LINE]) else first


def below_or_between(text: str, above: str, below: list[str]) -> Cut:
    quotes = [n for n, line in enumerate(below) if is_quoted(line)]
    if not quotes:
        return Cut(above, "\n".join(below).strip()) if above else Cut(text.strip())
    after = "\n".join(below[quotes[-1] + 1 :]).strip()
    between = [n for n in range(quotes[0], quotes[-1]) if below[n].strip() and not is_quoted(below[n])]
    if between and not all(len(below[n]) < 30 and is_quoted(below[n - 1]) for n in between):
        return Cut(text.strip())
    if above:
        return Cut(f"{above}\n\n{after}".strip(), "\n".join(below[: quotes[-1] + 1]).strip())
    return Cut(after, "\n".join(below[: quotes[-1] + 1]).strip()) if after else Cut(text.strip())


def is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def introduced(lines: list[str]) -> int | None:
    """The line where the first quotation is introduced."""
    shown = "\n".join(line.strip()[:LONGEST_LINE] for line in lines[:MOST_LINES])[:MOST_LETTERS]
    found = [match.start() + len(match[0]) - len(match[0].lstrip("\n")) for pattern in (HEADERS, MORE)
             if (match := pattern.search(shown))]  # fmt: skip
    return shown[: min(found)].count("\n") if found else None
