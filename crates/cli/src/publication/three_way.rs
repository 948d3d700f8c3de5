//! What a merge would make of revision files, in memory.
//!
//! As git does it: what one side alone changed is taken from it, what both changed is merged by lines,
//! and what one side renamed is followed (by revision id, which a re-chaining leaves alone).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rechain_history::RevisionId;

/// The three sides. Equal ids (`I`) are equal contents.
pub(super) struct Sides<'s, I> {
    /// Where the two parted.
    pub(super) ancestor: &'s BTreeMap<PathBuf, I>,
    /// What is merged.
    pub(super) theirs: &'s BTreeMap<PathBuf, I>,
    /// What it is merged into: few of its files are looked at.
    pub(super) ours: &'s BTreeSet<PathBuf>,
}

/// How contents are looked at.
pub(super) trait Look<I> {
    /// What another side has at a path.
    fn read(&mut self, path: &Path, id: &I) -> io::Result<Vec<u8>>;
    /// What our side has at a path of [`Sides::ours`]; `None` where it cannot be read, as if it were not there: that is a
    /// problem of its own.
    fn ours(&mut self, path: &Path) -> Option<Vec<u8>>;
    /// The revision that a text declares.
    fn revision(&mut self, path: &Path, text: &[u8]) -> Option<RevisionId>;
}

/// What the merge changes in `ours`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Merged {
    /// Contents, or that nothing is there any more.
    pub(super) files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// Where git would stop. Our side stands there.
    pub(super) clashes: Vec<(PathBuf, Clash)>,
}

/// Why git would stop at a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Both changed the same lines.
    BothChanged,
    /// Both added a file of this name.
    BothAdded,
    /// It was changed here and removed there.
    RemovedThere,
    /// It was removed here and changed there.
    RemovedHere,
    /// Both renamed it.
    BothRenamed,
}

/// Merges `theirs` into `ours`.
pub(super) fn merge<I: PartialEq>(
    sides: &Sides<'_, I>,
    look: &mut dyn Look<I>,
) -> io::Result<Merged> {
    let mut merge = Merge {
        sides,
        look,
        here: None,
        done: Merged::default(),
    };
    let Sides {
        ancestor, theirs, ..
    } = sides;
    let mut added: BTreeMap<&PathBuf, &I> = theirs
        .iter()
        .filter(|(path, _)| !ancestor.contains_key(*path))
        .collect();
    let their_renames = merge.their_renames(&added)?;
    for (from, old) in *ancestor {
        let to = theirs
            .get_key_value(from)
            .or_else(|| theirs.get_key_value(their_renames.get(from)?));
        let Some((to, new)) = to else {
            merge.removed_there(from, old)?;
            continue;
        };
        added.remove(to);
        if to != from || new != old {
            merge.changed_there(from, old, to, new)?;
        }
    }
    for (path, id) in added {
        let text = merge.look.read(path, id)?;
        match merge.ours(path) {
            None => merge.write(path, Some(text)),
            Some(ours) if is_same(&ours, &text) => {}
            Some(ours) => match diffy::merge_bytes(&[], &as_committed(&ours, &[&text]), &text) {
                Ok(both) => merge.write(path, Some(both)),
                Err(_) => merge.clash(path, Clash::BothAdded),
            },
        }
    }
    Ok(merge.done)
}

struct Merge<'m, 's, I> {
    sides: &'m Sides<'s, I>,
    look: &'m mut dyn Look<I>,
    /// Where our side has each revision; looked for once.
    here: Option<BTreeMap<RevisionId, PathBuf>>,
    done: Merged,
}

impl<I: PartialEq> Merge<'_, '_, I> {
    fn write(&mut self, path: &Path, text: Option<Vec<u8>>) {
        self.done.files.insert(path.to_path_buf(), text);
    }

    fn clash(&mut self, path: &Path, clash: Clash) {
        self.done.clashes.push((path.to_path_buf(), clash));
    }

    /// Which file that is gone there is which of `added`.
    fn their_renames(
        &mut self,
        added: &BTreeMap<&PathBuf, &I>,
    ) -> io::Result<BTreeMap<PathBuf, PathBuf>> {
        let gone = self.sides.ancestor.iter();
        let gone: Vec<_> = gone
            .filter(|(path, _)| !self.sides.theirs.contains_key(*path))
            .collect();
        let mut renames = BTreeMap::new();
        if gone.is_empty() || added.is_empty() {
            return Ok(renames);
        }
        let mut by_revision = BTreeMap::new();
        for (path, id) in added {
            let text = self.look.read(path, id)?;
            if let Some(revision) = self.look.revision(path, &text) {
                by_revision.entry(revision).or_insert(*path);
            }
        }
        for (path, id) in gone {
            let text = self.look.read(path, id)?;
            let revision = self.look.revision(path, &text);
            if let Some(to) = revision.and_then(|it| by_revision.get(&it)) {
                renames.insert(path.clone(), (*to).clone());
            }
        }
        Ok(renames)
    }

