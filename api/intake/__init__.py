"""From a request to interactions: uploads, their options, and JSON Lines as they stream in.

The words are raw here. They live in these functions' frames until they are redacted, and are never
written, queued, logged or put into an error.
"""
