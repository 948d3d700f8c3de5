//! Time of each step on a generated history: `cargo bench --bench pipeline`.
//!
//! Quote ratios between rows of one run; the machines this runs on are noisy.

use rechain_history::{
    Dialects, Divergence, Effect, Expectations, FileId, Graph, RevIndex, Revision, RevisionId,
    upgrade_order,
};
use rechain_parser::{Module, read_module, upgrade_effects};
use rechain_planner::{
    Arrivals, Databases, Effects, EffectsById, Flattening, Ground, Outcome, Plan, Publication,
    Published, Situation, Wishes, replay,
};
use rechain_rewriter::reparent;

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

/// Planning where all but the second head is published: the way it is in a repository.
#[divan::bench(args = SIZES)]
fn plan_on_top_of_what_is_published(bencher: divan::Bencher<'_, '_>, size: usize) {
    let expectations = Expectations::default();
    let graph = Graph::new(revisions(size), &expectations);
    let publication = Publication::Known(published(&graph));
    bencher.bench(|| {
        let ground = Ground::new(
            &graph,
            &publication,
            Some(&graph),
            Arrivals::default(),
            &expectations,
        );
        Situation::on(&ground, &expectations).plan(&Effects::new(), &Wishes::default())
    });
}

/// Which revisions get something else below them, and what it means for databases.
#[divan::bench(args = SIZES)]
fn databases_under_a_plan(bencher: divan::Bencher<'_, '_>, size: usize) {
    let (graph, plan) = planned(size);
    let after = plan.applied_to(&graph, &Expectations::default());
    bencher.bench(|| {
        let databases = Databases::new(&graph, &after);
        let states = databases.states();
        states
            .iter()
            .filter(|rows| {
                databases
                    .standing(rows, &EffectsById::new())
                    .troubles
                    .is_empty()
            })
            .count()
    });
}

#[divan::bench(args = SIZES)]
fn compare_graphs(bencher: divan::Bencher<'_, '_>, size: usize) {
    let (graph, plan) = planned(size);
    let after = plan.applied_to(&graph, &Expectations::default());
    bencher.bench(|| Divergence::between(&graph, &after));
}

#[divan::bench(args = SIZES)]
fn flatten_a_chain(bencher: divan::Bencher<'_, '_>, size: usize) {
    let expectations = Expectations::default();
    let graph = Graph::new(revisions(size), &expectations);
    let publication = Publication::Nothing;
    let ground = Ground::new(
        &graph,
        &publication,
        None,
        Arrivals::default(),
        &expectations,
    );
    bencher.bench(|| {
        Flattening::new(&ground, &expectations, None, [])
            .and_then(|it| it.plan(&Effects::new(), &Wishes::default()))
            .is_ok()
    });
}

#[divan::bench(args = SIZES)]
fn replay_a_history(bencher: divan::Bencher<'_, '_>, size: usize) {
    let graph = Graph::new(revisions(size), &Expectations::default());
    let bodies: Vec<Vec<Effect>> = texts(size).iter().map(|it| upgrade_effects(it)).collect();
    let order: Vec<(RevIndex, &[Effect])> = upgrade_order(&graph)
        .into_iter()
        .map(|index| (index, bodies[index.index()].as_slice()))
        .collect();
    bencher.bench(|| replay(&order, Dialects::default()));
}

/// New parents for every file, as `flatten` may ask for: the edits and the new texts.
#[divan::bench(args = SIZES)]
fn rewrite_every_file(bencher: divan::Bencher<'_, '_>, size: usize) {
    let texts = texts(size);
    let read = |text: &String| read_module(text, "r.py").expect("generated modules are valid");
    let modules: Vec<Module> = texts.iter().map(read).collect();
    let parents = [RevisionId::from("another_parent")];
    bencher.bench(|| {
        let files = texts.iter().zip(&modules);
        files
            .map(|(text, module)| {
                let sites = module.sites.as_ref().expect("parents are literals");
                reparent(text, sites, &parents).apply(text).len()
            })
            .sum::<usize>()
    });
}

/// All but the last revision, which is the second head.
fn published(graph: &Graph) -> Published {
    let heads = graph.heads().filter(|head| head.index() + 1 < graph.len());
    Published::at(graph, heads)
}

/// The fork, and the plan that repairs it.
fn planned(size: usize) -> (Graph, Plan) {
    let expectations = Expectations::default();
    let graph = Graph::new(revisions(size), &expectations);
    let publication = Publication::Known(published(&graph));
    let outcome = Situation::new(&graph, &publication, &expectations)
        .plan(&Effects::new(), &Wishes::default());
    let Outcome::Plan(plan) = outcome else {
        panic!("a fork on top of what is published has a plan")
    };
    (graph, *plan)
}
