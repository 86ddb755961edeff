"""What people establish beside consent: orders, emergencies, threats, restrictions."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.dbapi_connection.run_async(lambda driver: driver.execute(script))


def downgrade() -> None:
    msg = "going back would lose what people established: restore a backup instead"
    raise RuntimeError(msg)
