"""Whatever a stranger sends is read within 2 seconds of CPU and 200 MB, or refused with a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.conversations.channels.email_in import caps
from crm.conversations.channels.email_in.parse import read
from crm.conversations.channels.email_in.parsed import Parsed, Refusal

from .limits import MOST_MEMORY, cpu_seconds, memory_now, most_memory
from .machine_mails import CASES
from .mails import HEAD, Case, mail, page


@pytest.fixture
def reader() -> Iterator[caps.Reader]:
    with caps.Reader() as reader:
        yield reader


@pytest.fixture(scope="module")
def old_hand() -> Iterator[caps.Reader]:
    """One that has read all mails before, as it has in the worker."""
    with caps.Reader() as reader:
        yield reader


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_mail_is_understood_within_its_limits(case: Case, old_hand: caps.Reader):
    reader = old_hand
    reader.understand(mail(), "mx.acme.test")
    assert reader.child is not None
    pid = reader.child.pid
    before, _ = cpu_seconds(pid), memory_now(pid)
    result = reader.understand(case.raw(), "mx.acme.test")
    assert reader.child is not None and reader.child.pid == pid, result  # the same child has read it to the end
    assert cpu_seconds(pid) - before < caps.CPU_SECONDS
    assert most_memory(pid) < MOST_MEMORY
    for name, expected in case.understood.items():
        found = [file.name for file in result.attachments] if name == "names" else getattr(result, name, result)
        assert expected(found) if callable(expected) else found == expected, (name, found)


def test_there_are_all_cases_of_the_list():
    assert len(CASES) >= 53 and len({case.name for case in CASES}) == len(CASES)


def test_a_mail_that_costs_too_much_ends_its_child_and_not_the_next_mail(reader, monkeypatch):
    """An endless one: the child is stopped, as by a program error that nobody foresaw."""
    reader.begin()
    reader.child.kill()
    reader.child.wait()
    assert isinstance(reader.understand(mail()), Parsed)
    reader.child.send_signal(19)
    monkeypatch.setattr(caps, "WALL_SECONDS", 0.2)
    assert reader.understand(mail()) == caps.TOO_COSTLY
    monkeypatch.setattr(caps, "WALL_SECONDS", 300)
    assert isinstance(reader.understand(mail()), Parsed)


def test_the_kernel_ends_what_runs_too_long_and_refuses_memory_beyond_the_limit():
    import subprocess
    import sys

    program = "import signal; signal.setitimer(signal.ITIMER_PROF, 0.2)\nwhile True: pass"
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == -27
    module = "crm.conversations.channels.email_in.child"
    program = f"from {module} import *; limit_memory()\ntry: bytes(200 << 20)\nexcept MemoryError: sys.exit(7)"
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 7


def test_the_child_knows_no_secret_and_ends_with_its_parent(reader, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "never to be seen")
    reader.understand(mail())
    assert reader.child is not None and reader.line is not None
    assert b"never" not in Path(f"/proc/{reader.child.pid}/environ").read_bytes()
    reader.line.close()
    assert reader.child.wait(60) == 0
    reader.line = None


@settings(max_examples=300)
@given(st.binary(max_size=3000))
def test_no_bytes_raise(raw: bytes):
    assert isinstance(read(raw), Parsed | Refusal)


FIELDS = st.sampled_from(
    "From To Cc Subject Date Message-ID References In-Reply-To Content-Type Content-Disposition Content-ID Reply-To"
    " Content-Transfer-Encoding Authentication-Results Auto-Submitted Precedence Return-Path List-Id".split()
)
PIECES = st.lists(
    st.sampled_from(
        ["=?utf-8?q?=C3?=", "=?x?b?!!?=", "<a@b.c>", "(", ")", '"', "\\", ";", "name*0*=", "boundary=b", "multipart/mixed",
         "message/rfc822", "message/delivery-status", "text/html", "charset=utf-16", "base64", "\r\n ", "\xff", "é", "@", ","]
    )
    | st.text(max_size=8)
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.tuples(FIELDS, PIECES), max_size=12), st.lists(PIECES, max_size=12))
def test_no_header_raises_and_what_comes_out_can_be_stored(fields, body):
    head = "".join(f"{name}: {' '.join(pieces)}\r\n" for name, pieces in fields)
    raw = HEAD + head.encode("utf-8", "replace") + b"\r\n"
    raw += b"\r\n--b\r\n".join("".join(p).encode("utf-8", "replace") for p in body)
    result = read(raw)
    assert isinstance(result, Parsed)
    for text in (result.subject, result.text, result.html, result.sender.name, *(f.name for f in result.attachments)):
        assert "\x00" not in text and text.encode().decode() == text
    assert "\n" not in result.subject and "\r" not in result.subject


@settings(max_examples=200)
@given(st.lists(st.sampled_from(
    ["<script>", "</script>", "<img src=", "https://e.test/x", "'", '"', ">", "<svg>", "<style>", " onerror=alert(1) ",
     "<a href=javascript:alert(1)>", "<!--", "-->", "<math>", "<iframe src=x>", "<base href=//e>", "x"]), max_size=30))  # fmt: skip
def test_no_page_runs_or_loads_anything(pieces):
    result = read(page("".join(pieces)))
    assert isinstance(result, Parsed)
    tags = [tag.partition(">")[0] for tag in result.html.split("<")[1:]]
    assert not [tag for tag in tags if tag.startswith(("script", "iframe", "base", "svg", "math", "style"))]
    assert not [tag for tag in tags if 'src="http' in tag or 'href="javascript' in tag or ' onerror="' in tag]
