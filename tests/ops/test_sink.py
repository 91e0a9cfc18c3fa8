import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from crm.ops.folder import free_port
from crm.ops.programs import HERE

from .instance import wait_until


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "sink.py"), str(port), str(tmp_path)])
    wait_until(lambda: answers(port))
    yield port
    process.terminate()
    assert process.wait(60) == 0


def answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port).close()
    except OSError:
        return False
    return True


def test_each_mail_becomes_a_file_with_whom_it_was_for(sink, tmp_path):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@acme.test", "carla@example.test", "How was it? ★"
    mail.set_content("Tell us.\n.\nReally.")
    with smtplib.SMTP("127.0.0.1", sink) as smtp:
        smtp.send_message(mail, to_addrs=["carla@example.test", "hidden@example.test"])
    (kept,) = tmp_path.glob("*.eml")
    text = kept.read_text()
    assert "Delivered-To: hidden@example.test" in text
    assert "Return-Path: <shop@acme.test>" in text
    assert "Really." in text
    assert not list(tmp_path.glob("*.new"))
