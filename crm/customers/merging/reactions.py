"""What follows a merge in the worker."""

from ...events import Event, later
from ..models import CustomerMerge
from .merge import gather


@later("customer.merged")
def gather_what_came_meanwhile(event: Event) -> None:
    """A row that was being written for the gone one at that moment names them still."""
    merge = CustomerMerge.find(id=event.facts["merge"])
    if merge.undone_at is None:
        gather(merge)
