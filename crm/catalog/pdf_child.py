"""The child that makes a PDF: HTML comes in, the PDF goes out. It fetches nothing, whatever the page names."""

import resource
import sys
from typing import Any

from .pdf import MISSING

MOST_MEMORY = 1024 * 1024 * 1024  # of addresses: a page takes about a tenth of it
CPU_SECONDS = 15


def refuse(url: str, *_: Any, **_more: Any) -> Any:
    raise ValueError("Nothing is fetched.")


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        from weasyprint import HTML
    except (ImportError, OSError):  # OSError: the libraries that it calls are not installed
        return MISSING
    sys.stdout.buffer.write(HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=refuse).write_pdf() or b"")
    return 0


if __name__ == "__main__":
    sys.exit(main())
