//! Histories written as one line of text.

use rechain_history::{
    Action, Effect, Expectations, FileId, Graph, Parents, Place, QualifiedName, Revision,
    SchemaObject, TextRange,
};
use rechain_planner::{Effects, Outcome, Plan, Publication, Published};

/// Lines `id: parents` with, behind `|`, what it does: `+t` creates, `t` needs, `?` is opaque.
pub(crate) struct History {
    pub(crate) graph: Graph,
    pub(crate) effects: Effects,
}

pub(crate) fn history(text: &str) -> History {
    let (mut revisions, mut bodies) = (Vec::new(), Vec::new());
    for line in text.split(';').map(str::trim) {
        let (header, body) = line.split_once('|').unwrap_or((line, ""));
        let (id, parents) = header.split_once(':').expect("id: parents");
        let parents: Vec<&str> = parents.split_whitespace().collect();
        revisions.push(revision(id.trim(), &parents));
        bodies.push(body.to_owned());
    }
    let graph = Graph::new(revisions, &Expectations::default());
    assert!(!graph.is_damaged(), "{:?}", graph.problems());
    let range = TextRange::empty(0);
    let effect = |word: &str| match (word.strip_prefix('+'), word) {
        (Some(table), _) => Effect::always(
            Action::Create,
            SchemaObject::Table(QualifiedName::unqualified(table)),
            range,
        ),
        (None, "?") => Effect::opaque("raw SQL", range),
        (None, table) => Effect::always(
            Action::Require,
            SchemaObject::Table(QualifiedName::unqualified(table)),
            range,
        ),
    };
    let effects = graph
        .indices()
        .zip(bodies)
        .map(|(index, body)| (index, body.split_whitespace().map(effect).collect()))
        .collect();
    History { graph, effects }
}

fn revision(id: &str, parents: &[&str]) -> Revision {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    Revision {
        id: id.into(),
        parents: Parents::Known(parents.iter().map(|&parent| parent.into()).collect()),
        dependencies: Vec::new(),
        has_computed_dependencies: false,
        branch_labels: Vec::new(),
        title: String::new(),
        place,
        down_revision_place: place,
    }
}

impl History {
    pub(crate) fn published(&self, heads: &[&str]) -> Publication {
        let heads = heads
            .iter()
            .map(|head| self.graph.index(head).expect("a revision"));
        Publication::Known(Published::at(&self.graph, heads))
    }
}

/// `revision->parents` for each change, in the order of the new chain.
pub(crate) fn steps(outcome: &Outcome) -> String {
    let Outcome::Plan(plan) = outcome else {
        panic!("no plan: {outcome:?}")
    };
    let step = |step: &rechain_planner::Reparent| {
        let to: Vec<&str> = step
            .to
            .iter()
            .map(rechain_history::RevisionId::as_str)
            .collect();
        format!("{}->{}", step.revision, to.join("+"))
    };
    plan.reparents
        .iter()
        .map(step)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The graph as the plan makes it.
pub(crate) fn applied_to(history: &History, plan: &Plan) -> Graph {
    let revisions = history
        .graph
        .revisions()
        .iter()
        .map(|revision| {
            let mut revision = Revision::clone(revision);
            if let Some(step) = plan
                .reparents
                .iter()
                .find(|step| step.revision == revision.id)
            {
                assert_eq!(
                    step.from,
                    history.graph[history.graph.index(revision.id.as_str()).unwrap()]
                        .down_revisions()
                );
                revision.parents = Parents::Known(step.to.clone());
            }
            revision
        })
        .collect();
    Graph::new(revisions, &Expectations::default())
}
