"""One customer's conversations: the same routes for the widget's frame and for the portal.

`g.visitor` says who asks; what is not theirs does not exist. A blueprint's templates are in the folder of its name.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for

from ..accounts.models import Department
from ..conversations import queries, talk
from ..conversations.asking import named_reasons
from ..conversations.models import Conversation, Rating
from ..conversations.models.message import Message
from ..conversations.models.writing import Draft, post
from ..events import commit
from ..extensions import limiter
from ..files import keep
from ..web import Invalid, choice, email, files, integer, read, read_query, text, uuid, wants_fragment
from . import sites, views
from .limits import MESSAGES, address, limited, uploads

LAST = 2**31 - 1


def add_to(bp: Blueprint, prefix: str = "", **own: Any) -> None:
    """Give `bp` what whoever sees a conversation may do, under `prefix`; `own` are those routes that it has itself."""
    all_of_them, one = f"{prefix}/conversations", f"{prefix}/conversations/<int:number>"
    bp.get(one)(own.get("show", show))
    bp.get(f"{one}/state")(state)
    bp.get(f"{one}/changes")(own.get("changes", changes))
    bp.post(all_of_them)(own.get("begin", begin))
    bp.post(f"{one}/messages")(own.get("create_message", create_message))
    bp.post(f"{one}/reading")(read_to)
    bp.post(f"{one}/rating")(rate)


def add_all_to(bp: Blueprint, prefix: str) -> None:
    """And what only the customer may: all of it, saying who they are, and ending it."""
    one = f"{prefix}/conversations/<int:number>"
    add_to(bp, prefix)
    bp.get(f"{one}/earlier")(earlier)
    bp.post(f"{one}/contact")(leave_contact)
    bp.post(f"{one}/closure")(close)
    bp.post(f"{one}/reopening")(reopen)


@limited("120 per minute")
def show(number: int) -> Any:
    return views.thread(mine(number))


@limited("240 per minute")
def state(number: int) -> Any:
    return views.state(mine(number))


@limited("240 per minute")
def changes(number: int) -> Any:
    """Messages born or changed after the customer's position `after`; notes have none, so they are never among them."""
    after = read_query(after=integer(0, LAST))["after"]
    return talk.changes_page(mine(number), after, "customer")


@limited("60 per minute")
def earlier(number: int) -> Any:
    conversation = mine(number)
    messages = queries.thread(conversation, read_query(before=integer(1, LAST))["before"], for_customer=True)
    address = views.earlier_url(conversation, messages)
    return render_template("widget/_earlier.html", messages=messages, earlier=address, audience="customer")


@uploads
@limiter.limit("30 per minute; 300 per hour", key_func=address)
@limited("6 per minute; 40 per hour", "300 per minute")
def begin() -> Any:
    """A new conversation with its first message; both are found again by `client_id`."""
    conversation, message = first_message()
    commit()
    return answer(conversation, message)


def first_message(joined: Callable[[Conversation], None] = lambda conversation: None) -> tuple[Conversation, Message]:
    """What somebody begins with; `joined` is called with the conversation before anything is said in it."""
    fields = first_fields()
    sent = sent_files(fields["body"])
    conversation = begun(fields)
    joined(conversation)
    message = post(conversation, g.visitor.customer, draft(conversation, fields["body"], fields["client_id"], sent))
    if fields["how"] == "leave" and message.seq == 1:
        conversation.leave_message()
    return conversation, message


def first_fields() -> dict[str, Any]:
    """What comes with a first message. Raises Invalid, also when a message is left without an address."""
    fields = read(
        body=text(max=10_000, optional=True), client_id=uuid(), how=choice("wait", "leave", optional=True),
        name=text(max=200, optional=True, lines=False), email=email(optional=True),
        page_url=text(max=2_000, optional=True, lines=False), department_id=uuid(optional=True),
    )  # fmt: skip
    known = g.visitor.customer and g.visitor.customer.contact_email
    if fields["how"] == "leave" and not (fields["email"] or known):
        raise Invalid({"email": views.words()["email_needed"]})
    return fields


def begun(fields: dict[str, Any]) -> Conversation:
    """The conversation of this client_id, begun now or before, locked."""
    customer = g.visitor.customer_or_new(fields["name"], fields["email"])
    department = department_of(fields["department_id"] or g.visitor.department_id)
    conversation = Conversation.begin(customer, department, fields["client_id"], sites.allowed_page(fields["page_url"]))
    return Conversation.locked(id=conversation.id)


