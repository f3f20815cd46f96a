-- After each `flask --app wsgi db upgrade`, as the owner: the application adds to the journal, and changes nothing in it.
--   psql --dbname procurations --username procurations_owner --file deploy/postgresql-journal.sql

REVOKE UPDATE, DELETE, TRUNCATE ON journal_entry FROM procurations_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM procurations_app;
