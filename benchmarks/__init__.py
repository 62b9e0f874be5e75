"""The commands behind every figure in the docs. They measure and never judge."""
