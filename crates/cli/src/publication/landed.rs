//! What is wrong with a history as it would land.

use std::collections::BTreeSet;

use rechain_history::{Graph, Problem, RevIndex, RevisionId, TextRange, upgrade_order};
use rechain_parser::{Source, body};
use rechain_planner::{Displacement, Publication, Published, deployable_heads};

use super::evidence;
use super::landing::Landing;
use super::three_way::Clash;
use super::{Asked, Known};
use crate::code;
use crate::diagnostic::{Diagnostic, Label};
use crate::history::History;

/// How many ids a line names.
const MANY: usize = 4;

/// The problems of `landed`, the merge of `here` with the refs of `landing`.
pub(crate) fn problems(
    landed: &History,
    here: &History,
    landing: &Landing,
    known: &Known,
) -> Vec<Diagnostic> {
    let checked = Merge {
        landed,
        here,
        landing,
    };
    let mut found: Vec<Diagnostic> = checked.clashes();
    found.extend(checked.absent_parents());
    let (Publication::Known(published), Ok(asked)) = (&known.publication, &known.asked) else {
        found.extend(checked.structure(&BTreeSet::new()));
        return found;
    };
    let mut gone = BTreeSet::new();
    if let Some(base) = &asked.base_graph {
        gone = checked.gone(base, published);
        found.extend(checked.renamed(base, &gone));
        found.extend(checked.changed(base, published, &gone));
    }
    let missing = gone.iter().map(|id| id.as_str().to_owned()).collect();
    found.extend(checked.structure(&missing));
    // Links that lead nowhere are said first; what lies below them is not known.
    if !landed.is_damaged() {
        found.extend(checked.displaced(published, asked.base_graph.as_deref()));
        found.extend(checked.without_what_lies_below(published, asked));
    }
    found
}

struct Merge<'l> {
    landed: &'l History,
    here: &'l History,
    landing: &'l Landing,
}

