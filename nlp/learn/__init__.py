"""Corpora, training, evaluation and the folders that models live in."""
