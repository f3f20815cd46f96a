"""The back office: one Flask-Admin table a role, and the two acts `validate` and `invalidate`."""
