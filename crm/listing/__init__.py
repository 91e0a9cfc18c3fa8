"""Lists of records: filters, sorting, columns, saved views, counts, pages, changes in place and of many, files.

A feature declares a `Listing` with its columns and mounts it; this package knows no feature. See columns.py and pages.py.
"""
