"""Runs the migrations on the connection that ``adapters.sql.migrate`` hands in, inside its transaction."""

from alembic import context

from adapters.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    # SQLite can take back a change of the schema as well; Alembic would commit after each step there.
    transactional_ddl=True,
)
context.run_migrations()