impl Merge<'_> {
    fn label(&self, index: RevIndex, text: impl Into<String>) -> Label {
        Label::at(self.landed.graph[index].place, text)
    }

    fn parents_label(&self, index: RevIndex, text: impl Into<String>) -> Label {
        Label::at(self.landed.graph[index].down_revision_place, text)
    }

    /// Which ref brings a revision that is not here.
    fn brought_by(&self, file: usize) -> Option<&str> {
        let path = &self.landed.files[file].path;
        self.landing.brought.get(path).map(String::as_str)
    }

    /// The problems of the graph, with the ref that each place comes from. A parent in `missing` is
    /// spoken of elsewhere.
    fn structure(&self, missing: &BTreeSet<String>) -> Vec<Diagnostic> {
        let is_spoken_of = |diagnostic: &Diagnostic| {
            diagnostic.code == &code::MISSING_PARENT
                && missing
                    .iter()
                    .any(|id| diagnostic.message.contains(&format!("'{id}'")))
        };
        let had_several = self.here.diagnostics.iter();
        let had_several: Vec<&str> = had_several
            .filter(|it| it.code == &code::MULTIPLE_HEADS)
            .map(|it| it.message.as_str())
            .collect();
        let mut diagnostics = self.landed.diagnostics.clone();
        diagnostics.retain(|it| !is_spoken_of(it));
        for diagnostic in &mut diagnostics {
            let labels = diagnostic
                .primary
                .iter_mut()
                .chain(&mut diagnostic.secondary);
            let mut refs: Vec<Option<String>> = Vec::new();
            for label in labels {
                let brought = self.brought_by(label.file).map(str::to_owned);
                if let Some(name) = &brought {
                    label
                        .text
                        .push_str(if label.text.is_empty() { "" } else { " " });
                    label.text.push_str(&["(on ", name, ")"].concat());
                }
                refs.push(brought);
            }
            if diagnostic.code == &code::MULTIPLE_HEADS
                && !had_several.contains(&diagnostic.message.as_str())
            {
                diagnostic.help = vec![self.way_to_one_head(&refs)];
            }
        }
        diagnostics
    }

    fn way_to_one_head(&self, refs: &[Option<String>]) -> String {
        let fix = self.landed.command("rechain fix");
        let names: BTreeSet<&String> = refs.iter().flatten().collect();
        let mut names = names.into_iter();
        let is_all_theirs = refs.iter().all(Option::is_some);
        match (names.next(), names.next()) {
            (Some(one), None) if is_all_theirs => {
                format!("they are all on {one}: run `{fix}` there first")
            }
            (Some(one), None) => format!("merge or rebase {one} first, then run `{fix}`"),
            (Some(one), Some(other)) => format!(
                "{one} and {other} do not go together: whichever lands second merges the first, then \
                 runs `{fix}`"
            ),
            (None, _) => format!(
                "merge or rebase {} first, then run `{fix}`",
                self.landing.shown()
            ),
        }
    }

    /// Files at which git would stop.
    fn clashes(&self) -> Vec<Diagnostic> {
        let clashes = self.landing.clashes.iter();
        let diagnostics = clashes.map(|(path, clash, name)| {
            let at = self.landed.files.iter().position(|it| it.path == *path);
            let file = at.map_or_else(
                || path.display().to_string(),
                |at| self.landed.files[at].name.clone(),
            );
            let what = match clash {
                Clash::BothChanged => format!("was changed both here and on {name}"),
                Clash::BothAdded => format!("was added both here and on {name}, differently"),
                Clash::RemovedThere => format!("was changed here and removed on {name}"),
                Clash::RemovedHere => format!("was removed here and changed on {name}"),
                Clash::BothRenamed => format!("was renamed both here and on {name}"),
            };
            let diagnostic = Diagnostic::new(
                &code::MERGE_CONFLICT,
                format!("git will stop: {file} {what}"),
            )
            .with_help(format!("merge or rebase {name} and resolve it"));
            match at {
                Some(at) => diagnostic.with_primary(Label::new(at, TextRange::empty(0), "")),
                None => diagnostic,
            }
        });
        diagnostics.collect()
    }

    /// Parents that only the other side has.
    fn absent_parents(&self) -> Vec<Diagnostic> {
        let landed = &self.landed.graph;
        let problems = self.here.graph.problems().iter();
        let found = problems.filter_map(|problem| {
            let Problem::MissingParent {
                revision, missing, ..
            } = problem
            else {
                return None;
            };
            let parent = landed.index(missing.as_str())?;
            let child = landed.index(revision.as_str())?;
            let name = self.brought_by(landed[parent].place.file.index());
            let name = name.map_or_else(|| self.landing.shown(), str::to_owned);
            let message = format!("revision {revision} follows {missing}, which only {name} has");
            Some(
                Diagnostic::new(&code::PARENT_ON_BASE, message)
                    .with_primary(self.parents_label(child, "not on this branch"))
                    .with_help(format!("merge or rebase {name} first")),
            )
        });
        found.collect()
    }

    /// Published revisions of the base that would not be there any more.
    fn gone(&self, base: &Graph, published: &Published) -> BTreeSet<RevisionId> {
        base.revisions()
            .iter()
            .map(|revision| &revision.id)
            .filter(|id| self.landed.graph.index(id.as_str()).is_none())
            .filter(|id| published.contains(id) || published.gone().any(|gone| gone == *id))
            .cloned()
            .collect()
    }

    /// `gone` in words: those that go on under another id, and those that are deleted.
    fn renamed(&self, base: &Graph, gone: &BTreeSet<RevisionId>) -> Vec<Diagnostic> {
        let graph = &self.landed.graph;
        let shown = self.landing.shown();
        let mut found = Vec::new();
        let mut deleted: Vec<RevisionId> = Vec::new();
        for id in gone {
            let old = self.landing.base_files.get(id);
            let new = old.and_then(|(path, text)| {
                let ran = body(&decoded(text)?);
                graph.indices().find(|&index| {
                    let file = self.landed.file_of(index);
                    let is_new = base.index(graph[index].id.as_str()).is_none();
                    is_new && (file.path == *path || body(file.text()) == ran)
                })
            });
            let Some(index) = new else {
                deleted.push(id.clone());
                continue;
            };
            let new = &graph[index].id;
            found.push(
                Diagnostic::new(
                    &code::RENAMED_PUBLISHED,
                    format!("revision {id} is published, and has become {new}"),
                )
                .with_primary(self.label(index, format!("{id} on {shown}")))
                .with_help(format!(
                    "databases that stand on {id} cannot be upgraded any more, and those above it \
                     take {new} for done: give it back its id"
                )),
            );
        }
        if deleted.is_empty() {
            return found;
        }
        let children: Vec<RevIndex> = deleted
            .iter()
            .filter_map(|id| base.index(id.as_str()))
            .flat_map(|index| base.children(index).to_vec())
            .filter_map(|child| graph.index(base[child].id.as_str()))
            .collect();
        let (noun, verb) = if deleted.len() == 1 {
            ("revision", "is")
        } else {
            ("revisions", "are")
        };
        let mut diagnostic = Diagnostic::new(
            &code::DELETED_PUBLISHED,
            format!(
                "{noun} {} {verb} published, and would be gone",
                listed(&deleted)
            ),
        )
        .with_help(format!(
            "a database that stands there ends in \"Can't locate revision\": bring the {} back, or be \
             sure that every database is past it",
            if deleted.len() == 1 { "file" } else { "files" }
        ));
        if let Some(&child) = children.first() {
            let id = &graph[child].id;
            let text = format!("{id} followed {}", listed(&deleted[deleted.len() - 1..]));
            diagnostic = diagnostic.with_primary(self.parents_label(child, text));
        }
        found.push(diagnostic);
        found
    }

    /// Published revisions whose file now does something else.
    fn changed(
        &self,
        base: &Graph,
        published: &Published,
        gone: &BTreeSet<RevisionId>,
    ) -> Vec<Diagnostic> {
        let graph = &self.landed.graph;
        let shown = self.landing.shown();
        let mut found = Vec::new();
        for index in graph.indices() {
            let revision = &graph[index];
            let id = &revision.id;
            let Some((path, old)) = self.landing.base_files.get(id) else {
                continue;
            };
            let file = self.landed.file_of(index);
            let (Some(there), true) = (base.index(id.as_str()), published.contains(id)) else {
                continue;
            };
            let Some(old) = decoded(old) else { continue };
            // What stands in for deleted revisions is no other migration: that they are gone is said.
            let is_squash = base
                .parents(there)
                .iter()
                .any(|&it| gone.contains(&base[it].id));
            if old == file.text() || is_squash || body(&old) == body(file.text()) {
                continue;
            }
            let is_another = base[there].title != revision.title && *path != file.path;
            if is_another {
                found.push(
                    Diagnostic::new(
                        &code::REUSED_ID,
                        format!("the id {id} is published, and belongs to another revision"),
                    )
                    .with_primary(self.label(index, format!("on {shown}: {}", base[there].title)))
                    .with_help(format!(
                        "databases that have {id} will never run this one: give it an id of its own"
                    )),
                );
            } else {
                let range = upgrade_line(file.text());
                let at = revision.place.file.index();
                found.push(
                    Diagnostic::new(
                        &code::CHANGED_UPGRADE,
                        format!("what revision {id} runs was changed, and it is published"),
                    )
                    .with_primary(Label::new(at, range, format!("not as on {shown}")))
                    .with_help(format!(
                        "databases that have {id} will never run the new text: put the change in a \
                         revision of its own"
                    )),
                );
            }
        }
        found
    }

    /// Published revisions with something else below them than any database had.
    fn displaced(&self, published: &Published, base: Option<&Graph>) -> Vec<Diagnostic> {
        let graph = &self.landed.graph;
        let found = published.displaced(graph, base);
        found
            .iter()
            .filter_map(|displacement| {
                let index = graph.index(displacement.revision.as_str())?;
                let Displacement {
                    revision,
                    gained,
                    lost,
                } = displacement;
                let what = match (gained.as_slice(), lost.as_slice()) {
                    ([], lost) => format!("{} would not be below it any more", listed(lost)),
                    (gained, []) => format!("{} would be slipped in below it", listed(gained)),
                    (gained, lost) => format!(
                        "it would follow {} instead of {}",
                        listed(gained),
                        listed(lost)
                    ),
                };
                let mut diagnostic = Diagnostic::new(
                    &code::DISPLACED_PUBLISHED,
                    format!("revision {revision} is published, and {what}"),
                )
                .with_primary(self.parents_label(index, "databases ran it with other parents"));
                if !gained.is_empty() {
                    diagnostic = diagnostic.with_help(format!(
                        "a database that has {revision} would skip {} silently",
                        listed(gained)
                    ));
                }
                if !lost.is_empty() {
                    diagnostic = diagnostic.with_help(format!(
                        "a database that has {revision} would run {} again",
                        listed(lost)
                    ));
                }
                if let Some(head) = evidence::above(published, graph, index) {
                    diagnostic = diagnostic.with_help(evidence::line(head));
                }
                let fix = self.landed.command("rechain fix");
                Some(diagnostic.with_help(format!(
                    "run `{fix}`: it puts {revision} back and what is new on top"
                )))
            })
            .collect()
    }
}

