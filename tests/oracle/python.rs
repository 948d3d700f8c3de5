//! Python around the directives: loops, helpers, classes, conditions, borrowed modules.

use super::*;

/// The module that migrations borrow from.
pub(crate) const HELPERS: &str = "\
import sqlalchemy as sa
from alembic import op


def add_flag(table, name=\"flag\", **options):
    op.add_column(table, sa.Column(name, sa.Boolean(), **options))


def has_column(table, column):
    return column in [it[\"name\"] for it in sa.inspect(op.get_bind()).get_columns(table)]


class Stamps:
    @staticmethod
    def columns():
        return [sa.Column(\"made_at\", sa.DateTime()), sa.Column(\"seen_at\", sa.DateTime())]
";

impl Writer {
    /// The next free name at the top of the module.
    fn letter(&self) -> char {
        char::from(b'a' + u8::try_from(self.top.len()).unwrap_or(0))
    }

    pub(super) fn python(&mut self, at: usize) {
        let ((name, schema), new, old) = (self.named(at), self.new_column(at), self.column(at));
        let other = self.table();
        let (other, other_schema) = self.named(other);
        let (sql, free, letter) = (self.sql(at), self.pick(TABLES), self.letter());
        let own = self.own_index(at);
        let plain = self.plain(&sql);
        match self.random.below(24) {
            0 => {
                self.say(format!(
                    "for table, column in zip([{name}, {other}], [\"{new}\", \"zipped\"]):"
                ));
                self.say("    op.add_column(table, sa.Column(column, sa.Integer()))");
            }
            1 => {
                self.say(format!("for column, type_ in {{\"{new}\": sa.Text(), \"extra\": sa.Integer()}}.items():"));
                self.say(format!(
                    "    op.add_column({name}, sa.Column(column, type_){schema})"
                ));
            }
            2 => {
                self.say("for number in range(2):");
                self.say(format!("    op.add_column({name}, sa.Column(f\"slot_{{number}}\", sa.Integer()){schema})"));
            }
            3 => {
                self.say(format!(
                    "for number, column in enumerate([\"{old}\", \"id\"]):"
                ));
                self.say(format!(
                    "    op.create_index(\"ix_%d\" % number, {name}, [column]{schema})"
                ));
            }
            4 => {
                self.top.push(format!("add_{letter} = lambda table: op.add_column(table, sa.Column(\"{new}\", sa.Integer()))"));
                self.say(format!("add_{letter}({name})"));
            }
            5 => {
                self.top.push(format!(
                    "class Tool{letter}:\n    def __init__(self, table):\n        self.table = table\n\n    def add(self, column):\n        \
                     op.add_column(self.table, sa.Column(column, sa.Integer()))"
                ));
                self.say(format!("Tool{letter}({name}).add(\"{new}\")"));
            }
            6 => {
                self.top.push(format!("def via_{letter}(operations):\n    operations.drop_column({name}, \"{old}\"{schema})"));
                self.say(format!("via_{letter}(op)"));
            }
            7 => {
                self.top.push(format!(
                    "def names_{letter}():\n    yield \"{old}\"\n    yield \"id\""
                ));
                self.say(format!("for column in names_{letter}():"));
                self.say(format!(
                    "    op.create_index(f\"ix_{{column}}\", {name}, [column]{schema})"
                ));
            }
            8 => {
                self.top.push(format!(
                    "def on_{letter}(bind):\n    if bind.dialect.name != \"postgresql\":\n        return\n    \
                     op.execute(\"UPDATE {sql} SET {} = NULL\")",
                    Self::sql_column(old)
                ));
                self.say(format!("on_{letter}(op.get_bind())"));
            }
            9 => {
                self.say("try:");
                self.say(format!(
                    "    op.drop_index(\"{own}\", table_name={name}{schema})"
                ));
                self.say("except ValueError:");
                self.say(format!("    op.drop_column({name}, \"{old}\"{schema})"));
            }
            10 => self.say(format!(
                "op.execute('ALTER TABLE {{}} ADD COLUMN {{}} INTEGER'.format('{plain}', '{}'))",
                self.plain(&Self::sql_column(new))
            )),
            11 => {
                self.say("columns = [sa.Column(\"id\", sa.Integer(), primary_key=True)]");
                self.say(format!(
                    "columns += [sa.Column(it, sa.Integer()) for it in (\"{new}\", \"{old}\")]"
                ));
                self.say(format!("op.create_table(\"{free}\", *columns)"));
            }
            12 => {
                self.top.push(format!(
                    "OPTIONS_{letter} = dict(nullable=True, server_default=\"1\")"
                ));
                self.say(format!("op.add_column({name}, sa.Column(\"{new}\", sa.Integer(), **OPTIONS_{letter}){schema})"));
            }
            13 => {
                self.imports
                    .insert("from migration_helpers import add_flag");
                self.say(format!("add_flag({name}, \"{new}\", nullable=True)"));
            }
            14 => {
                self.imports.insert("import migration_helpers");
                self.say(format!("op.create_table(\"{free}\", sa.Column(\"id\", sa.Integer()), *migration_helpers.Stamps.columns())"));
            }
            15 if schema.is_empty() => {
                self.imports.insert("import migration_helpers");
                self.say(format!(
                    "if not migration_helpers.has_column({name}, \"{new}\"):"
                ));
                self.say(format!(
                    "    op.add_column({name}, sa.Column(\"{new}\", sa.Integer()))"
                ));
            }
            16 => {
                self.say("inspector = sa.inspect(op.get_bind())");
                self.say("for table in inspector.get_table_names():");
                self.say(format!("    if table == {other}:"));
                self.say(format!("        op.drop_table(table{other_schema})"));
            }
            17 => {
                self.say(format!("indexes = {{it[\"name\"] for it in sa.inspect(op.get_bind()).get_indexes({name}{schema})}}"));
                self.say(format!("if \"{own}\" in indexes:"));
                self.say(format!("    op.drop_index(\"{own}\", {name}{schema})"));
            }
            18 => {
                self.imports.insert("from contextlib import contextmanager");
                self.top.push(format!(
                    "@contextmanager\ndef block_{letter}(table):\n    with op.batch_alter_table(table) as batch_op:\n        yield batch_op"
                ));
                self.say(format!("with block_{letter}({name}) as batch_op:"));
                self.say(format!(
                    "    batch_op.add_column(sa.Column(\"{new}\", sa.Integer()))"
                ));
            }
            19 => self.dataclass(at, letter),
            20..=22 => self.invoked(at),
            _ => {
                self.say("with op.get_context().autocommit_block():");
                self.say(format!("    op.create_index(\"ix_shared\", {name}, [\"{old}\"]{schema}, postgresql_concurrently=True)"));
            }
        }
    }

    /// Places in a class of their own.
    fn dataclass(&mut self, at: usize, letter: char) {
        let ((name, _), new, other) = (self.named(at), self.new_column(at), self.table());
        let (other, _) = self.named(other);
        self.imports.insert("from dataclasses import dataclass");
        self.top.push(format!(
            "@dataclass(frozen=True)\nclass Place{letter}:\n    table: str\n    column: str = \"{new}\""
        ));
        self.say(format!(
            "for place in (Place{letter}({name}), Place{letter}({other}, column=\"placed\")):"
        ));
        self.say("    op.add_column(place.table, sa.Column(place.column, sa.Integer()))");
    }

    /// An operation as an object.
    fn invoked(&mut self, at: usize) {
        let ((name, schema), new, old) = (self.named(at), self.new_column(at), self.column(at));
        let (free, own) = (self.pick(TABLES), self.own_index(at));
        self.imports.insert("from alembic.operations import ops");
        let operations = [
            format!("ops.AddColumnOp({name}, sa.Column(\"{new}\", sa.Integer()){schema})"),
            format!("ops.DropColumnOp({name}, \"{old}\"{schema})"),
            format!(
                "ops.CreateTableOp(\"{free}\", [sa.Column(\"id\", sa.Integer(), primary_key=True)])"
            ),
            format!("ops.DropTableOp({name}{schema})"),
            format!("ops.RenameTableOp({name}, \"{free}\"{schema})"),
            format!("ops.CreateIndexOp(\"ix_shared\", {name}, [\"{old}\"]{schema})"),
            format!("ops.DropIndexOp(\"{own}\", {name}{schema})"),
            format!("ops.CreateUniqueConstraintOp(\"uq_shared\", {name}, [\"{old}\"]{schema})"),
            format!(
                "ops.AlterColumnOp({name}, \"{old}\", modify_nullable=True, modify_name=\"renamed\"{schema})"
            ),
            format!("ops.ExecuteSQLOp(\"DELETE FROM {}\")", self.sql(at)),
        ];
        let operation = &operations[self.random.below(operations.len())];
        let line = format!("op.invoke({operation})");
        self.say(line);
    }
}
