"""One conversation, for employees."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..accounts.models import Employee
from ..events import commit
from ..files import keep
from ..web import Invalid, choice, files, integer, permitted, read, read_query, text, uuid, wants_fragment
from . import queries, talk
from .blueprint import bp
from .inbox import listing
from .lists import VIEWS
from .models import Conversation, Message
from .models.writing import Draft, reply
from .pieces import bubble
from .watching import others_of

BLOCKED = _l("Blocked: they can write no more. If it was a mistake, unblock them under Settings, Blocked senders.")

VIEW_OF = {"queued": "queue", "closed": "closed"}
WRITTEN = {
    "body": text(max=10_000, optional=True), "client_id": uuid(), "kind": choice("chat", "note"),
    "then": text(max=20, optional=True, lines=False), "position": integer(0, 2**31 - 1, optional=True),
}  # fmt: skip


@bp.get("/conversations/<int:number>")
@permitted("conversations.read")
def show(number: int) -> Any:
    """`view` names the list beside it, for those who came from another than the conversation's own."""
    view, parts = read_query(view=choice(*VIEWS, optional=True))["view"], thread_parts(number)
    if wants_fragment():
        return render_template("conversations/_conversation.html", **parts)
    return render_template("conversations/inbox.html", **listing(view or view_of(parts["conversation"])), **parts)


@bp.post("/conversations/<int:number>/messages")
@permitted("conversations.reply")
def create_message(number: int) -> Any:
    fields = read(**WRITTEN)
    conversation = find_locked(number)
    talk.guard_reply(conversation, fields["kind"])
    talk.guard_seen(conversation, current_user, fields.pop("position"), fields)
    message = reply(conversation, current_user, draft(conversation, **fields))
    commit()
    return answer(message)


@bp.patch("/conversations/<int:number>/messages/<uuid:id>")
@permitted("conversations.reply")
def edit_message(number: int, id: UUID) -> Any:
    message = Message.find(id=id, conversation_id=find_locked(number).id)
    message.edit(current_user, **read(body=text(max=10_000)))
    commit()
    return answer(message)


@bp.delete("/conversations/<int:number>/messages/<uuid:id>")
@permitted("conversations.reply")
def delete_message(number: int, id: UUID) -> Any:
    message = Message.find(id=id, conversation_id=find_locked(number).id)
    message.delete(current_user)
    commit()
    return answer(message)


@bp.post("/conversations/<int:number>/acceptance")
@permitted("conversations.reply")
def accept(number: int) -> Any:
    find_served(number).accept(current_user)
    commit()
    return redirect(url_for(".show", number=number))


@bp.post("/conversations/<int:number>/closure")
@permitted("conversations.reply")
def close(number: int) -> Any:
    conversation = find_served(number)
    view = view_of(conversation)
    conversation.close(current_user)
    commit()
    return redirect(beside_list(number, view))


@bp.post("/conversations/<int:number>/reopening")
@permitted("conversations.reply")
def reopen(number: int) -> Any:
    find_served(number).reopen()
    commit()
    return redirect(url_for(".show", number=number))


@bp.get("/conversations/<int:number>/transfer")
@permitted("conversations.reply")
def transfer_form(number: int) -> Any:
    return render_template("conversations/_transfer.html", conversation=find(number), **talk.receivers())


@bp.post("/conversations/<int:number>/transfer")
@permitted("conversations.reply")
def transfer(number: int) -> Any:
    """To a person (`employee:<id>`) or a department (`department:<id>`), with a note for them if there is one."""
    fields = read(to=text(max=60), note=text(max=2_000, optional=True))
    conversation = find_served(number)
    view = view_of(conversation)
    talk.hand_over(conversation, fields["to"], current_user, fields["note"])
    commit()
    return redirect(beside_list(number, view))


@bp.post("/conversations/<int:number>/spam")
@permitted("customers.block")
def block(number: int) -> Any:
    conversation = find_served(number)
    view = view_of(conversation)
    if conversation.customer:
        conversation.customer.block()
    conversation.close(current_user)
    commit()
    flash(BLOCKED, "good")
    return redirect(beside_list(number, view))


@bp.post("/conversations/<int:number>/reading")
@permitted("conversations.read")
def read_to(number: int) -> Any:
    """The viewer has seen everything up to `seq`."""
    conversation = find(number)
    if conversation.read_by(current_user, **read(seq=integer(0, 2**31 - 1))):
        talk.tell_seen(conversation, current_user)
    commit()
    return "", 204


