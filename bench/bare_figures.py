"""What the parts can do by themselves, on the same servers and in the same run."""

import os
import re
import subprocess
import sys
import time

import psycopg
import redis

from .figures import milliseconds, percentile
from .stack import Stack

TABLE = "CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, conversation uuid, body text, at timestamptz)"
INSERT = "INSERT INTO bench_bare (conversation, body, at) VALUES (gen_random_uuid(), repeat('x', 100), now());\n"
CLIENTS = 16


def inserts_per_s(stack: Stack, seconds: int) -> float:
    """Rows a second that pgbench inserts and commits one by one, with sixteen connections."""
    with psycopg.connect(stack.postgres.url("owner"), autocommit=True) as connection:
        connection.execute(TABLE)
    where = ["-h", "127.0.0.1", "-p", str(stack.postgres.port), "-U", "rapport_owner", "rapport"]
    command = [str(stack.postgres.bin / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds)]
    password = {"PGPASSWORD": stack.postgres.passwords["owner"]}
    said = subprocess.run(
        [*command, "-f", "/dev/stdin", *where], input=INSERT, env=os.environ | password, capture_output=True, text=True
    )
    with psycopg.connect(stack.postgres.url("owner"), autocommit=True) as connection:
        connection.execute("DROP TABLE bench_bare")
    found = re.search(r"tps = ([\d.]+)", said.stdout)
    if not found:
        sys.exit(f"pgbench failed: {said.stderr}")
    return round(float(found[1]), 1)


def publish_p50_ms(stack: Stack, times: int = 3000) -> float:
    """From PUBLISH to the message in a subscriber's hands, one at a time."""
    client = redis.Redis.from_url(stack.redis_url)
    listener = client.pubsub()
    listener.subscribe("bench")
    listener.get_message(timeout=1)
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        client.publish("bench", b"x" * 1000)
        while not (message := listener.get_message(timeout=1)) or message["type"] != "message":
            pass
        spent.append(time.perf_counter() - began)
    listener.close()
    return milliseconds(percentile(spent, 0.5))
