"""What happens to an interaction, one step a file. They meet in rows, never in each other."""
