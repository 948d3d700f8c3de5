//! Where MySQL's tables have rules of their own.

use super::Meeting;
use crate::commute::footprint::{Aspect, Constrains};

/// Nothing where the answer is that of other databases, or under the other order of the two.
pub(super) fn meet(this: &Aspect, that: &Aspect) -> Option<Meeting> {
    use Aspect::{ColumnDrop, ColumnRename, ConstraintCreate, ConstraintDrop, IndexDrop};
    use Constrains::{ForeignKey, PrimaryKey};
    let foreign = |aspect: &Aspect| match aspect {
        ConstraintCreate {
            kind: ForeignKey,
            columns,
            ..
        } => Some(columns.clone()),
        _ => None,
    };
    if let (ColumnRename(_), ConstraintDrop | IndexDrop) = (this, that) {
        // With a key that is gone, it may say otherwise than before: a column of a primary key is never NULL.
        return Some(Meeting::Doubt(
            "`CHANGE` says everything about the column anew, which may be in what the other removes",
        ));
    }
    let key = foreign(that)?;
    Some(match this {
        // An index of two columns begins with the other one then, and serves the foreign key.
        ColumnDrop(name) if !key.contains(name) => Meeting::Doubt(
            "an index that shrinks with the removed column may serve the foreign key",
        ),
        ConstraintCreate { kind, columns, .. } => {
            let apart = !columns.is_empty() && !key.is_empty() && columns.is_disjoint(&key);
            match kind {
                _ if apart => return None,
                ForeignKey => Meeting::Doubt(
                    "MySQL makes one index for both foreign keys, which has the name of the first",
                ),
                PrimaryKey => Meeting::Doubt(
                    "a column of a primary key cannot be set to NULL by a foreign key",
                ),
                _ => return None,
            }
        }
        _ => return None,
    })
}
