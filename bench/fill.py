"""A business that has been at work for years: customers, conversations, messages, written in bulk as the schema's owner.

Conversations 1 to 100 are open and spread over twenty employees: the ones people talk in. 101 to 200 are open and all
with the first employee, whose pages are measured; 201 to 230 wait; the others are closed, most of them with a rating.
The first 230 have sixty messages each, so that a thread fills its page; the rest share what is left. From 151 on,
a hundred thousand have a ticket: those of open conversations are open, one in fifty of the others too.
"""

import hashlib

import psycopg

from crm.accounts.models import hashed
from crm.db import uuid7
from crm.tickets.models.search import SHELF

from . import crowd, words
from .figures import say
from .stack import Stack

SLUG, WIDGET_KEY = "bench", "wk_bench_bench_bench_bench_1"
EMPLOYEES = 20
TALKED_IN, OPEN, LONG = 100, 200, 230
LONG_THREAD, SHORT = 60, 8
FIRST_TICKET, MOST_TICKETS = 151, 100_000

TABLES = """
CREATE TEMP TABLE staff AS SELECT n, make_uuid7() AS id FROM generate_series(1, {employees}) n;
CREATE TEMP TABLE teams AS SELECT n, make_uuid7() AS id FROM generate_series(1, 4) n;
CREATE TEMP TABLE clients AS SELECT n, make_uuid7() AS id FROM generate_series(1, {customers}) n;
CREATE TEMP TABLE talks AS SELECT n, make_uuid7() AS id,
    1 + (n - 1) % {customers} AS client, CASE WHEN n <= {talked_in} THEN 1 + n % {employees} WHEN n <= {open} THEN 1
        WHEN n <= {long} THEN NULL ELSE 1 + n % {employees} END AS employee, 1 + n % 4 AS team,
    CASE WHEN n <= {long} THEN {long_thread} ELSE {short_thread} END AS size,
    CASE WHEN n <= {open} THEN 'open' WHEN n <= {long} THEN 'queued' ELSE 'closed' END AS status,
    now() - n * interval '7 minutes' AS at
FROM generate_series(1, {talks}) n;
ANALYZE staff; ANALYZE teams; ANALYZE clients; ANALYZE talks;
"""

STAFF = """
INSERT INTO departments (tenant_id, id, name, position)
SELECT '{tenant}', id, 'Department ' || n, n FROM teams;
INSERT INTO people (tenant_id, id, kind, name, email, role, availability, department_id, preferences)
SELECT '{tenant}', staff.id, 'employee', 'Employee ' || staff.n, 'employee' || staff.n || '@bench.test', 'agent',
    'available', teams.id, '{{}}' FROM staff JOIN teams ON teams.n = 1 + staff.n % 4;
"""

TALKS = """
INSERT INTO conversations (tenant_id, id, created_at, number, channel, status, subject, customer_id, assignee_id,
    department_id, client_id, episode, staff_position, customer_position, last_customer_seq, last_reply_seq,
    last_message_at, preview, queued_at, queued_place, accepted_at, first_reply_at, closed_at, page_url)
SELECT '{tenant}', talks.id, at - interval '2 hours', talks.n, 'chat', status, '', clients.id, staff.id, teams.id,
    gen_random_uuid(), 1, size, size, size - 1 + (talks.n % 3 = 0)::int, size - (talks.n % 3 = 0)::int, at,
    'Where is my parcel? It should have come on ' || at::date, at - interval '2 hours', 1, at - interval '1 hour',
    CASE WHEN status <> 'queued' THEN at - interval '1 hour' END, CASE WHEN status = 'closed' THEN at END, ''
FROM talks JOIN clients ON clients.n = talks.client JOIN teams ON teams.n = talks.team
LEFT JOIN staff ON staff.n = talks.employee;
INSERT INTO counters (tenant_id, id, name, value) VALUES ('{tenant}', make_uuid7(), 'conversations', {talks});
INSERT INTO participants (tenant_id, id, conversation_id, person_id, last_read_seq)
SELECT '{tenant}', make_uuid7(), talks.id, staff.id, size - talks.n % 4 FROM talks JOIN staff ON staff.n = talks.employee;
INSERT INTO participants (tenant_id, id, conversation_id, person_id, last_read_seq)
SELECT '{tenant}', make_uuid7(), talks.id, clients.id, size - talks.n % 2 FROM talks JOIN clients ON clients.n = talks.client;
INSERT INTO ratings (tenant_id, id, conversation_id, episode, customer_id, employee_id, stars, feedback, rated_at)
SELECT '{tenant}', make_uuid7(), talks.id, 1, clients.id, staff.id, 1 + talks.n % 5, '', at
FROM talks JOIN clients ON clients.n = talks.client JOIN staff ON staff.n = talks.employee
WHERE status = 'closed' AND talks.n % 5 < 3;
"""

