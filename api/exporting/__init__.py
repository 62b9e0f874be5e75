"""Rows as files: one format a file, written while rows come, in memory that does not grow.

To add a format: a file with a function like those beside it, and its row in `FORMATS` of
`api.exporting.formats`.
"""
