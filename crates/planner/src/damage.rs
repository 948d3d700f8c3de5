//! Something wrong with a graph that must be repaired before anything can be planned, as a question.
//!
//! What may have been meant is found out by whoever can read files and ask git; here it is a list of named repairs.

use rechain_history::RevisionId;

use crate::answer::DecisionId;

/// The ways in which a graph is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamageKind {
    /// A file that gives no revision, or not its parents.
    File,
    /// A parent or dependency that no file declares.
    MissingParent,
    /// Several files with one id.
    DuplicateId,
    /// A revision that names itself.
    SelfLoop,
    /// Revisions that follow each other in a circle.
    Cycle,
    /// A history too many that starts from nothing.
    SecondRoot,
    /// A parent or dependency that others imply.
    RedundantParent,
}

impl DamageKind {
    const ALL: [Self; 7] = [
        Self::File,
        Self::MissingParent,
        Self::DuplicateId,
        Self::SelfLoop,
        Self::Cycle,
        Self::SecondRoot,
        Self::RedundantParent,
    ];

    /// Its name, with which the names of decisions about it begin.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "damaged-file",
            Self::MissingParent => "missing-parent",
            Self::DuplicateId => "duplicate-id",
            Self::SelfLoop => "self-loop",
            Self::Cycle => "cycle",
            Self::SecondRoot => "second-root",
            Self::RedundantParent => "redundant-parent",
        }
    }
}

/// Something that is wrong, with what may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What kind of damage it is.
    pub kind: DamageKind,
    /// What it is about: revisions, or a file.
    pub about: Vec<RevisionId>,
    /// What is wrong, in words.
    pub problem: String,
    /// What may be meant, the most likely first.
    pub repairs: Vec<Repair>,
}

impl Damage {
    /// Its name as a decision.
    pub fn id(&self) -> DecisionId {
        DecisionId::new(self.kind.name(), &self.about)
    }
}

/// One way to repair it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its name: says the same on every machine, and with it what comes of it.
    pub name: String,
    /// What speaks for it, in words.
    pub evidence: String,
}

impl DecisionId {
    /// Whether the decision is about damage: it can be gone by the next round, mended.
    pub fn is_damage(&self) -> bool {
        let kind = self.as_str().split(':').next();
        DamageKind::ALL.iter().any(|it| Some(it.name()) == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told_from_other_decisions_by_its_name() {
        let ids = ["b", "a"].map(RevisionId::from);
        let damage = Damage {
            kind: DamageKind::MissingParent,
            about: ids.to_vec(),
            problem: String::new(),
            repairs: Vec::new(),
        };
        assert_eq!(damage.id().as_str(), "missing-parent:a+b");
        assert!(damage.id().is_damage());
        assert!(!DecisionId::new("conflict", &ids).is_damage());
    }
}
