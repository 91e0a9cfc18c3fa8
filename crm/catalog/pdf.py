"""Pages as PDF, made by a process of its own with limits: what it needs in memory is given back at once."""

import subprocess
import sys
from threading import BoundedSemaphore

from flask import current_app
from flask_babel import gettext as _

from ..web import Refused

SECONDS = 20
MISSING = 3
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
one_at_a_time = BoundedSemaphore()


class NoPdf(Refused):
    """It could not be made; the sentence says what to do."""


def pdf_of(html: str) -> bytes:
    """Raises NoPdf."""
    if not one_at_a_time.acquire(timeout=SECONDS):
        raise NoPdf(busy())
    try:
        made = subprocess.run(
            [sys.executable, "-m", "crm.catalog.pdf_child"], input=html.encode(), capture_output=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoPdf(busy()) from None
    finally:
        one_at_a_time.release()
    if made.returncode == MISSING:
        raise NoPdf(_("The PDF cannot be made here: whoever runs this server installs %(packages)s. Until then print the "
                      "page.", packages=PACKAGES))  # fmt: skip
    if made.returncode or not made.stdout.startswith(b"%PDF-"):
        current_app.logger.error("A PDF could not be made: %s", made.stderr[-500:].decode(errors="replace"))
        raise NoPdf(_("The PDF could not be made. Print the page instead."))
    return made.stdout


def busy() -> str:
    return _("The PDF takes too long to make just now. Try again, or print the page.")
