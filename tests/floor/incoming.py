"""What came into a workspace of the walks from files."""

import io
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import FileStorage

from crm.files import keep_large
from crm.importing.formats.lines import line_of
from crm.importing.models import Import, ImportRow


def fill(rows: SimpleNamespace, canary: str, boss: Any) -> None:
    """An import that is done, with a row that was refused, and one whose columns wait to be named."""
    rows.arriving = begun(canary, boss)
    rows.arriving.was_read({"headings": [canary], "samples": [[canary]], "rows": 1}, rows.arriving.file_id)
    rows.arrived = begun(canary, boss)
    rows.arrived.was_read({"headings": ["Name"], "samples": [[canary]], "rows": 1}, rows.arrived.file_id)
    rows.arrived.mapping, rows.arrived.refused = {"Name": "name"}, 1
    rows.arrived.end("done")
    rows.arrived_row = ImportRow(
        import_id=rows.arrived.id, number=2, outcome="refused", tried=False, sentence=canary, record_id=rows.customer.id
    ).save()


def begun(canary: str, boss: Any) -> Import:
    """Its file is as the reader leaves it: rows with their number and no problem."""
    kept = keep_large(FileStorage(io.BytesIO(line_of((2, [canary], "")).encode()), f"{canary}.csv"), 100)
    return Import.begin("customers", kept, boss)
