"""The schema's history, one revision a file. `Database.upgrade` runs it."""
