"""Themes: findings gathered by what they are about, with an identity that lasts.

`cluster` gathers documents into themes on their vectors; `identity` says which of the themes found
now are the ones that were known before, and what became of the others; `assign` puts a new document
into a known theme; `names` and `quotes` say what a theme is about in the customers' own words;
`trends`, `bursts` and `related` say what moves; `quality` says how far to trust it all. Everything
here is a pure function: no database, no clock, the same answer for the same documents in any order.
"""
