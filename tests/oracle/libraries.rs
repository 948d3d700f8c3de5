//! The directives that other packages add: `alembic_postgresql_enum`, `alembic_utils`, `GeoAlchemy2`.

use super::*;

impl Writer {
    pub(super) fn library(&mut self, at: usize) {
        match self.target {
            Target::PostgreSql => {}
            Target::Sqlite => return self.python(at),
            Target::MySql => return self.mysql_keys(at),
        }
        match self.random.below(3) {
            0 => self.synchronised_enum(at),
            1 => self.entity(at),
            _ => self.geospatial(at),
        }
    }

    fn synchronised_enum(&mut self, at: usize) {
        let (column, enumeration) = (self.column(at), self.pick(ENUMS));
        let table = &self.model.tables[at];
        let (name, schema) = (table.name, table.schema);
        self.imports
            .insert("from alembic_postgresql_enum import TableReference");
        let columns = match (self.random.below(4), schema) {
            (0, _) => String::new(),
            (1, None) => format!("(\"{name}\", \"{column}\")"),
            (_, None) => format!(
                "TableReference(table_schema=\"public\", table_name=\"{name}\", column_name=\"{column}\")"
            ),
            (_, Some(schema)) => {
                format!(
                    "TableReference(table_schema=\"{schema}\", table_name=\"{name}\", column_name=\"{column}\")"
                )
            }
        };
        match self.random.below(4) {
            0 => self.say(format!(
                "op.add_enum_value(enum_schema=\"public\", enum_name=\"{enumeration}\", new_value=\"mid\")"
            )),
            1 => self.say(format!("op.add_enum_value(\"public\", \"{enumeration}\", \"mid\", \"low\")")),
            2 => self.say(format!(
                "op.sync_enum_values(\"public\", \"{enumeration}\", [\"lowest\", \"high\"], [{columns}], \
                 enum_values_to_rename=[(\"low\", \"lowest\")])"
            )),
            _ => self.say(format!(
                "op.sync_enum_values(enum_schema=\"public\", enum_name=\"{enumeration}\", new_values=[\"low\", \"mid\", \"high\"], \
                 affected_columns=[{columns}], enum_values_to_rename=[])"
            )),
        }
    }

    fn entity(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, from) = (Self::sql_column(column), self.sql(other));
        let letter = char::from(b'a' + u8::try_from(self.top.len()).unwrap_or(0));
        let (module, class, further) = match self.random.below(6) {
            0 => (
                "from alembic_utils.pg_view import PGView",
                "PGView",
                format!("signature=\"v_one\", definition=\"SELECT {quoted} FROM {sql}\""),
            ),
            1 => (
                "from alembic_utils.pg_materialized_view import PGMaterializedView",
                "PGMaterializedView",
                format!("signature=\"m_one\", definition=\"SELECT id FROM {sql} UNION SELECT id FROM {from}\""),
            ),
            2 => (
                "from alembic_utils.pg_function import PGFunction",
                "PGFunction",
                "signature=\"twice(n integer)\", definition=\"RETURNS integer LANGUAGE sql AS $$ SELECT n * 2 $$\"".into(),
            ),
            3 => (
                "from alembic_utils.pg_trigger import PGTrigger",
                "PGTrigger",
                format!(
                    "signature=\"noting\", on_entity=\"{0}\", definition=\"AFTER INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION public.note()\"",
                    if sql.contains('.') { sql.clone() } else { format!("public.{sql}") }
                ),
            ),
            4 => (
                "from alembic_utils.pg_policy import PGPolicy",
                "PGPolicy",
                format!("signature=\"own\", on_entity=\"{sql}\", definition=\"USING ({quoted} IS NOT NULL)\""),
            ),
            _ => (
                "from alembic_utils.pg_extension import PGExtension",
                "PGExtension",
                "signature=\"plpgsql\"".into(),
            ),
        };
        self.imports.insert(module);
        self.top.push(format!(
            "entity_{letter} = {class}(schema=\"public\", {further})"
        ));
        let call = self.pick(&[
            "create_entity",
            "create_entity",
            "drop_entity",
            "replace_entity",
        ]);
        let cascade = if call == "drop_entity" && self.chance(4) {
            ", cascade=True"
        } else {
            ""
        };
        self.say(format!("op.{call}(entity_{letter}{cascade})"));
    }

    /// Without a geometry, which the database of the tests does not have.
    fn geospatial(&mut self, at: usize) {
        let ((name, schema), new, old) = (self.named(at), self.new_column(at), self.column(at));
        let (free, own) = (self.pick(TABLES), self.own_index(at));
        self.imports.insert("import geoalchemy2.alembic_helpers");
        let lines = [
            format!(
                "op.create_geospatial_table(\"{free}\", sa.Column(\"id\", sa.Integer(), primary_key=True))"
            ),
            format!("op.drop_geospatial_table({name}{schema})"),
            format!("op.add_geospatial_column({name}, sa.Column(\"{new}\", sa.Integer()){schema})"),
            format!("op.drop_geospatial_column({name}, \"{old}\"{schema})"),
            format!("op.create_geospatial_index(\"ix_shared\", {name}, [\"{old}\"]{schema})"),
            format!("op.drop_geospatial_index(\"{own}\", {name}, \"{old}\"{schema})"),
            format!(
                "with op.batch_alter_table({name}{schema}) as batch_op:\n        batch_op.add_geospatial_column(sa.Column(\"{new}\", sa.Integer()))"
            ),
            format!(
                "with op.batch_alter_table({name}{schema}) as batch_op:\n        batch_op.drop_geospatial_column(\"{old}\")"
            ),
            format!(
                "with op.batch_alter_table({name}{schema}) as batch_op:\n        batch_op.create_geospatial_index(\"ix_shared\", [\"{old}\"])"
            ),
            format!(
                "with op.batch_alter_table({name}{schema}) as batch_op:\n        batch_op.drop_geospatial_index(\"{own}\", column_name=\"{old}\")"
            ),
        ];
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }
}
