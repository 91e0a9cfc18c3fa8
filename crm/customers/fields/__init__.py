"""Custom fields: what a workspace adds to its records, read and written everywhere through the same three functions.

has_fields(Ticket, _l("Tickets"))                        # a kind of record has them: its model has a column `custom`
fields_of("ticket")                                      # [Field] in their order; `viewer=` leaves out what they may not see
values = read_custom("ticket", request.form, prefix="custom_")   # {key: value or None}; raises Invalid by field
write_custom(ticket, values)                             # into `custom` and custom_values, in this transaction
"""

from .reading import read_custom
from .registry import KINDS, fields_of, forget_fields, has_fields, kind_of
from .types import TYPES, Field
from .writing import forget_custom, rows_of, write_custom

__all__ = [
    "KINDS",
    "TYPES",
    "Field",
    "fields_of",
    "forget_custom",
    "forget_fields",
    "has_fields",
    "kind_of",
    "read_custom",
    "rows_of",
    "write_custom",
]
