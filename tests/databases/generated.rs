//! Any change of any small history: the model of Alembic's rows that recipes are proven on does what
//! Alembic does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rechain_history::{
    Action, Effect, Expectations, FileId, Graph, Parents, Place, QualifiedName, Revision,
    RevisionId, SchemaObject, TextRange,
};
use rechain_planner::{Databases, EffectsById};
use rechain_testing::alembic::{Environment, Job, run, sqlite_url};

use rechain_testing::random::Random;

/// Ids and parents in load order, each parent before its children.
type Shape = Vec<(String, Vec<String>)>;

fn shape(random: &mut Random, ids: &[String], may_merge: bool) -> Shape {
    let mut shape: Shape = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let mut parents = BTreeSet::new();
        if at > 0 {
            parents.insert(ids[at - 1 - random.below(at.min(3))].clone());
            if may_merge && random.below(4) == 0 {
                parents.insert(ids[random.below(at)].clone());
            }
        }
        shape.push((id.clone(), parents.into_iter().collect()));
    }
    shape
}

fn graph(shape: &Shape) -> Graph {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    // As Alembic loads the files: by name.
    let mut sorted = shape.clone();
    sorted.sort();
    let revisions = sorted.iter().map(|(id, parents)| Revision {
        id: id.as_str().into(),
        parents: Parents::Known(parents.iter().map(|it| it.as_str().into()).collect()),
        dependencies: Vec::new(),
        has_computed_dependencies: false,
        branch_labels: Vec::new(),
        title: String::new(),
        place,
        down_revision_place: place,
    });
    Graph::new(revisions.collect(), &Expectations::default())
}

fn write(shape: &Shape, versions: &Path) {
    fs::create_dir_all(versions).unwrap();
    for (id, parents) in shape {
        let table = format!(
            "op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True))"
        );
        let down = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => format!("\"{one}\""),
            several => format!("(\"{}\")", several.join("\", \"")),
        };
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\n\
             down_revision = {down}\n\n\ndef upgrade():\n    {table}\n\n\n\
             def downgrade():\n    op.drop_table(\"t_{id}\")\n"
        );
        fs::write(versions.join(format!("{id}.py")), text).unwrap();
    }
}

fn effects(shape: &Shape) -> EffectsById {
    let table = |id: &str| SchemaObject::Table(QualifiedName::unqualified(format!("t_{id}")));
    shape
        .iter()
        .map(|(id, _)| {
            let effect = Effect::always(Action::Create, table(id), TextRange::empty(0));
            (RevisionId::from(id.as_str()), vec![effect])
        })
        .collect()
}

/// One recipe for one database: its rows at first, the old and new versions, and what is to come of it.
struct Case {
    name: String,
    first: Job,
    second: Job,
    undone: Vec<String>,
    run: Vec<String>,
}

/// `RECHAIN_DATABASES=100 cargo test --test databases` takes as many histories.
#[test]
fn recipes_do_what_the_model_says() {
    let count: usize = std::env::var("RECHAIN_DATABASES")
        .ok()
        .map_or(6, |it| it.parse().expect("a number of histories"));
    let seed = 0xdb5;
    let place = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let mut cases: Vec<Case> = Vec::new();
    for number in 0..count {
        let size = 3 + random.below(6);
        let ids: Vec<String> = (0..size)
            .map(|at| format!("{:03x}{at}", random.below(0x1000)))
            .collect();
        let before = shape(&mut random, &ids, true);
        let mut order = ids.clone();
        for at in (1..size).rev() {
            order.swap(at, random.below(at + 1));
        }
        let after = shape(&mut random, &order, number % 3 == 0);
        let directories: [PathBuf; 2] =
            ["old", "new"].map(|side| place.path().join(format!("{number}/{side}")));
        write(&before, &directories[0]);
        write(&after, &directories[1]);
        let (old, new) = (graph(&before), graph(&after));
        let databases = Databases::new(&old, &new);
        let effects = effects(&before);
        for state in databases.states() {
            let standing = databases.standing(&state, &effects);
            for (at, recipe) in standing.recipes.iter().enumerate() {
                let words = |command: &rechain_planner::Command| -> Vec<String> {
                    command.to_string().split(' ').map(str::to_owned).collect()
                };
                let url = sqlite_url(&place.path().join(format!("{}.db", cases.len())));
                let mut commands: Vec<Vec<String>> = state
                    .iter()
                    .map(|row| vec!["upgrade".to_owned(), row.to_string()])
                    .collect();
                commands.extend(recipe.before.iter().map(words));
                let job = |versions: &Path, commands| Job {
                    environment: Environment::Versions(versions.to_owned()),
                    url: url.clone(),
                    commands,
                };
                let names = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect();
                cases.push(Case {
                    name: format!("history {number}, {before:?} -> {after:?}, {state:?}, {at}"),
                    first: job(&directories[0], commands),
                    second: job(&directories[1], recipe.after.iter().map(words).collect()),
                    undone: names(&recipe.undoes),
                    run: names(&recipe.runs),
                });
            }
        }
    }
    assert!(cases.len() > count, "{} cases", cases.len());
    let firsts: Vec<Job> = cases.iter().map(|it| it.first.clone()).collect();
    let seconds: Vec<Job> = cases.iter().map(|it| it.second.clone()).collect();
    let came_of_first = run(&firsts);
    let came_of_second = run(&seconds);
    for (case, (first, second)) in cases.iter().zip(came_of_first.iter().zip(&came_of_second)) {
        let name = &case.name;
        assert_eq!(first.error(), None, "{name}: {first:?}");
        assert_eq!(second.error(), None, "{name}: {second:?}");
        let downgrades = |outcome: &rechain_testing::alembic::Outcome| -> Vec<String> {
            let steps = outcome
                .steps
                .iter()
                .filter(|it| it.command[0] == "downgrade");
            steps.flat_map(|it| it.executed.clone()).collect()
        };
        let upgrades = second.steps.iter().filter(|it| it.command[0] == "upgrade");
        let ran: BTreeSet<String> = upgrades.flat_map(|it| it.executed.clone()).collect();
        let mut undone: BTreeSet<String> = downgrades(first).into_iter().collect();
        undone.extend(downgrades(second));
        assert_eq!(ran, case.run.iter().cloned().collect(), "{name}");
        assert_eq!(undone, case.undone.iter().cloned().collect(), "{name}");
    }
    eprintln!(
        "{} recipes of {count} histories, seed {seed:#x}",
        cases.len()
    );
}
