"""The whole database in one file, and back: the commands, and how each database does it."""
