//! The founding example is what its README says, and its wanted chain upgrades real databases.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about"
)]

use std::fs;
use std::path::Path;

use rechain_testing::alembic::{self, Environment, Job, run, run_one, sqlite_url};
use rechain_testing::{fixture, postgres};

/// Every table of the example, and Alembic's own.
const TABLES: [&str; 21] = [
    "alembic_version",
    "audience_segments",
    "automation_triggers",
    "campaign_analytics",
    "campaign_sends",
    "claims",
    "communications",
    "customers",
    "document_categories",
    "document_shares",
    "document_versions",
    "documents",
    "file_documents",
    "leads",
    "marketing_campaigns",
    "marketing_templates",
    "policies",
    "reports",
    "scores",
    "sessions",
    "users",
];

const CHAIN: [&str; 6] = [
    "2dd19a2d0626",
    "137b19ac6ef3",
    "5a1c2e3d4f56",
    "file_doc_mgmt_001",
    "6b2d3e4f5a67",
    "7c3e4f5a6b78",
];

#[test]
fn before_the_repair_there_are_two_heads() {
    let project = fixture::example("leadgen/backend");
    assert_eq!(
        alembic::heads(&project.path().join("alembic/versions")),
        Ok(vec![
            "7c3e4f5a6b78".to_owned(),
            "file_doc_mgmt_001".to_owned()
        ])
    );
    let output = alembic::command(project.path(), None, &["upgrade", "head"]);
    assert_eq!(output.status.code(), Some(255));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("FAILED: Multiple head revisions are present for given argument 'head'"),
        "{said}"
    );
}

#[test]
fn its_env_py_uses_a_file_beside_the_ini_by_default() {
    let project = fixture::example("leadgen/backend");
    let output = alembic::command(project.path(), None, &["upgrade", "heads"]);
    assert!(output.status.success(), "{output:?}");
    assert!(project.path().join("leadgen.db").exists());
}

#[test]
fn the_wanted_chain_upgrades_and_downgrades_sqlite_and_postgresql() {
    let project = fixture::example("leadgen/backend");
    let versions = project.path().join("alembic/versions");
    replace(
        &versions.join("add_file_document_management.py"),
        "2dd19a2d0626",
        "5a1c2e3d4f56",
    );
    replace(
        &versions.join("6b2d3e4f5a67_add_crud_tables.py"),
        "5a1c2e3d4f56",
        "file_doc_mgmt_001",
    );

    let urls = [
        sqlite_url(&project.path().join("upgraded.db")),
        postgres::server().create_database(),
    ];
    let jobs = urls.map(|url| Job {
        environment: Environment::Project(project.path().to_owned()),
        url,
        commands: vec![vec!["upgrade".to_owned(), "head".to_owned()]],
    });
    for (job, outcome) in jobs.iter().zip(run(&jobs)) {
        assert_eq!(outcome.error(), None);
        assert_eq!(outcome.steps[0].executed, CHAIN);
        assert_eq!(outcome.versions, ["7c3e4f5a6b78"]);
        assert_eq!(outcome.tables(), TABLES);

        let back = run_one(job.environment.clone(), &job.url, &["downgrade", "base"]);
        assert_eq!(back.error(), None);
        assert_eq!(back.tables(), ["alembic_version"]);
    }

    let bare = postgres::server().create_database();
    let outcome = run_one(Environment::Versions(versions), &bare, &["upgrade", "head"]);
    assert_eq!(outcome.error(), None);
    let count = postgres::server().query(
        &bare,
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
    );
    assert_eq!(count, [[TABLES.len()]]);
}

fn replace(file: &Path, id: &str, with: &str) {
    let text = fs::read_to_string(file).expect("the file can be read");
    assert_eq!(text.matches(id).count(), 2, "{id} in {}", file.display());
    fs::write(file, text.replace(id, with)).expect("the file can be written");
}
