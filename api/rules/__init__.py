"""The language of routing rules: a text to a checked tree, which `api.store` reads rows by."""
