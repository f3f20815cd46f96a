-- Two roles: the owner makes and changes tables (DATABASE_ADMIN_URL), the application reads and writes rows (DATABASE_URL).
-- Once, as a superuser, before the first `flask --app wsgi db upgrade`:  psql --file deploy/postgresql.sql

CREATE ROLE procurations_owner LOGIN;
CREATE ROLE procurations_app LOGIN;
CREATE DATABASE procurations OWNER procurations_owner ENCODING 'UTF8' TEMPLATE template0;

\connect procurations
ALTER SCHEMA public OWNER TO procurations_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO procurations_app;
ALTER DEFAULT PRIVILEGES FOR ROLE procurations_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO procurations_app;
ALTER DEFAULT PRIVILEGES FOR ROLE procurations_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO procurations_app;

-- The rows that an error quotes, and the values that a slow statement was given, are people: not in the server's log.
ALTER DATABASE procurations SET log_error_verbosity = terse;
ALTER DATABASE procurations SET log_parameter_max_length = 0;
ALTER DATABASE procurations SET log_parameter_max_length_on_error = 0;
