"""Add documents table

Revision ID: 5a1c2e3d4f56
Revises: 137b19ac6ef3
Create Date: 2025-03-24 11:02:48

"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = '5a1c2e3d4f56'
down_revision = '137b19ac6ef3'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'documents',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('lead_id', sa.Integer(), sa.ForeignKey('leads.id', ondelete='CASCADE'), nullable=False),
        sa.Column('uploaded_by_id', sa.Integer(), sa.ForeignKey('users.id', ondelete='SET NULL'), nullable=True),
        sa.Column('title', sa.String(255), nullable=False),
        sa.Column('content_type', sa.String(100), nullable=False, server_default='application/pdf'),
        sa.Column('storage_key', sa.String(500), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint('storage_key', name='uq_documents_storage_key'),
    )
    op.create_index(op.f('ix_documents_lead_id'), 'documents', ['lead_id'])
    op.create_index(op.f('ix_documents_uploaded_by_id'), 'documents', ['uploaded_by_id'])


def downgrade():
    op.drop_index(op.f('ix_documents_uploaded_by_id'), table_name='documents')
    op.drop_index(op.f('ix_documents_lead_id'), table_name='documents')
    op.drop_table('documents')
