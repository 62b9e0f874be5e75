"""Text in, findings out: no HTTP, no database, no environment, no clock."""
