"""The files of a mail: kept as those of a chat are, except for the pictures that stand in its page."""

from dataclasses import dataclass, field
from html import escape

from ...files import PICTURES, Kept, keep_content
from ...web import Invalid
from ..channels.email_in.parsed import Attachment, Parsed


@dataclass
class Files:
    """`pictures` are {cid: {id, type}} of those that its page shows; `held` names what is only in the original."""

    attached: tuple[Kept, ...] = ()
    pictures: dict[str, dict[str, str]] = field(default_factory=dict)
    held: tuple[str, ...] = ()


def keep_files(parsed: Parsed) -> Files:
    found = Files()
    for file in parsed.attachments:
        try:
            kept = keep_content(file.content, file.name)
        except Invalid:  # a program, or empty
            found.held = (*found.held, file.name)
            continue
        if stands_in_page(file, kept, parsed):
            found.pictures[file.cid] = {"id": str(kept.id), "type": kept.type}
        else:
            found.attached = (*found.attached, kept)
    return found


def stands_in_page(file: Attachment, kept: Kept, parsed: Parsed) -> bool:
    return bool(file.cid) and kept.type in PICTURES and f'"cid:{escape(file.cid)}"' in parsed.html
