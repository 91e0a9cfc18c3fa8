"""Poison: jobs and outbox rows that nobody can do, before the mails of everybody else."""

import os
import time
import uuid

from rq import Queue, Retry
from rq.serializers import JSONSerializer

from .faults import fault
from .house import House

MANY = 5


@fault()
def poison_jobs(house: House) -> None:
    """No such function, no such job, no such tenant, no such mail, arguments of the wrong kind, and rubbish for a job."""
    client, tenant = house.redis(), house.people["tenants"][0]["id"]
    house.expected += ["crm/jobs.py", "rq/"]  # the worker says why it could not do them
    queue = Queue("mail", connection=client, serializer=JSONSerializer)
    for _ in range(MANY):
        queue.enqueue("crm.jobs.no_such_function", retry=Retry(max=3))
        queue.enqueue("crm.jobs.run", tenant, "no_such_job", {}, retry=Retry(max=3))
        queue.enqueue(
            "crm.jobs.run", str(uuid.uuid4()), "send_mail", {"mail_id": str(uuid.uuid4())}, retry=Retry(max=3)
        )
        queue.enqueue("crm.jobs.run", tenant, "send_mail", {"mail_id": "rubbish"}, retry=Retry(max=3))
        queue.enqueue("crm.jobs.run", tenant, "send_mail", {"wrong": 1}, retry=Retry(max=3))
        queue.enqueue("os._exit", 1, retry=Retry(max=3))
        client.rpush("rq:queue:mail", f"no-such-job-{uuid.uuid4()}")
        key = uuid.uuid4()
        client.hset(f"rq:job:{key}", mapping={"data": os.urandom(64), "created_at": "never"})
        client.rpush("rq:queue:mail", str(key))
    time.sleep(2)


@fault()
def poison_outbox(house: House) -> None:
    """Rows of events that are not there, of tenants that are not there, and of an event nobody understands."""
    tenant = house.people["tenants"][0]["id"]
    with house.superuser() as connection:
        for _ in range(MANY):
            there, nowhere = uuid.uuid4(), uuid.uuid4()
            connection.execute("INSERT INTO outbox (tenant_id, event_id) VALUES (%s, %s), (%s, %s)",
                               (tenant, there, nowhere, nowhere))  # fmt: skip
    time.sleep(2)
