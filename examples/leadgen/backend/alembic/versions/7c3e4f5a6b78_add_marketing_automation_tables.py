"""Add marketing automation tables

Revision ID: 7c3e4f5a6b78
Revises: 6b2d3e4f5a67
Create Date: 2025-04-22 10:08:51

"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = '7c3e4f5a6b78'
down_revision = '6b2d3e4f5a67'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'audience_segments',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('name', sa.String(150), nullable=False),
        sa.Column('description', sa.Text(), nullable=True),
        sa.Column('criteria', sa.Text(), nullable=False, server_default='{}'),
        sa.Column('created_by_id', sa.Integer(), sa.ForeignKey('users.id', ondelete='SET NULL'), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index(op.f('ix_audience_segments_name'), 'audience_segments', ['name'], unique=True)

    op.create_table(
        'marketing_templates',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('name', sa.String(150), nullable=False),
        sa.Column('channel', sa.String(20), nullable=False, server_default='email'),
        sa.Column('subject', sa.String(255), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('created_by_id', sa.Integer(), sa.ForeignKey('users.id', ondelete='SET NULL'), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index(op.f('ix_marketing_templates_name'), 'marketing_templates', ['name'], unique=True)

    op.create_table(
        'automation_triggers',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('name', sa.String(150), nullable=False),
        sa.Column('event', sa.String(60), nullable=False),
        sa.Column('template_id', sa.Integer(), sa.ForeignKey('marketing_templates.id', ondelete='CASCADE'), nullable=False),
        sa.Column('segment_id', sa.Integer(), sa.ForeignKey('audience_segments.id', ondelete='SET NULL'), nullable=True),
        sa.Column('delay_minutes', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('is_enabled', sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_index(op.f('ix_automation_triggers_event'), 'automation_triggers', ['event'])

    op.create_table(
        'marketing_campaigns',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('name', sa.String(150), nullable=False),
        sa.Column('segment_id', sa.Integer(), sa.ForeignKey('audience_segments.id'), nullable=False),
        sa.Column('template_id', sa.Integer(), sa.ForeignKey('marketing_templates.id'), nullable=False),
        sa.Column('owner_id', sa.Integer(), sa.ForeignKey('users.id', ondelete='SET NULL'), nullable=True),
        sa.Column('status', sa.String(32), nullable=False, server_default='draft'),
        sa.Column('scheduled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index(op.f('ix_marketing_campaigns_status'), 'marketing_campaigns', ['status'])

    op.create_table(
        'campaign_analytics',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('campaign_id', sa.Integer(), sa.ForeignKey('marketing_campaigns.id', ondelete='CASCADE'), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('sent', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('opened', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('clicked', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('converted', sa.Integer(), nullable=False, server_default='0'),
        sa.UniqueConstraint('campaign_id', 'day', name='uq_campaign_analytics_campaign_id_day'),
    )
    op.create_index(op.f('ix_campaign_analytics_campaign_id'), 'campaign_analytics', ['campaign_id'])

    op.create_table(
        'campaign_sends',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('campaign_id', sa.Integer(), sa.ForeignKey('marketing_campaigns.id', ondelete='CASCADE'), nullable=False),
        sa.Column('lead_id', sa.Integer(), sa.ForeignKey('leads.id', ondelete='CASCADE'), nullable=True),
        sa.Column('customer_id', sa.Integer(), sa.ForeignKey('customers.id', ondelete='CASCADE'), nullable=True),
        sa.Column('status', sa.String(32), nullable=False, server_default='queued'),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('clicked_at', sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f('ix_campaign_sends_campaign_id'), 'campaign_sends', ['campaign_id'])
    op.create_index(op.f('ix_campaign_sends_lead_id'), 'campaign_sends', ['lead_id'])
    op.create_index(op.f('ix_campaign_sends_customer_id'), 'campaign_sends', ['customer_id'])


def downgrade():
    op.drop_index(op.f('ix_campaign_sends_customer_id'), table_name='campaign_sends')
    op.drop_index(op.f('ix_campaign_sends_lead_id'), table_name='campaign_sends')
    op.drop_index(op.f('ix_campaign_sends_campaign_id'), table_name='campaign_sends')
    op.drop_table('campaign_sends')
    op.drop_index(op.f('ix_campaign_analytics_campaign_id'), table_name='campaign_analytics')
    op.drop_table('campaign_analytics')
    op.drop_index(op.f('ix_marketing_campaigns_status'), table_name='marketing_campaigns')
    op.drop_table('marketing_campaigns')
    op.drop_index(op.f('ix_automation_triggers_event'), table_name='automation_triggers')
    op.drop_table('automation_triggers')
    op.drop_index(op.f('ix_marketing_templates_name'), table_name='marketing_templates')
    op.drop_table('marketing_templates')
    op.drop_index(op.f('ix_audience_segments_name'), table_name='audience_segments')
    op.drop_table('audience_segments')
