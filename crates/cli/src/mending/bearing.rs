//! What a repair means for databases: nothing is slipped in below a published revision, nor taken away from there, and
//! what else databases would notice is said.

use rechain_history::{Divergence, RevisionId};
use rechain_parser::body;
use rechain_planner::{DamageKind, Displacement, Publication, Published};
use rechain_project::Change;
use rechain_project::git::Repository;

use super::clinic::{Ailment, Remedy, declared_in, parsed};
use crate::args::PublicationArguments;
use crate::decisions::words::few;
use crate::history::History;
use crate::publication::{Asked, GitOf, Known, Naming, known_since};

/// What came of looking at a repair.
pub(super) enum Bearing {
    /// It may be offered; a sentence each.
    Offered(Vec<String>),
    /// It may where nothing better is: something published stays wrong, or would.
    Wanting(Vec<String>),
    /// It may not, for this reason, and because a database may have this revision.
    Refused(String, Option<RevisionId>),
}

/// Looks at repairs with what is known of databases.
pub(super) struct Scales<'m> {
    arguments: &'m PublicationArguments,
    git: Option<&'m GitOf>,
    /// As the damaged history shows it.
    known: Known,
}

impl<'m> Scales<'m> {
    pub(super) fn new(
        arguments: &'m PublicationArguments,
        history: &History,
        git: Option<&'m GitOf>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            arguments,
            git,
            known: known_since(arguments, history, history, Naming::Lenient)?,
        })
    }

    /// What is known of databases while the history is damaged.
    pub(super) fn into_known(self) -> Known {
        self.known
    }

    /// What the change from `before` to `after` by one remedy means.
    pub(super) fn weigh(
        &self,
        before: &History,
        after: &History,
        ailment: &Ailment,
        remedy: &mut Remedy,
    ) -> anyhow::Result<Bearing> {
        let unchanged =
            || Bearing::Offered(vec!["nothing that a database may have changes".to_owned()]);
        match &self.known.publication {
            Publication::Nothing => return Ok(Bearing::Offered(Vec::new())),
            Publication::Unknown => {
                return Ok(Bearing::Offered(vec![as_if_deployed(before, after)]));
            }
            Publication::Known(published) if !is_concerned(published, before, after, remedy) => {
                return Ok(unchanged());
            }
            Publication::Known(_) => {}
        }
        // Whom a database can stand on is asked again, since links and files are others now.
        let known = known_since(self.arguments, after, before, Naming::Lenient)?;
        let (Publication::Known(published), Ok(asked)) = (&known.publication, &known.asked) else {
            return Ok(unchanged());
        };
        let step = Step {
            before,
            after,
            published,
            asked,
            repository: self.git.map(|it| &it.repository),
        };
        let files = match step.files(ailment, remedy) {
            Ok(sentences) => sentences,
            Err(reason) => return Ok(Bearing::Refused(reason, None)),
        };
        let rewritten: Vec<String> = remedy
            .changes
            .iter()
            .filter_map(|it| step.rewritten(it))
            .collect();
        if !files.is_empty() || !rewritten.is_empty() {
            remedy.is_sound = false;
        }
        let (links, is_wanting) = match step.links() {
            Ok(found) => found,
            Err((reason, revision)) => return Ok(Bearing::Refused(reason, Some(revision))),
        };
        let is_wanting = is_wanting || !rewritten.is_empty();
        let sentences: Vec<String> = files.into_iter().chain(rewritten).chain(links).collect();
        Ok(match (is_wanting, sentences.is_empty()) {
            (true, _) => Bearing::Wanting(sentences),
            (false, true) => unchanged(),
            (false, false) => Bearing::Offered(sentences),
        })
    }
}

/// Where nothing is known of databases: what one would skip that has any of the revisions.
fn as_if_deployed(before: &History, after: &History) -> String {
    let (before, after) = (&before.graph, &after.graph);
    let all = Published::at(after, after.indices());
    let found = all.bearing(before, after, None, false);
    let skipped = found.displaced.iter().map(displaced);
    let skipped: Vec<String> = std::iter::once("what databases have is not known".to_owned())
        .chain(skipped)
        .collect();
    skipped.join("; ")
}