    fn ours(&mut self, path: &Path) -> Option<Vec<u8>> {
        let path = self.sides.ours.get(path)?;
        self.look.ours(path)
    }

    /// Where our side has the ancestor's file `path`, and with which content.
    fn our_file(&mut self, path: &Path, old: &[u8]) -> Option<(PathBuf, Vec<u8>)> {
        if let Some(text) = self.ours(path) {
            return Some((path.to_path_buf(), text));
        }
        let revision = self.look.revision(path, old)?;
        let (ours, look) = (self.sides.ours, &mut *self.look);
        let here = self.here.get_or_insert_with(|| {
            let found = ours.iter().filter_map(|path| {
                let text = look.ours(path)?;
                let revision = look.revision(path, &text)?;
                Some((revision, path.clone()))
            });
            found.collect()
        });
        let path = here.get(&revision)?.clone();
        let text = self.look.ours(&path)?;
        Some((path, text))
    }

    fn removed_there(&mut self, path: &Path, old: &I) -> io::Result<()> {
        let old = self.look.read(path, old)?;
        let Some((here, ours)) = self.our_file(path, &old) else {
            return Ok(());
        };
        if is_same(&ours, &old) {
            self.write(&here, None);
        } else {
            self.clash(&here, Clash::RemovedThere);
        }
        Ok(())
    }

    /// `from` became `to` there, and may have been changed besides.
    fn changed_there(&mut self, from: &Path, old: &I, to: &Path, new: &I) -> io::Result<()> {
        let (old, new) = (self.look.read(from, old)?, self.look.read(to, new)?);
        let Some((here, ours)) = self.our_file(from, &old) else {
            if !is_same(&old, &new) {
                self.clash(to, Clash::RemovedHere);
                self.write(to, Some(new));
            }
            return Ok(());
        };
        let both = if is_same(&ours, &old) {
            new
        } else if is_same(&old, &new) || is_same(&ours, &new) {
            ours.clone()
        } else {
            match diffy::merge_bytes(&old, &as_committed(&ours, &[&old, &new]), &new) {
                Ok(both) => both,
                Err(_) => {
                    self.clash(&here, Clash::BothChanged);
                    return Ok(());
                }
            }
        };
        // A rename there counts where there was none here.
        let path = if here == from { to } else { &here };
        if here != from && to != from && here != to {
            self.clash(&here, Clash::BothRenamed);
        }
        if path != here {
            self.write(&here, None);
        }
        if path != here || both != ours {
            self.write(path, Some(both));
        }
        Ok(())
    }
}

/// Whether two texts are the same but for the newlines that a checkout may have changed.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one == other || (one.len() != other.len() && unix(one) == unix(other))
}

