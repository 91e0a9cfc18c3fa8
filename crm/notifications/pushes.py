"""Notifications on the way to browsers that no page of ours is open in: not what was seen by then, and each once."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..accounts.models import Employee
from ..db import db, now
from ..events import Event, later, put_off, record
from ..jobs import every, job
from ..locale import language_of
from ..templating import speaking
from . import queries, webpush
from .models import Device, Notification, Push
from .wishes import Wishes

PATIENCE = timedelta(seconds=10)  # in which somebody who sits before a page sees it there
STRANDED = timedelta(seconds=60)
KEPT = timedelta(hours=1)
TRIES = 6
AT_ONCE = 200
TITLE, BODY = 120, 160


def queue_pushes(notification_id: UUID, employee: Employee) -> None:
    """To each of their browsers, after a moment."""
    devices = [device.id for device in Device.of(employee)]
    if devices:
        Push.queue(notification_id, devices, now() + PATIENCE + STRANDED)
        put_off(record("notification.pushing", Notification.find(id=notification_id)), now() + PATIENCE)


@later("notification.pushing")
def hand_over(event: Event) -> None:
    for push_id in Push.of(event.subject_id):
        push.enqueue(push_id=str(push_id))


@every(seconds=30)
def find_waiting_pushes() -> None:
    """What is to be tried again, and what a lost Redis or a killed worker left behind."""
    due = select(Push.id).where(Push.due < now()).order_by(Push.due).limit(AT_ONCE)
    for push_id in db.session.scalars(due).all():
        push.enqueue(push_id=str(push_id))


@every(seconds=6 * 3600)
def forget_signed_out_devices() -> None:
    for device in db.session.scalars(select(Device).where(~Device.is_signed_in()).limit(AT_ONCE)).all():
        device.forget()


@job(seconds=25)
def push(push_id: str) -> None:
    """Try one. That it is tried stands in the database before anything leaves, so nobody tries it at the same time."""
    one = db.session.scalars(select(Push).where(Push.id == UUID(push_id)).with_for_update()).first()
    if one is None or (one.tries and one.due > now()):
        return
    if one.tries >= TRIES or not is_wanted(one):
        return one.drop()
    one.tries += 1
    one.due = now() + timedelta(seconds=30 * 2**one.tries)
    topic, words = topic_of(one.notification), payload(one.notification)
    keys = {"endpoint": one.device.endpoint, "p256dh": one.device.p256dh, "auth": one.device.auth}
    db.session.commit()
    try:
        settle(one, webpush.deliver(topic=topic, words=words, **keys))
    except (OSError, webpush.Unfit) as problem:
        settle(one, webpush.Answer(0, why=str(problem) or type(problem).__name__))


def is_wanted(one: Push) -> bool:
    """Whether it is news still: not seen, not hours ago, not in quiet hours, and in a browser that is signed in."""
    owner = one.notification.person
    unseen = select(Notification.id).where(*Notification.unseen(owner.id), Notification.id == one.notification_id)
    here = select(Device.id).where(Device.id == one.device_id, Device.person_id == owner.id, Device.is_signed_in())
    young = one.created_at > now() - KEPT and owner.is_active and not Wishes(owner).is_quiet()
    return young and db.session.scalar(unseen) is not None and db.session.scalar(here) is not None


def settle(one: Push, answer: webpush.Answer) -> None:
    """What the service said, of a device that may have been taken away meanwhile."""
    query = select(Device).where(Device.id == one.device_id).with_for_update()
    device = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if device is None or answer.is_gone:
        return device.forget() if device else None
    if answer.is_taken:
        device.took()
        one.notification.pushed_at = now()
    else:
        device.failed(answer.why)
    if answer.is_final:
        one.drop()
    elif answer.pause:
        one.wait(answer.pause)


def topic_of(notification: Notification) -> str:
    """Of several about the same a browser that was away is given the last."""
    return (notification.conversation_id or notification.ticket_id or notification.id).hex


def payload(notification: Notification) -> bytes:
    """What happened, who or what it is about, and where: never what somebody wrote."""
    reader = notification.person
    with speaking(language_of(reader)):
        [told] = queries.given([notification.id])
        shown: dict[str, Any] = {"title": told.sentence[:TITLE], "body": told.about[:BODY]}
    return json.dumps(shown | {"path": told.path, "tag": told.path}).encode()
