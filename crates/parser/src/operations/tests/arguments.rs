//! Names that arguments had in older versions of Alembic.

/// Each former name of an argument means what the present one does.
#[test]
fn legacy_names_of_arguments() {
    let examples = [
        ("create_table", "name='t'"),
        ("drop_table", "name='t'"),
        (
            "alter_column",
            "table_name='t', column_name='c', name='d', type=sa.Text()",
        ),
        ("create_index", "name='ix', tablename='t', columns=['c']"),
        ("drop_index", "name='ix', tablename='t'"),
        (
            "create_foreign_key",
            "name='fk', source='t', referent='u', local_cols=['c'], remote_cols=['id']",
        ),
        (
            "create_unique_constraint",
            "name='uq', source='t', local_cols=['c']",
        ),
        (
            "create_check_constraint",
            "name='ck', source='t', condition='c > 0'",
        ),
        (
            "create_primary_key",
            "name='pk', table_name='t', cols=['c']",
        ),
        ("create_exclude_constraint", "name='ex', table_name='t'"),
        ("drop_constraint", "name='uq', tablename='t', type='unique'"),
        ("execute", "sql='DROP TABLE t'"),
    ];
    let texts = |source: String| -> Vec<String> {
        let source = format!(
            "import sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n    op.{source}\n"
        );
        let effects = crate::effects::upgrade_effects(&source);
        effects.iter().map(crate::testing::shown).collect()
    };
    for directive in super::super::DIRECTIVES {
        let Some((_, arguments)) = examples.iter().find(|(name, _)| *name == directive.name) else {
            assert!(directive.legacy.is_empty(), "{}", directive.name);
            continue;
        };
        let mut present = format!(" {arguments}");
        for (old, new) in directive.legacy {
            assert!(
                present.contains(&format!(" {old}=")),
                "{} {old}",
                directive.name
            );
            present = present.replace(&format!(" {old}="), &format!(" {new}="));
        }
        let (former, present) = (
            texts(format!("{}({arguments})", directive.name)),
            texts(format!("{}({present})", directive.name)),
        );
        assert_eq!(former, present, "{}", directive.name);
        assert!(
            !former.is_empty() && !former[0].starts_with("opaque"),
            "{former:?}"
        );
    }
}
