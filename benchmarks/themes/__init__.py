"""Themes beside what others cluster with, on the same vectors in the same run.

    CONDUIT_DATA=… python -m benchmarks.themes [TABLE …] [--runs 3] [--threads 2]

prints the tables that are named, or all: `banking77` and `clinc150` (agreement with the true
groups), `stability` (whether a document's theme stays when more come, and whether people's edits
are obeyed), `order`, `online`, `speed` and `million`. Nothing is fitted on labels here, and what
peers must be told is their true number of groups. Settings of ours were chosen on Banking77's train
split, whose intents are those of its test split, and on MultiDoGO's: of the two sets with known
figures, CLINC150 is the stranger.
"""
