"""Which headings the files of tickets of other programs have, and what they are here."""

from ..customers.import_sources import source

SOURCES = (
    source(
        "HubSpot",
        "Ticket ID; Ticket name",
        external_id="Ticket ID",
        subject="Ticket name",
        note="Ticket description",
        status="Ticket status",
        priority="Priority",
        customer="Associated Contact (Primary); Associated Contact; Associated Contacts",
        assignee="Ticket owner",
        tags="Category",
        opened="Create date",
        ended="Close date",
    ),
    source(
        "Salesforce",
        "CaseNumber; ContactEmail",
        external_id="CaseNumber",
        subject="Subject",
        note="Description",
        status="Status",
        priority="Priority",
        type="Type",
        customer="ContactEmail",
        opened="CreatedDate",
        ended="ClosedDate",
    ),
    source(
        "Salesforce",
        "Case Number; Date/Time Opened",
        external_id="Case Number",
        subject="Subject",
        note="Description",
        status="Status",
        priority="Priority",
        type="Type",
        customer="Contact Email; Contact Name",
        assignee="Case Owner",
        opened="Date/Time Opened",
        ended="Date/Time Closed",
    ),
)