/// The text of a work tree as git would commit it: where the committed ones have other newlines, `core.autocrlf`
/// has made its own.
fn as_committed<'t>(text: &'t [u8], committed: &[&[u8]]) -> Cow<'t, [u8]> {
    let has_crlf = |text: &[u8]| text.windows(2).any(|it| it == b"\r\n");
    if has_crlf(text) && !committed.iter().any(|it| has_crlf(it)) {
        Cow::Owned(unix(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text with `\n` where it has `\r\n`.
fn unix(text: &[u8]) -> Vec<u8> {
    let next = text.iter().skip(1).copied().map(Some).chain([None]);
    let bytes = text.iter().copied().zip(next);
    bytes
        .filter(|&(byte, next)| byte != b'\r' || next != Some(b'\n'))
        .map(|(byte, _)| byte)
        .collect()
}

/// The ids that a merge would leave, where it needs no look into files; where it would, `ours`.
pub(super) fn merged_ids<I: PartialEq + Clone>(
    ancestor: &BTreeMap<PathBuf, I>,
    ours: &BTreeMap<PathBuf, I>,
    theirs: &BTreeMap<PathBuf, I>,
) -> BTreeMap<PathBuf, I> {
    let paths: BTreeSet<&PathBuf> = ours.keys().chain(theirs.keys()).collect();
    let merged = paths.into_iter().filter_map(|path| {
        let (old, here, there) = (ancestor.get(path), ours.get(path), theirs.get(path));
        let id = if here == old { there } else { here };
        Some((path.clone(), id?.clone()))
    });
    merged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id is the text itself; `x 1` declares the revision `x`.
    struct Texts {
        ours: BTreeMap<PathBuf, &'static str>,
    }

    impl Look<&'static str> for Texts {
        fn read(&mut self, _: &Path, id: &&'static str) -> io::Result<Vec<u8>> {
            Ok(id.as_bytes().to_vec())
        }

        fn ours(&mut self, path: &Path) -> Option<Vec<u8>> {
            let text = self.ours[path];
            (text != UNREADABLE).then(|| text.as_bytes().to_vec())
        }

        fn revision(&mut self, _: &Path, text: &[u8]) -> Option<RevisionId> {
            let text = std::str::from_utf8(text).ok()?;
            Some(text.split(' ').next()?.into())
        }
    }

    const UNREADABLE: &str = "unreadable";

    type Side = [(&'static str, &'static str)];

    /// `path: text` of what the merge changes in `ours`, `-path` for what goes, `!path` for clashes.
    fn check(ancestor: &Side, ours: &Side, theirs: &Side, expected: &[&str]) {
        let side = |side: &Side| -> BTreeMap<PathBuf, &'static str> {
            side.iter()
                .map(|(path, text)| (PathBuf::from(path), *text))
                .collect()
        };
        let mut texts = Texts { ours: side(ours) };
        let sides = Sides {
            ancestor: &side(ancestor),
            theirs: &side(theirs),
            ours: &texts.ours.keys().cloned().collect(),
        };
        let merged = merge(&sides, &mut texts).expect("texts can be read");
        let mut shown: Vec<String> = merged
            .files
            .iter()
            .map(|(path, text)| match text {
                Some(text) => format!("{}: {}", path.display(), String::from_utf8_lossy(text)),
                None => format!("-{}", path.display()),
            })
            .collect();
        shown.extend(
            merged
                .clashes
                .iter()
                .map(|(path, clash)| format!("!{} {clash:?}", path.display())),
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_one_side_did_is_taken() {
        let (a, b, b2, c) = (("a", "a 1"), ("b", "b 1"), ("b", "b 2"), ("c", "c 1"));
        check(&[a, b], &[a, b, c], &[a, b], &[]);
        check(&[a, b], &[a, b], &[a, b, c], &["c: c 1"]);
        check(&[a, b], &[a, b], &[a, b2], &["b: b 2"]);
        check(&[a, b], &[a, b2], &[a, b], &[]);
        check(&[a, b], &[a, b], &[a], &["-b"]);
        check(&[a, b], &[a], &[a, b], &[]);
        check(&[a, b], &[a], &[a], &[]);
        check(&[a], &[a, c], &[a, c], &[]);
        check(&[], &[a], &[b], &["b: b 1"]);
    }

    #[test]
    fn newlines_of_a_checkout_are_no_change() {
        check(
            &[("a", "a 1\n")],
            &[("a", "a 1\r\n")],
            &[("a", "a 2\n")],
            &["a: a 2\n"],
        );
        // Nor do they stop a merge by lines, as they do not stop git's.
        check(
            &[("a", "a 1\n\n\n\n\nx\n")],
            &[("a", "a 2\r\n\r\n\r\n\r\n\r\nx\r\n")],
            &[("a", "a 1\n\n\n\n\ny\n")],
            &["a: a 2\n\n\n\n\ny\n"],
        );
        // Those that were committed do.
        check(
            &[("a", "a 1\n\n\n\n\nx\n")],
            &[("a", "a 2\n\n\n\n\nx\n")],
            &[("a", "a 1\r\n\r\n\r\n\r\n\r\ny\r\n")],
            &["!a BothChanged"],
        );
    }

    #[test]
    fn renames_are_followed_on_either_side() {
        let (old, new) = (("a", "a 1"), ("n", "a 1"));
        check(&[old], &[old], &[new], &["-a", "n: a 1"]);
        check(&[old], &[new], &[old], &[]);
        check(&[old], &[new], &[("a", "a 2")], &["n: a 2"]);
        check(&[old], &[("a", "a 2")], &[new], &["-a", "n: a 2"]);
        check(&[old], &[new], &[new], &[]);
        check(&[old], &[new], &[], &["-n"]);
        check(&[old], &[new], &[("m", "a 1")], &["!n BothRenamed"]);
    }

    #[test]
    fn both_sides_are_merged_by_lines_or_clash() {
        check(
            &[("a", "a 1\n\n\n\n\nx\n")],
            &[("a", "a 2\n\n\n\n\nx\n")],
            &[("a", "a 1\n\n\n\n\ny\n")],
            &["a: a 2\n\n\n\n\ny\n"],
        );
        let old = [("a", "a 1")];
        check(&old, &[("a", "a 2")], &[("a", "a 3")], &["!a BothChanged"]);
        check(&old, &[("a", "a 2")], &[], &["!a RemovedThere"]);
        check(&old, &[], &[("a", "a 2")], &["a: a 2", "!a RemovedHere"]);
        check(&[], &[("a", "a 1")], &[("a", "a 2")], &["!a BothAdded"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_in_nobodys_way() {
        let ours = [("a", UNREADABLE)];
        check(&[], &ours, &[("a", "a 1")], &["a: a 1"]);
        check(&[("a", "a 1")], &ours, &[], &[]);
        check(&[("a", "a 1")], &ours, &[("a", "a 1")], &[]);
    }

    #[test]
    fn ids_are_merged_path_by_path() {
        let side = |text: &'static str| BTreeMap::from([(PathBuf::from("a"), text)]);
        assert_eq!(merged_ids(&side("1"), &side("1"), &side("2")), side("2"));
        assert_eq!(merged_ids(&side("1"), &side("2"), &side("1")), side("2"));
        assert!(merged_ids(&side("1"), &side("1"), &BTreeMap::new()).is_empty());
    }
}
