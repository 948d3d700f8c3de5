//! `op.invoke(ops.AddColumnOp(...))`: an operation as an object does what the directive of its name does.

use rechain_history::TextRange;

use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Items, Object, Value};

/// Where the classes of operations live.
pub(crate) const MODULE: &str = "alembic.operations.ops.";

/// Operations, the directive of each, and how many positional arguments both take in one order.
const OPERATIONS: &[(&str, &str, usize)] = &[
    ("CreateTableOp", "create_table", 2),
    ("DropTableOp", "drop_table", 1),
    ("RenameTableOp", "rename_table", 2),
    ("CreateTableCommentOp", "create_table_comment", 2),
    ("DropTableCommentOp", "drop_table_comment", 1),
    ("BulkInsertOp", "bulk_insert", 2),
    ("AddColumnOp", "add_column", 2),
    ("AlterColumnOp", "alter_column", 2),
    ("DropColumnOp", "drop_column", 2),
    ("CreateIndexOp", "create_index", 3),
    ("DropIndexOp", "drop_index", 2),
    ("CreateForeignKeyOp", "create_foreign_key", 5),
    ("CreateUniqueConstraintOp", "create_unique_constraint", 3),
    ("CreateCheckConstraintOp", "create_check_constraint", 3),
    ("CreatePrimaryKeyOp", "create_primary_key", 3),
    ("DropConstraintOp", "drop_constraint", 2),
    ("ExecuteSQLOp", "execute", 1),
];

/// The names that `AlterColumnOp` has for what the directive calls otherwise.
const ALTERED: &[(&str, &str)] = &[
    ("modify_nullable", "nullable"),
    ("modify_comment", "comment"),
    ("modify_server_default", "server_default"),
    ("modify_name", "new_column_name"),
    ("modify_type", "type_"),
];

/// Whether `path` is the class of an operation that is known.
pub(crate) fn is_operation(path: &str) -> bool {
    path.strip_prefix(MODULE)
        .is_some_and(|class| OPERATIONS.iter().any(|(name, ..)| *name == class))
}

impl Interpreter<'_> {
    /// `op.invoke(operation)`
    pub(super) fn invoke(&mut self, args: &Arguments, range: TextRange) -> Value {
        let operation = match args.positional.first().map(|value| self.object(value)) {
            Some(Some(Object::Construct { class, args })) => Some((class.clone(), args.clone())),
            _ => None,
        };
        let known = operation.and_then(|(class, own)| {
            let class = class.strip_prefix(MODULE)?.to_owned();
            let (_, directive, most) = OPERATIONS.iter().find(|(name, ..)| *name == class)?;
            (own.positional.len() <= *most).then(|| (*directive, (*own).clone()))
        });
        let Some((directive, mut own)) = known else {
            return self.unknown_call("op.invoke of an operation that is not known", args, range);
        };
        if directive == "create_table" {
            let columns = own
                .positional
                .get(1)
                .or_else(|| own.keyword("columns"))
                .cloned();
            own.keywords.retain(|(name, _)| &**name != "columns");
            own.positional.truncate(1);
            if own.positional.is_empty()
                && let Some(name) = own.keyword("table_name").cloned()
            {
                own.positional.push(name);
                own.keywords.retain(|(name, _)| &**name != "table_name");
            }
            match columns.map(|columns| self.object(&columns).cloned()) {
                Some(Some(Object::Sequence {
                    items: Items::Known(items),
                    ..
                })) => own.positional.extend(items),
                _ => own.more_positional = true,
            }
        }
        if directive == "alter_column" {
            for (name, _) in &mut own.keywords {
                if let Some((_, new)) = ALTERED.iter().find(|(old, _)| **old == **name) {
                    *name = (*new).into();
                }
            }
        }
        self.call_directive(directive, &own, range)
    }
}
