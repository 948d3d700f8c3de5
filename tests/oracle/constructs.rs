//! SQLAlchemy's schema objects, made and removed by their own methods or as DDL that is executed.

use super::*;

impl Writer {
    pub(super) fn construct(&mut self, at: usize) {
        let ((name, schema), column) = (self.named(at), self.column(at));
        let free = self.pick(TABLES);
        let index = self.pick(&["ix_shared", "ix_made"]);
        let own = self.own_index(at);
        let further = if self.is_postgresql() && self.chance(3) {
            let enumeration = self.pick(ENUMS);
            format!("sa.Column(\"kind\", sa.Enum(\"low\", \"high\", name=\"{enumeration}\"))")
        } else if self.chance(2) {
            format!("sa.Column(\"of\", sa.Integer(), sa.ForeignKey({name}\".id\"))")
                .replace("\"\".", ".")
        } else {
            "sa.Column(\"of\", sa.Integer(), index=True)".to_owned()
        };
        self.say("bind = op.get_bind()");
        self.say(format!("there = sa.Table({name}, sa.MetaData(), sa.Column(\"id\", sa.Integer()), sa.Column(\"{column}\", sa.Integer()){schema})"));
        self.say(format!(
            "new = sa.Table(\"{free}\", sa.MetaData(), sa.Column(\"id\", sa.Integer(), primary_key=True), {further})"
        ));
        let mut lines = vec![
            "new.create(bind)".to_owned(),
            "new.create(bind, checkfirst=True)".into(),
            "new.drop(bind)".into(),
            "there.drop(bind, checkfirst=True)".into(),
            "there.drop(bind)".into(),
            "op.execute(sa.schema.CreateTable(new))".into(),
            "op.execute(sa.schema.CreateTable(new, if_not_exists=True))".into(),
            "op.execute(sa.schema.DropTable(there))".into(),
            "op.execute(sa.schema.DropTable(there, if_exists=True))".into(),
            format!("sa.Index(\"{index}\", there.c.{column}).create(bind)"),
            format!(
                "sa.Index(\"{index}\", there.c.id, there.c.{column}, unique=True).create(bind, checkfirst=True)"
            ),
            format!("sa.Index(\"{own}\", there.c.{column}).drop(bind)"),
            format!("sa.Index(\"{own}\", there.c.{column}).drop(bind, checkfirst=True)"),
            format!(
                "op.execute(sa.DDL('ALTER TABLE {} ADD COLUMN by_ddl INTEGER'))",
                self.sql(at)
            ),
            format!("op.bulk_insert(new, [{{\"id\": 1}}])"),
            format!(
                "found = sa.Table({name}, sa.MetaData(), autoload_with=bind{schema})\n    bind.execute(found.update().values({column}=None))"
            ),
        ];
        if self.is_postgresql() {
            lines.extend([
                "op.execute(sa.schema.CreateSchema(\"app\"))".to_owned(),
                "op.execute(sa.schema.CreateSchema(\"app\", if_not_exists=True))".into(),
                "op.execute(sa.schema.DropSchema(\"app\"))".into(),
                "op.execute(sa.schema.DropSchema(\"app\", if_exists=True))".into(),
                "sa.Sequence(\"numbers\").create(bind)".into(),
                "sa.Sequence(\"numbers\").create(bind, checkfirst=False)".into(),
                "sa.Sequence(\"numbers\").drop(bind)".into(),
                "op.execute(sa.schema.DropSequence(sa.Sequence(\"others\")))".into(),
                "sa.Enum(\"low\", \"high\", name=\"mood\").drop(bind)".into(),
                "sa.Enum(name=\"mood\").drop(bind, checkfirst=True)".into(),
                "postgresql.ENUM(name=\"state\").drop(bind)".into(),
            ]);
        }
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }

    /// What a batch block takes besides columns and the constraints that each migration has.
    pub(super) fn further_batch(&mut self, at: usize) {
        let ((name, schema), column) = (self.named(at), self.column(at));
        let (sql, quoted, own) = (self.sql(at), Self::sql_column(column), self.own_index(at));
        self.say(format!(
            "with op.batch_alter_table({name}{schema}) as batch_op:"
        ));
        let mut lines = vec![
            "batch_op.create_table_comment(\"in a block\")".to_owned(),
            "batch_op.drop_table_comment()".into(),
            format!("batch_op.create_primary_key(\"pk_block\", [\"{column}\"])"),
            format!("batch_op.execute(\"UPDATE {sql} SET {quoted} = NULL\")"),
            format!("batch_op.create_check_constraint(\"ck_block\", \"{quoted} IS NULL\")"),
            format!("batch_op.drop_index(\"{own}\")"),
            format!(
                "batch_op.drop_index(\"ix_{}_{column}\", if_exists=True)",
                self.model.tables[at].name
            ),
            format!(
                "batch_op.alter_column(\"{column}\", new_column_name=\"renamed\", existing_type=sa.Integer())"
            ),
        ];
        if self.is_postgresql() {
            lines.push(
                "batch_op.create_exclude_constraint(\"ex_block\", (sa.text(\"int4range(id, id, '[]')\"), \"&&\"), using=\"gist\")"
                    .to_owned(),
            );
        }
        let line = lines[self.random.below(lines.len())].clone();
        self.say(format!("    {line}"));
    }
}