/// Whether a repair concerns anything published: what lies below it, or its file.
fn is_concerned(published: &Published, before: &History, after: &History, remedy: &Remedy) -> bool {
    let graph = &after.graph;
    let differences = Divergence::between(graph, &before.graph);
    let changes_below = graph.indices().any(|index| {
        let id = &graph[index].id;
        let is_new = before.graph.index(id.as_str()).is_none();
        !differences.is_same(index) && (is_new || published.contains(id))
    });
    let declares = |bytes: &Option<Vec<u8>>, change: &Change| {
        let revision = declared_in(bytes.clone()?, &change.path.to_string_lossy())?;
        Some(published.contains(&revision.id) || published.gone().any(|it| *it == revision.id))
    };
    changes_below
        || remedy.changes.iter().any(|change| {
            [&change.before, &change.after].into_iter().any(|bytes| {
                // What cannot be read may be anything.
                bytes.is_some() && declares(bytes, change).unwrap_or(true)
            })
        })
}

/// One repair with what is known of databases after it.
struct Step<'s> {
    before: &'s History,
    after: &'s History,
    published: &'s Published,
    asked: &'s Asked,
    repository: Option<&'s Repository>,
}

impl Step<'_> {
    /// What becomes of what lies below published revisions, and whether something wrong stays there that was wrong
    /// before; an error says why that may not be.
    fn links(&self) -> Result<(Vec<String>, bool), (String, RevisionId)> {
        let (before, after) = (&self.before.graph, &self.after.graph);
        let base = self.asked.base_graph.as_deref();
        let is_whole = !self.after.is_damaged();
        let found = self.published.bearing(before, after, base, is_whole);
        let mut sentences = Vec::new();
        let mut is_wanting = false;
        for it in &found.displaced {
            let sentence = displaced(it);
            let was_there = |id: &RevisionId| {
                let (lower, upper) = (
                    before.index(id.as_str()),
                    before.index(it.revision.as_str()),
                );
                matches!((lower, upper), (Some(lower), Some(upper)) if before.is_ancestor(lower, upper))
            };
            if !it.lost.is_empty() && is_whole || !it.gained.iter().all(was_there) {
                let reason = format!("{} is published, and {sentence}", it.revision);
                return Err((reason, it.revision.clone()));
            }
            is_wanting = true;
            sentences.push(format!("{sentence}, so `fix` puts {} back", it.revision));
        }
        for it in &found.untold {
            let id = &it.revision;
            let takes = match it.gained.as_slice() {
                [] => String::new(),
                gained => format!(
                    "; a database that has it all the same takes {} for done",
                    few(gained, "and")
                ),
            };
            let sentence =
                format!("Alembic runs none of the histories in which git shows {id}{takes}");
            sentences.push(sentence);
        }
        if !found.restored.is_empty() {
            let ids = few(&found.restored, "and");
            sentences.push(format!("what databases ran below {ids} is there again"));
        }
        Ok((sentences, is_wanting))
    }

    /// What becomes of the files of published revisions; an error says why that may not be.
    fn files(&self, ailment: &Ailment, remedy: &Remedy) -> Result<Vec<String>, String> {
        let mut sentences = Vec::new();
        if let (DamageKind::MissingParent, [_, missing]) = (ailment.kind, ailment.about.as_slice())
            && self.after.graph.index(missing.as_str()).is_none()
        {
            let mut tips = self.asked.tips.iter();
            if let Some((name, _)) = tips.find(|(_, graph)| graph.index(missing.as_str()).is_some())
            {
                return Err(format!(
                    "{name} has {missing}, so a database may stand on it: it has to come back"
                ));
            }
            if self.published.gone().any(|it| it == missing) {
                sentences.push(format!(
                    "a database that stands on {missing} ends in \"Can't locate revision\""
                ));
            }
        }
        if ailment.kind == DamageKind::DuplicateId {
            for change in &remedy.changes {
                sentences.extend(self.renamed(ailment, change)?);
            }
        }
        Ok(sentences)
    }

    /// A published revision that runs something else than it does on a published ref.
    fn rewritten(&self, change: &Change) -> Option<String> {
        let path = change.path.to_string_lossy();
        let new = change.after.clone()?;
        let id = declared_in(new.clone(), &path)?.id;
        if !self.published.contains(&id) {
            return None;
        }
        let mut there = self.at_refs(change);
        there.retain(|(_, bytes)| declared_in(bytes.clone(), &path).is_some_and(|it| it.id == id));
        let ran = |bytes: &[u8]| Some(body(parsed(bytes.to_vec(), &path)?.0.text()));
        if there.iter().any(|(_, bytes)| ran(bytes) == ran(&new)) {
            return None;
        }
        let (name, _) = there.first()?;
        Some(format!(
            "{id} does something else on {name}: a database that has it never runs this text"
        ))
    }

    /// A file that gets another id although a published ref has it under the one it had.
    fn renamed(&self, ailment: &Ailment, change: &Change) -> Result<Option<String>, String> {
        let path = change.path.to_string_lossy();
        let id = |bytes: &Option<Vec<u8>>| Some(declared_in(bytes.clone()?, &path)?.id);
        let Some(old) = id(&change.before).filter(|old| id(&change.after).as_ref() != Some(old))
        else {
            return Ok(None);
        };
        let Some(new) = self.new_id() else {
            return Ok(None);
        };
        let there = |change: &Change| {
            let found = self.at_refs(change);
            let path = change.path.to_string_lossy().into_owned();
            found
                .into_iter()
                .find(|(_, bytes)| declared_in(bytes.clone(), &path).is_some_and(|it| it.id == old))
                .map(|(name, _)| name)
        };
        let Some(name) = there(change) else {
            return Ok(None);
        };
        let files = || ailment.places.iter().map(|&(at, _)| &self.before.files[at]);
        let are_all = files().all(|file| {
            let bytes = file.source().map_or(&[][..], |it| it.bytes());
            there(&Change::delete(&file.path, bytes)).is_some()
        });
        if !are_all {
            return Err(format!(
                "{name} has this file as {old}, so a database may have run it under that id"
            ));
        }
        let last = files().last().map_or("", |it| it.name.as_str());
        Ok(Some(format!(
            "{name} has both files: a database that has {old} ran one of them, {last} where both were there (Alembic \
             takes the one that it loads last); it runs {new} next"
        )))
    }

    /// The id that comes with the repair.
    fn new_id(&self) -> Option<&RevisionId> {
        let revisions = self.after.graph.revisions().iter();
        let mut new = revisions.filter(|it| self.before.graph.index(it.id.as_str()).is_none());
        new.next().map(|it| &it.id)
    }

    /// A file as published refs have it.
    fn at_refs(&self, change: &Change) -> Vec<(String, Vec<u8>)> {
        let inside = self.repository.and_then(|it| it.name_of(&change.path));
        let (Some(inside), Some(repository)) = (inside, self.repository) else {
            return Vec::new();
        };
        let refs = self.asked.refs.iter();
        refs.filter_map(|(name, _, commit)| {
            let content = repository.content(commit, &inside).ok().flatten()?;
            Some((name.clone(), content))
        })
        .collect()
    }
}

/// What a database would skip or repeat.
fn displaced(it: &Displacement) -> String {
    let id = &it.revision;
    let what = match (it.gained.as_slice(), it.lost.as_slice()) {
        (gained, []) => format!("skip {} silently", few(gained, "and")),
        ([], lost) => format!("run {} again", few(lost, "and")),
        (gained, lost) => format!(
            "skip {} silently and run {} again",
            few(gained, "and"),
            few(lost, "and")
        ),
    };
    format!("a database with {id} in alembic_version would {what}")
}
