"""Which headings the files of products of other programs have, and what they are here."""

from ..customers.import_sources import source

SOURCES = (
    source(
        "HubSpot",
        "Record ID; Unit price",
        external_id="Record ID",
        name="Name",
        sku="SKU",
        description="Product description; Description",
        category="Folder name; Folder",
    ),
    source(
        "Salesforce",
        "ProductCode; Family",
        external_id="Id",
        name="Name",
        sku="ProductCode",
        description="Description",
        category="Family",
        active="IsActive",
    ),
    source(
        "Salesforce",
        "Product Name; Product Family",
        name="Product Name",
        sku="Product Code",
        description="Product Description",
        category="Product Family",
        active="Active",
    ),
    source(
        "Pipedrive",
        "Product - Name",
        external_id="Product - ID",
        name="Product - Name",
        sku="Product - Product code",
        description="Product - Description",
        category="Product - Category",
        tax_rate="Product - Tax; Product - Tax %",
        active="Product - Active",
    ),
)
