"""Giving somebody everything that is kept about them: a ZIP of JSON and files."""
