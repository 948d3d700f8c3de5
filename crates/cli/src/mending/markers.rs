//! Git's conflict markers left in a revision file: both sides are read.

use std::path::Path;

use rechain_history::{Parents, Revision, RevisionId, TextRange};
use rechain_planner::DamageKind;
use rechain_project::Change;

use super::clinic::{Ailment, Clinic, Remedy, declared_in, file_key};
use crate::history::File;

pub(super) fn ailment(clinic: &Clinic<'_>, at: usize) -> Option<Ailment> {
    let file = &clinic.history.files[at];
    let source = file.source()?;
    let bytes = source.bytes();
    let [ours, theirs] = sides(bytes)?;
    let first = source.text().find("<<<<<<<").unwrap_or_default();
    let place = TextRange::new(first, first + 7);
    Some(Ailment {
        kind: DamageKind::File,
        about: vec![clinic.label(&file.path).as_str().into()],
        places: vec![(at, place)],
        words: format!("git's conflict markers are left in {}", file.name),
        key: file_key(&file.path),
        may_uncover: true,
        // Either side may be meant, and nothing else is there.
        is_exhaustive: true,
        remedies: remedies(clinic, file, bytes, ours, theirs),
        refused: Vec::new(),
    })
}

/// A side of every conflict: its name, and the file with it.
type Side = (String, Vec<u8>);

/// Both sides of a file with conflict markers; `None` where there are none, or not in order.
fn sides(bytes: &[u8]) -> Option<[Side; 2]> {
    #[derive(PartialEq)]
    enum In {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let mut state = In::Both;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut our_name, mut their_name) = (String::new(), String::new());
    let mut conflicts = 0;
    let name = |line: &[u8]| String::from_utf8_lossy(&line[7..]).trim().to_owned();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let is_marker = |sign: u8| {
            line.len() >= 7
                && line[..7].iter().all(|&byte| byte == sign)
                && line.get(7).is_none_or(|byte| b" \r\n".contains(byte))
        };
        if is_marker(b'<') && state == In::Both {
            state = In::Ours;
            our_name = name(line);
            conflicts += 1;
        } else if is_marker(b'|') && state == In::Ours {
            state = In::Base;
        } else if is_marker(b'=') && matches!(state, In::Ours | In::Base) {
            state = In::Theirs;
        } else if is_marker(b'>') && state == In::Theirs {
            state = In::Both;
            their_name = name(line);
        } else {
            if matches!(state, In::Both | In::Ours) {
                ours.extend_from_slice(line);
            }
            if matches!(state, In::Both | In::Theirs) {
                theirs.extend_from_slice(line);
            }
        }
    }
    (conflicts > 0 && state == In::Both).then_some([(our_name, ours), (their_name, theirs)])
}

fn remedies(
    clinic: &Clinic<'_>,
    file: &File,
    bytes: &[u8],
    (our_name, ours): Side,
    (their_name, theirs): Side,
) -> Vec<Remedy> {
    let path = file.path.to_string_lossy();
    let one = declared_in(ours.clone(), &path);
    let other = declared_in(theirs.clone(), &path);
    if let (Some(one), Some(other)) = (&one, &other)
        && one.id != other.id
    {
        return split(clinic, file, bytes, (&ours, one), (&theirs, other))
            .into_iter()
            .collect();
    }
    let better = preferred(clinic, one.as_ref(), other.as_ref());
    let mut remedies = Vec::new();
    let readings = [(&our_name, ours, one, 0), (&their_name, theirs, other, 1)];
    for (name, content, revision, at) in readings {
        let Some(revision) = revision else { continue };
        let parents = shown(&revision);
        let (is_sound, evidence) = match &better {
            Some((side, evidence)) if *side == at => (true, evidence.clone()),
            _ => (false, format!("it follows {parents} there")),
        };
        let side = if name.is_empty() { "one side" } else { name };
        let answer = format!("side {} of {}", at + 1, clinic.label(&file.path));
        let words = format!("{} as {side} has it", file.name);
        let changes = vec![Change::edit(&file.path, bytes, content)];
        remedies.push(Remedy::new(words, evidence, changes, is_sound).named(answer));
    }
    remedies
}

