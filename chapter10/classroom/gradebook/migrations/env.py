"""What Alembic runs for every command: the migrations, on the connection that the caller has opened."""

from alembic import context

from chapter10.classroom.gradebook.migrate import VERSION_TABLE
from chapter10.classroom.gradebook.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite's as well: database.py opens the transaction
)
with context.begin_transaction():
    context.run_migrations()