impl Merge<'_> {
    /// Published revisions that come here without what another published ref has below them: a database
    /// that runs them here and follows that ref later would skip it there.
    fn without_what_lies_below(&self, published: &Published, asked: &Asked) -> Vec<Diagnostic> {
        let graph = &self.landed.graph;
        // What databases that follow the base have already cannot be kept from them any more. That it
        // lies there does not suffice: with several heads `upgrade head` ran none of them.
        let base = asked.base_graph.as_deref();
        let on_base = base.map(|base| {
            let heads = deployable_heads(base, asked.upgrade);
            (base, base.ancestors_with(heads))
        });
        let is_run_on_base = |id: &RevisionId| {
            let at_tip = on_base.as_ref().is_some_and(|(base, below)| {
                base.index(id.as_str())
                    .is_some_and(|index| below.contains(index.index()))
            });
            at_tip || published.was_deployed_on_base(id)
        };
        let mut found: Vec<(RevIndex, Diagnostic)> = Vec::new();
        for index in upgrade_order(graph) {
            let id = &graph[index].id;
            let is_spoken_of = found
                .iter()
                .any(|(lower, _)| graph.is_ancestor(*lower, index));
            if is_spoken_of || !published.contains(id) || is_run_on_base(id) {
                continue;
            }
            let elsewhere = asked.tips.iter().find_map(|(shown, tip)| {
                let below = tip.ancestors_with([tip.index(id.as_str())?]);
                let missing: Vec<RevisionId> = tip
                    .members(&below)
                    .map(|member| tip[member].id.clone())
                    .filter(|it| graph.index(it.as_str()).is_none())
                    .collect();
                (!missing.is_empty()).then_some((shown, missing))
            });
            let Some((shown, missing)) = elsewhere else {
                continue;
            };
            let missing = listed(&missing);
            let diagnostic = Diagnostic::new(
                &code::DISPLACED_PUBLISHED,
                format!("revision {id} would come without {missing}, which {shown} has below it"),
            )
            .with_primary(self.parents_label(index, format!("not so on {shown}")))
            .with_help(format!(
                "a database that runs {id} here and follows {shown} later would skip {missing} there"
            ))
            .with_help(format!("take {missing} from {shown}, too"));
            found.push((index, diagnostic));
        }
        found.into_iter().map(|(_, it)| it).collect()
    }
}

fn decoded(text: &[u8]) -> Option<String> {
    let source = Source::decode(text.to_vec()).ok()?;
    Some(source.text().to_owned())
}

/// The line at which `upgrade()` begins.
fn upgrade_line(text: &str) -> TextRange {
    let start = if text.starts_with("def upgrade") {
        Some(0)
    } else {
        text.find("\ndef upgrade").map(|at| at + 1)
    };
    let Some(start) = start else {
        return TextRange::empty(0);
    };
    let length = text[start..]
        .find(['\n', '\r'])
        .unwrap_or(text.len() - start);
    TextRange::new(start, start + length)
}

fn listed(ids: &[RevisionId]) -> String {
    let names: Vec<&str> = ids.iter().take(MANY).map(RevisionId::as_str).collect();
    match (names.as_slice(), ids.len()) {
        ([one], 1) => (*one).to_owned(),
        ([start @ .., last], count) if count <= MANY => format!("{} and {last}", start.join(", ")),
        (names, count) => format!("{} and {} more", names.join(", "), count - names.len()),
    }
}
