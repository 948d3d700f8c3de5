//! Small histories for the tests of this crate.

use rechain_history::{
    Expectations, FileId, Graph, Parents, Place, Revision, RevisionId, TextRange,
};

/// The graph of revisions, each an id and the ids of its parents, in load order.
pub(crate) fn graph<Id: AsRef<str>>(links: impl IntoIterator<Item = (Id, Vec<Id>)>) -> Graph {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    let id = |id: Id| RevisionId::from(id.as_ref());
    let revisions = links.into_iter().map(|(own, parents)| Revision {
        id: id(own),
        parents: Parents::Known(parents.into_iter().map(id).collect()),
        dependencies: Vec::new(),
        has_computed_dependencies: false,
        branch_labels: Vec::new(),
        title: String::new(),
        place,
        down_revision_place: place,
    });
    Graph::new(revisions.collect(), &Expectations::default())
}
