//! Time of each step on a generated history: `cargo bench --bench pipeline`.
//!
//! Quote ratios between rows of one run; the machines this runs on are noisy.

use rechain_history::{Expectations, FileId, Graph, Revision};
use rechain_parser::read_module;
use rechain_planner::{Effects, Publication, Situation, Wishes};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// A chain of `size` revisions with a second head on the one in the middle.
fn texts(size: usize) -> Vec<String> {
    (0..size)
        .map(|at| {
            let parent = match at {
                0 => "None".to_owned(),
                _ if at + 1 == size => format!("'r{:08}'", size / 2),
                _ => format!("'r{:08}'", at - 1),
            };
            format!(
                "\"\"\"add table {at}\n\nRevision ID: r{at:08}\nRevises: \nCreate Date: 2025-01-01\n\n\"\"\"\n\
                 from alembic import op\nimport sqlalchemy as sa\n\n\
                 revision = 'r{at:08}'\ndown_revision = {parent}\nbranch_labels = None\ndepends_on = None\n\n\n\
                 def upgrade():\n    op.create_table(\n        't{at}',\n        sa.Column('id', sa.Integer(), primary_key=True),\n\
                 \x20       sa.Column('name', sa.String(50), nullable=False),\n    )\n\n\n\
                 def downgrade():\n    op.drop_table('t{at}')\n"
            )
        })
        .collect()
}

fn revisions(size: usize) -> Vec<Revision> {
    texts(size)
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let module = read_module(text, "r.py").expect("generated modules are valid");
            module
                .to_revision(FileId(at.try_into().expect("few files")))
                .expect("ids are literals")
        })
        .collect()
}

#[divan::bench(args = SIZES)]
fn read_modules(bencher: divan::Bencher<'_, '_>, size: usize) {
    let texts = texts(size);
    bencher.bench(|| {
        texts
            .iter()
            .filter(|text| read_module(text, "r.py").is_ok())
            .count()
    });
}

#[divan::bench(args = SIZES)]
fn build_graph(bencher: divan::Bencher<'_, '_>, size: usize) {
    let revisions = revisions(size);
    bencher
        .with_inputs(|| revisions.clone())
        .bench_values(|revisions| Graph::new(revisions, &Expectations::default()));
}

#[divan::bench(args = SIZES)]
fn plan_a_fork(bencher: divan::Bencher<'_, '_>, size: usize) {
    let expectations = Expectations::default();
    let graph = Graph::new(revisions(size), &expectations);
    let publication = Publication::Unknown;
    let wishes = Wishes {
        take_defaults: true,
        ..Wishes::default()
    };
    bencher.bench(|| {
        Situation::new(&graph, &publication, &expectations).plan(&Effects::new(), &wishes)
    });
}