def department_of(id: UUID | None) -> Department | None:
    """The department asked for if it is open, else the one where new conversations go."""
    open_ones = Department.open_ones()
    return next((department for department in open_ones if department.id == id), open_ones[0] if open_ones else None)


@uploads
@limited(MESSAGES)
def create_message(number: int) -> Any:
    return take_message(number)


def take_message(number: int) -> Any:
    """One more message; whoever calls this has counted how often its sender may."""
    fields = read(body=text(max=10_000, optional=True), client_id=uuid())
    sent = sent_files(fields["body"])
    conversation = mine_locked(number)
    talk.guard_writing(conversation)
    message = post(conversation, g.visitor.customer, draft(conversation, fields["body"], fields["client_id"], sent))
    commit()
    return answer(conversation, message)


def sent_files(body: str) -> list[Any]:
    sent = files("files")
    if not body and not sent:
        raise Invalid({"body": views.words()["write_something"]})
    return sent


def draft(conversation: Conversation, body: str, client_id: UUID, sent: list[Any]) -> Draft:
    """The message to post. Files of a repeat are not kept a second time."""
    repeat = bool(sent) and talk.is_posted(conversation, g.visitor.customer, client_id)
    return Draft(body, client_id, "chat", () if repeat else tuple(keep(file) for file in sent))


def answer(conversation: Conversation, message: Message) -> Any:
    """The message's fragment, and where its conversation is; a page without JavaScript goes there."""
    there = url_for(".show", number=conversation.number)
    if "text/html" in request.headers.get("Accept", "").split(",")[0] and not wants_fragment():
        return redirect(there, 303)
    messages = queries.dressed([message]) if message.has_files else [message]
    response = make_response(
        render_template("conversations/_messages.html", messages=messages, audience="customer"), 201
    )
    response.headers["X-Conversation"] = str(conversation.number)
    return response


@limited("240 per minute")
def read_to(number: int) -> Any:
    """The customer has seen everything up to `seq`."""
    conversation = mine(number)
    if conversation.read_by(g.visitor.customer, **read(seq=integer(0, LAST))):
        talk.tell_seen(conversation, g.visitor.customer)
    commit()
    return "", 204


@limited("20 per minute")
def leave_contact(number: int) -> Any:
    """Name and address, both freely given; `leave` says that they do not wait any longer."""
    fields = read(
        name=text(max=200, optional=True, lines=False), email=email(optional=True), leave=choice("1", optional=True)
    )
    conversation = mine_locked(number)
    g.visitor.customer.introduce(fields["name"], fields["email"])
    if fields["leave"] and not g.visitor.customer.contact_email:
        raise Invalid({"email": views.words()["email_needed"]})
    if fields["leave"]:
        conversation.leave_message()
    commit()
    return views.settled(conversation)


@limited("20 per minute")
def close(number: int) -> Any:
    conversation = mine_locked(number)
    conversation.close(g.visitor.customer)
    commit()
    return views.settled(conversation)


@limited("10 per minute")
def reopen(number: int) -> Any:
    conversation = mine_locked(number)
    talk.guard_writing(conversation)
    conversation.reopen()
    commit()
    return views.settled(conversation)


@limited("20 per minute")
def rate(number: int) -> Any:
    fields = read(stars=integer(1, 5), feedback=text(max=2_000, optional=True), reasons=named_reasons())
    conversation = mine(number)
    rating = Rating.locked(id=Rating.open_for(conversation).id)
    rating.give(**fields)
    commit()
    return views.settled(conversation)


def mine(number: int) -> Conversation:
    """The visitor's own conversation of this number. Raises NotFound: others' do not exist for them."""
    conversation = queries.whole(number) if g.visitor.customer and number <= LAST else None
    if conversation is None or conversation.customer_id != g.visitor.customer.id or not g.visitor.sees(conversation.id):
        abort(404)
    return conversation


def mine_locked(number: int) -> Conversation:
    """The same for a verb, under its lock."""
    if g.visitor.customer is None or number > LAST:
        abort(404)
    conversation = Conversation.locked(number=number, customer_id=g.visitor.customer.id)
    return conversation if g.visitor.sees(conversation.id) else abort(404)