@bp.get("/conversations/<int:number>/changes")
@permitted("conversations.read")
def changes(number: int) -> Any:
    """Messages born or changed after the staff's position `after`: what a page that was away asks for."""
    after = read_query(after=integer(0, 2**31 - 1))["after"]
    return talk.changes_page(find(number), after, "staff")


@bp.get("/conversations/<int:number>/earlier")
@permitted("conversations.read")
def earlier(number: int) -> Any:
    conversation = find(number)
    messages = queries.thread(conversation, before=read_query(before=integer(1, 2**31 - 1))["before"])
    return render_template(
        "conversations/_earlier.html", messages=messages, earlier=earlier_url(conversation, messages)
    )


@bp.get("/conversations/<int:number>/<any(header, panel, composer):part>")
@permitted("conversations.read")
def part(number: int, part: str) -> Any:
    return render_template(f"conversations/_{part}.html", **thread_parts(number))


@bp.post("/conversations")
@permitted("conversations.reply")
def create() -> Any:
    """Open the conversation with a colleague."""
    colleague = Employee.find(id=read(employee_id=uuid())["employee_id"], deactivated_at=None)
    conversation = Conversation.begin_internal(current_user, colleague)
    commit()
    return redirect(url_for(".show", number=conversation.number))


def find(number: int) -> Conversation:
    """The conversation for reading. Raises NotFound, also for one between others."""
    return seen_by_viewer(queries.whole(number))


def seen_by_viewer(conversation: Conversation | None) -> Conversation:
    if conversation is None or not conversation.may_be_seen_by(current_user):
        abort(404)
    return conversation


def find_locked(number: int) -> Conversation:
    """The conversation for a verb, under its lock."""
    conversation = Conversation.locked(number=number)
    if not conversation.may_be_seen_by(current_user):
        abort(404)
    return conversation


def find_served(number: int) -> Conversation:
    """The same for a verb that only conversations with customers have: not those of colleagues, nor notes alone."""
    conversation = find_locked(number)
    if conversation.customer_id is None:
        abort(404)
    return conversation


def draft(conversation: Conversation, body: str, client_id: UUID, kind: str, then: str) -> Draft:
    """Text and files of the form. Files of a repeat are not kept a second time."""
    sent = files("files")
    if not body and not sent:
        raise Invalid({"body": str(_l("Write something here."))})
    repeat = sent and talk.is_posted(conversation, current_user, client_id)
    return Draft(body, client_id, kind, () if repeat else tuple(keep(file) for file in sent), then=then)


def answer(message: Message) -> Any:
    return bubble(message), 201


def thread_parts(number: int) -> dict[str, Any]:
    """Everything _conversation.html and _panel.html name. Raises NotFound as `find` does."""
    line = queries.opened(number)
    conversation = seen_by_viewer(line.Conversation if line else None)
    colleague = None
    if conversation.is_internal:
        colleague = queries.colleague_in(conversation, current_user)
        line = queries.with_colleague(conversation, colleague)
    messages = queries.thread(conversation)
    return {
        "conversation": conversation, "colleague": colleague, "messages": messages,
        "watchers": others_of(line.watchers, current_user.id),
        "earlier": earlier_url(conversation, messages), "can": talk.can(conversation, current_user),
        **queries.beside(line),
    }  # fmt: skip


def earlier_url(conversation: Conversation, messages: list[Message]) -> str | None:
    if len(messages) < queries.THREAD or messages[0].seq == 1:
        return None
    return url_for("conversations.earlier", number=conversation.number, before=messages[0].seq)


def view_of(conversation: Conversation) -> str:
    if conversation.is_internal:
        return "direct"
    if conversation.assignee_id == current_user.id and conversation.status == "open":
        return "mine"
    return VIEW_OF.get(conversation.status, "all")


def beside_list(number: int, view: str) -> str:
    """The conversation beside the list in which one works, though it may stand there no more: `view`, or what the page
    before says."""
    came = parse_qs(urlsplit(request.referrer or "").query)
    shown: dict[str, Any] = {name: came[name][0] for name in ("view", "after") if name in came}
    return url_for(".show", number=number, **{"view": view, **shown})
