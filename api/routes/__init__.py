"""The paths of the API: one noun a file, each route thin."""
