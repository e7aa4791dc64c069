"""The history of the tables. Alembic runs these files; `database.Database.migrate` starts it."""