MESSAGES = """
INSERT INTO messages (tenant_id, id, created_at, conversation_id, seq, staff_position, customer_position, kind,
    sender_id, body, client_id)
SELECT '{tenant}', make_uuid7(), at - (size - seq) * interval '40 seconds', talks.id, seq, seq, seq, 'chat',
    CASE WHEN seq % 2 = (talks.n % 3 <> 0)::int OR staff.id IS NULL THEN clients.id ELSE staff.id END,
    'Line ' || seq || ': ' || one.said || CASE WHEN seq % 4 = 0 THEN '. Order ' || 100000 + talks.n * 7 + seq || '. ' ELSE '. ' END
        || two.said || '.', gen_random_uuid()
FROM talks JOIN clients ON clients.n = talks.client LEFT JOIN staff ON staff.n = talks.employee
CROSS JOIN LATERAL generate_series(1, size) seq
JOIN sentences one ON one.n = (talks.n * 31 + seq * 17) % {sentences} JOIN sentences two ON two.n = (talks.n * 13 + seq * 7) % {sentences}
WHERE talks.n > {first} AND talks.n <= {last};
"""
TICKETS = """
INSERT INTO tickets (tenant_id, id, created_at, number, subject, type, priority, status, source, customer_id, assignee_id,
    department_id, touched_at, solved_at, closed_at)
SELECT '{tenant}', talks.id, at - interval '2 hours', talks.n, 'Parcel ' || md5(talks.n::text) || ' has not come',
    (ARRAY['question', 'problem', 'incident', 'task'])[1 + talks.n % 4],
    (ARRAY['normal', 'normal', 'high', 'low', 'urgent'])[1 + talks.n % 5], state, 'chat', clients.id, staff.id, teams.id, at,
    CASE WHEN state IN ('solved', 'closed') THEN at END, CASE WHEN state = 'closed' THEN at END
FROM (SELECT *, CASE WHEN status <> 'closed' OR n % 50 = 0 THEN (ARRAY['open', 'pending', 'hold'])[1 + n % 3]
          WHEN n % 10 = 0 THEN 'solved' ELSE 'closed' END AS state FROM talks) talks
JOIN clients ON clients.n = talks.client JOIN teams ON teams.n = talks.team
LEFT JOIN staff ON staff.n = talks.employee WHERE talks.n BETWEEN {first_ticket} AND {last_ticket};
INSERT INTO ticket_conversations (tenant_id, id, ticket_id, conversation_id, from_seq)
SELECT '{tenant}', make_uuid7(), id, id, 0 FROM talks WHERE n BETWEEN {first_ticket} AND {last_ticket};
INSERT INTO ticket_tags (tenant_id, id, ticket_id, name)
SELECT '{tenant}', make_uuid7(), id, 'tag' || n % 40 FROM talks
WHERE n BETWEEN {first_ticket} AND {last_ticket} AND n % 2 = 0;
INSERT INTO counters (tenant_id, id, name, value) VALUES ('{tenant}', make_uuid7(), 'tickets', {last_ticket});
UPDATE conversations SET tracked = true WHERE number BETWEEN {first_ticket} AND {last_ticket};
"""
TOKENS = """
INSERT INTO visitor_tokens (tenant_id, id, key_hash, customer_id, expires_at)
SELECT '{tenant}', make_uuid7(),
    encode(sha256(convert_to(encode(sha256(convert_to('bench-' || n, 'UTF8')), 'hex'), 'UTF8')), 'hex'), id,
    now() + interval '90 days' FROM clients;
"""
STEP, EVENTS_STEP = 20_000, 500_000


def fill(stack: Stack, customers: int, messages: int, events: int = 0) -> None:
    """Does nothing when the folder was filled before; what it was filled with is then kept."""
    done = stack.folder.path / "bench"
    if done.exists():
        return say(f"Using the data that is there: {done.read_text()}.")
    say(f"Writing {customers:,} customers and {messages:,} messages…")
    values = numbers(customers, messages, events)
    with psycopg.connect(stack.postgres.url("owner")) as connection:
        write(connection, values)
    with psycopg.connect(stack.postgres.url("superuser"), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    done.write_text(f"{customers:,} customers, {values['talks']:,} conversations, {messages:,} messages")


def numbers(customers: int, messages: int, events: int) -> dict:
    """What stands in the statements."""
    talks = LONG + max(0, messages - LONG * LONG_THREAD) // SHORT
    values = {"customers": customers, "talks": talks, "events": events, "employees": EMPLOYEES, "tenant": uuid7()}
    values |= {"open": OPEN, "long": LONG, "long_thread": LONG_THREAD, "short_thread": SHORT, "talked_in": TALKED_IN}
    values |= {"first_ticket": FIRST_TICKET, "last_ticket": min(talks, FIRST_TICKET + MOST_TICKETS - 1)}
    return values | {"sentences": words.SENTENCES}


def write(connection: psycopg.Connection, values: dict) -> None:
    connection.execute(f"SET LOCAL app.tenant_id = '{values['tenant']}'")
    connection.execute(
        "INSERT INTO tenants (id, slug, name, widget_key, country) VALUES (%s, %s, 'Bench', %s, 'DE')",
        (values["tenant"], SLUG, WIDGET_KEY),
    )
    for script in (TABLES, STAFF, crowd.NAMES, crowd.PEOPLE, crowd.FIELDS, TOKENS, TALKS, TICKETS):
        connection.execute(script.format(**values))
    connection.execute(words.TABLE)
    with connection.cursor() as cursor, cursor.copy("COPY sentences FROM STDIN") as lines:
        for line in words.sentences():
            lines.write_row(line)
    connection.execute("ANALYZE sentences")
    for first in range(0, values["talks"], STEP):
        connection.execute(MESSAGES.format(**values, first=first, last=first + STEP))
    connection.execute(crowd.TOLD.format(**values))
    for first in range(1, values["events"], EVENTS_STEP):
        connection.execute(
            crowd.EVENTS.format(**values, first=first, last=min(first + EVENTS_STEP - 1, values["events"]))
        )
    connection.execute(words.ENTRIES.format(**values, shelf=SHELF))


def visitor_key(number: int) -> str:
    """The key of customer `number`'s token, as crm.portal.visitors.key_of makes it; the table holds its hash."""
    return hashlib.sha256(f"bench-{number}".encode()).hexdigest()


__all__ = ["EMPLOYEES", "FIRST_TICKET", "OPEN", "SLUG", "TALKED_IN", "WIDGET_KEY", "fill", "hashed", "visitor_key"]