fn shown(revision: &Revision) -> String {
    let ids: Vec<&str> = revision
        .down_revisions()
        .iter()
        .map(RevisionId::as_str)
        .collect();
    if ids.is_empty() {
        "nothing".to_owned()
    } else {
        ids.join(", ")
    }
}

/// The side whose parents are the ones to follow: the other's are not here, or lie below them.
fn preferred(
    clinic: &Clinic<'_>,
    ours: Option<&Revision>,
    theirs: Option<&Revision>,
) -> Option<(usize, String)> {
    let sides = [ours, theirs];
    if let [Some(_), None] | [None, Some(_)] = sides {
        let at = usize::from(ours.is_none());
        return Some((at, "the other side is not valid Python".to_owned()));
    }
    let graph = clinic.graph();
    let indices = |revision: &Revision| -> Option<Vec<_>> {
        let ids = revision.down_revisions().iter();
        ids.map(|id| graph.index(id.as_str())).collect()
    };
    let parents = [indices(ours?), indices(theirs?)];
    match &parents {
        [Some(_), None] => Some((0, "the parent on the other side is not here".to_owned())),
        [None, Some(_)] => Some((1, "the parent on the other side is not here".to_owned())),
        [Some(one), Some(other)] => {
            let is_above = |upper: &[_], lower: &[_]| {
                let below = graph.ancestors_with(upper.iter().copied());
                lower
                    .iter()
                    .all(|it: &rechain_history::RevIndex| below.contains(it.index()))
            };
            if one == other {
                return None;
            }
            let words = |upper: &Revision, lower: &Revision| {
                format!("{} lies above {}", shown(upper), shown(lower))
            };
            if is_above(one, other) {
                Some((0, words(ours?, theirs?)))
            } else if is_above(other, one) {
                Some((1, words(theirs?, ours?)))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// Two revisions that were given one file name: each gets a file.
fn split(
    clinic: &Clinic<'_>,
    file: &File,
    bytes: &[u8],
    (ours, one): (&[u8], &Revision),
    (theirs, other): (&[u8], &Revision),
) -> Option<Remedy> {
    let is_known = |revision: &Revision| {
        clinic
            .history
            .files
            .iter()
            .enumerate()
            .any(|(at, file)| file.to_revision(at).is_some_and(|it| it.id == revision.id))
    };
    if is_known(one)
        || is_known(other)
        || one.parents == Parents::Computed
        || other.parents == Parents::Computed
    {
        return None;
    }
    let stem = file.path.file_stem()?.to_string_lossy().into_owned();
    let with_id = crate::numbering::exchanged(&stem, one.id.as_str(), other.id.as_str());
    let new = with_id.unwrap_or_else(|| format!("{stem}_{}", other.id));
    let path: &Path = &file.path;
    let new_path = path.with_file_name(format!("{new}.py"));
    if new_path.exists() {
        return None;
    }
    let name = format!("both sides of {}", clinic.label(path));
    let words = format!(
        "{} keeps {}, and {} gets {new}.py",
        file.name, one.id, other.id
    );
    let changes = vec![
        Change::edit(path, bytes, ours),
        Change::create(new_path, theirs),
    ];
    Some(Remedy::new(words, "the sides are two revisions", changes, true).named(name))
}

#[cfg(test)]
mod tests {
    use super::sides;

    fn check(text: &str, ours: &str, theirs: &str) {
        let [one, other] = sides(text.as_bytes()).expect("two sides");
        assert_eq!(String::from_utf8(one.1).unwrap(), ours);
        assert_eq!(String::from_utf8(other.1).unwrap(), theirs);
        assert_eq!((one.0.as_str(), other.0.as_str()), ("HEAD", "feature"));
    }

    #[test]
    fn both_sides_are_read() {
        check(
            "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> feature\nd\n",
            "a\nb\nd\n",
            "a\nc\nd\n",
        );
        check(
            "<<<<<<< HEAD\nb\n||||||| base\nx\n=======\n>>>>>>> feature\n",
            "b\n",
            "",
        );
        check(
            "<<<<<<< HEAD\r\nb\r\n=======\r\nc\r\n>>>>>>> feature\r\n",
            "b\r\n",
            "c\r\n",
        );
    }

    #[test]
    fn a_line_of_signs_alone_is_no_conflict() {
        assert!(sides(b"a\n=======\nb\n").is_none());
        assert!(sides(b"<<<<<<< HEAD\nb\n").is_none());
    }
}
