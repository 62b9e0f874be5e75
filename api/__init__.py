"""The service: HTTP, the store and the worker around `nlp`."""
