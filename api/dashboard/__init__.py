"""The pages: what is stored, one interaction with its findings in the words, and the references.

Made on the server, complete without scripts; everything they load comes from this package.
"""
