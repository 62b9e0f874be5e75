"""Themes: findings gathered by what they are about, with an identity that lasts.

`cluster` gathers documents into themes on their vectors; `identity` says which of the themes found
now are the ones that were known before, and what became of the others; `assign` puts a new document
into a known theme. `graph`, `partition` and `steady` are the parts of `cluster`: who is near whom,
how finely it is cut, and what keeps it near the themes as they were.

`names` (with `words`, `phrases`, `terms`, `reword`) and `quotes` say what a theme is about in the
customers' own words; `trends`, `growth`, `bursts`, `alerts` and `related` (with `intervals`) what
moves; `quality` says how far to trust it all. Everything so far is a pure function: no database, no
clock, the same answer for the same documents in any order. `material`, `gather`, `kept`, `listing`
and `report` (with `gathered`, `course`, `breakdown`, `plots`) are the command `conduit themes`.
"""
