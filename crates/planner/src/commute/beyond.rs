//! What reaches beyond the objects that are named: rows, triggers, functions, and what depends on what.

use super::Premise;
use super::chosen;
use super::footprint::{Print, Reach};
use super::verdict::{Findings, MOST_DOUBTS, PairSide};
use rechain_history::Dialect;

/// What is not understood may be anything; a condition may ask for anything.
pub(super) fn not_understood(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings) {
    // What only looks does not change what the other meets, but may not find what the other removes.
    for (reason, site) in one.dark.iter().take(MOST_DOUBTS) {
        let met = other.site(Reach::Changes);
        findings.doubt_about(Some(PairSide::One), reason.clone(), Some(*site), met);
    }
    for (reason, site) in other.dark.iter().take(MOST_DOUBTS) {
        let met = one.site(Reach::Changes);
        findings.doubt_about(Some(PairSide::Other), reason.clone(), met, Some(*site));
    }
}

pub(super) fn compare(
    one: &Print<'_>,
    other: &Print<'_>,
    premise: Premise,
    findings: &mut Findings,
) {
    for rule in RULES {
        let bits = (rule.one.bit(), rule.other.bit());
        let is_met = (one.reaches & bits.0 != 0 && other.reaches & bits.1 != 0)
            || (one.reaches & bits.1 != 0 && other.reaches & bits.0 != 0);
        if !is_met {
            continue;
        }
        if rule.strict_only && premise == Premise::Fork {
            continue;
        }
        if !rule.dialects.is_empty() && !rule.dialects.contains(&findings.dialect) {
            continue;
        }
        if let (Some(this), Some(that)) = (one.site(rule.one), other.site(rule.other)) {
            findings.doubt(rule.reason, Some(this), Some(that));
        } else if let (Some(this), Some(that)) = (one.site(rule.other), other.site(rule.one)) {
            findings.doubt(rule.reason, Some(this), Some(that));
        }
    }
    chosen::compare(one, other, findings, false);
    chosen::compare(other, one, findings, true);
}

/// What the other migration must reach for, so that one that reaches for `reaches` meets a rule, whatever the premise.
pub(super) fn partners(reaches: u64) -> u64 {
    let partner = |of: Reach, to: Reach| if reaches & of.bit() == 0 { 0 } else { to.bit() };
    RULES.iter().fold(0, |all, rule| {
        all | partner(rule.one, rule.other) | partner(rule.other, rule.one)
    })
}

struct Rule {
    one: Reach,
    other: Reach,
    /// It does not matter between sides of a fork, each of which ran without the other.
    strict_only: bool,
    /// All, where none is named.
    dialects: &'static [Dialect],
    reason: &'static str,
}

const BY_NAME: &[Dialect] = &[
    Dialect::MySql,
    Dialect::Sqlite,
    Dialect::MsSql,
    Dialect::Oracle,
];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { one: Reach::RemovesSchema, other: Reach::Changes, strict_only: false, dialects: &[], reason: "a schema goes away or gets another name" },
    Rule { one: Reach::ChangesFunction, other: Reach::Changes, strict_only: false, dialects: &[], reason: "a function may be used where it is not named" },
    Rule { one: Reach::RemovesExtension, other: Reach::Changes, strict_only: false, dialects: &[], reason: "what an extension brings may be used where it is not named" },
    Rule { one: Reach::MakesExtension, other: Reach::Changes, strict_only: true, dialects: &[], reason: "what an extension brings may be used where it is not named" },
    Rule { one: Reach::MakesEnumValue, other: Reach::WritesRows, strict_only: true, dialects: &[], reason: "rows may hold the new value of the enum type" },
    Rule { one: Reach::MakesEnumValue, other: Reach::WritesReferencingRows, strict_only: true, dialects: &[], reason: "rows may hold the new value of the enum type" },
    Rule { one: Reach::MakesEnumValue, other: Reach::ReadsRows, strict_only: true, dialects: &[], reason: "the new value of the enum type may be asked for" },
    Rule { one: Reach::MakesEnumValue, other: Reach::Evaluates, strict_only: true, dialects: &[], reason: "the new value of the enum type may be used where its type is not named" },
    Rule { one: Reach::MakesEnumValue, other: Reach::MakesView, strict_only: true, dialects: &[], reason: "the new value of the enum type may be used where its type is not named" },
    Rule { one: Reach::ChangesType, other: Reach::WritesRows, strict_only: false, dialects: &[], reason: "rows may hold values of the type that changes" },
    Rule { one: Reach::ChangesType, other: Reach::ReadsRows, strict_only: false, dialects: &[], reason: "rows may hold values of the type that changes" },
    Rule { one: Reach::ChangesType, other: Reach::ChangesTables, strict_only: false, dialects: &[], reason: "a column may be of the type that changes" },
    Rule { one: Reach::ChangesType, other: Reach::Removes, strict_only: true, dialects: &[], reason: "a column that goes away may be of the type that changes" },
    Rule { one: Reach::MakesSequence, other: Reach::WritesRows, strict_only: true, dialects: &[], reason: "rows may be numbered by the sequence" },
    Rule { one: Reach::UsesSequence, other: Reach::WritesRows, strict_only: false, dialects: &[], reason: "rows may be numbered by the sequence" },
    Rule { one: Reach::ChangesSequence, other: Reach::WritesRows, strict_only: false, dialects: &[], reason: "rows may be numbered by the sequence" },
    Rule { one: Reach::ChangesSequence, other: Reach::RemovesHolder, strict_only: false, dialects: &[], reason: "the sequence may go with the table or column it belongs to" },
    Rule { one: Reach::UsesSequence, other: Reach::RemovesHolder, strict_only: false, dialects: &[], reason: "the sequence may go with the table or column it belongs to" },
    Rule { one: Reach::ChangesSequence, other: Reach::ChangesTables, strict_only: true, dialects: &[], reason: "a default may use the sequence" },
    // Rows.
    Rule { one: Reach::WritesRows, other: Reach::WritesRows, strict_only: false, dialects: &[], reason: "both write rows, which foreign keys and triggers may link" },
    Rule { one: Reach::WritesRows, other: Reach::WritesReferencingRows, strict_only: false, dialects: &[], reason: "both write rows, which foreign keys and triggers may link" },
    Rule { one: Reach::WritesReferencingRows, other: Reach::WritesReferencingRows, strict_only: false, dialects: &[], reason: "both write rows, which foreign keys and triggers may link" },
    Rule { one: Reach::WritesRows, other: Reach::ReadsRows, strict_only: false, dialects: &[], reason: "one reads rows and the other writes rows, which foreign keys, triggers and views may link" },
    Rule { one: Reach::WritesRows, other: Reach::ChangesTables, strict_only: false, dialects: &[], reason: "one writes rows and the other changes a table, which foreign keys and triggers may link" },
    Rule { one: Reach::WritesRows, other: Reach::Removes, strict_only: false, dialects: &[], reason: "one writes rows and the other removes what they may need" },
    Rule { one: Reach::WritesRows, other: Reach::Renames, strict_only: false, dialects: &[], reason: "one writes rows and the other renames what triggers and views may name" },
    Rule { one: Reach::WritesRows, other: Reach::MakesTrigger, strict_only: false, dialects: &[], reason: "one writes rows and the other changes a trigger, policy or rule" },
    Rule { one: Reach::WritesReferencingRows, other: Reach::MakesTrigger, strict_only: false, dialects: &[], reason: "one writes rows and the other changes a trigger, policy or rule" },
    Rule { one: Reach::ReadsRows, other: Reach::MakesTrigger, strict_only: false, dialects: &[], reason: "one reads rows and the other changes a policy or rule" },
    Rule { one: Reach::ReadsRows, other: Reach::Removes, strict_only: false, dialects: BY_NAME, reason: "what is read may be a view of what is removed" },
    Rule { one: Reach::ReadsRows, other: Reach::Renames, strict_only: false, dialects: BY_NAME, reason: "what is read may be a view of what is renamed" },
    Rule { one: Reach::ReadsRows, other: Reach::Retypes, strict_only: false, dialects: BY_NAME, reason: "what is read may be a view of what changes" },
    Rule { one: Reach::MakesView, other: Reach::MakesView, strict_only: false, dialects: &[], reason: "one view may be made of the other" },
    Rule { one: Reach::MakesView, other: Reach::Removes, strict_only: false, dialects: &[], reason: "the view may be made of what is removed, through another view" },
    Rule { one: Reach::MakesView, other: Reach::Renames, strict_only: false, dialects: &[], reason: "the view may be made of what is renamed, through another view" },
    Rule { one: Reach::MakesView, other: Reach::Retypes, strict_only: false, dialects: &[], reason: "the view may be made of what changes, through another view" },
    // What depends on what is not said where it was made long ago.
    Rule { one: Reach::Removes, other: Reach::Removes, strict_only: true, dialects: &[], reason: "what one removes may depend on what the other removes" },
    Rule { one: Reach::Removes, other: Reach::RemovesIndex, strict_only: true, dialects: &[], reason: "what one removes may depend on what the other removes" },
    Rule { one: Reach::Removes, other: Reach::Retypes, strict_only: true, dialects: &[], reason: "what one removes may hold what the other changes" },
    Rule { one: Reach::Removes, other: Reach::Restates, strict_only: true, dialects: &[Dialect::MySql], reason: "what one removes may hold what the other changes" },
    Rule { one: Reach::RemovesIndex, other: Reach::Restates, strict_only: true, dialects: &[Dialect::MySql], reason: "what one removes may hold what the other changes" },
    Rule { one: Reach::Removes, other: Reach::TakesNames, strict_only: true, dialects: &[], reason: "what goes with what one removes may have a name that the other gives" },
    Rule { one: Reach::Removes, other: Reach::TakesFreeNames, strict_only: false, dialects: &[], reason: "what goes with what one removes may have the name under which the other makes something where it is missing" },
    Rule { one: Reach::Removes, other: Reach::Renames, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite renames only where nothing in the schema is broken" },
    Rule { one: Reach::Removes, other: Reach::Retypes, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite copies a table only where nothing in the schema is broken" },
    Rule { one: Reach::Retypes, other: Reach::MakesTrigger, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite copies a table only where nothing in the schema is broken" },
    Rule { one: Reach::Retypes, other: Reach::MakesView, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite copies a table only where nothing in the schema is broken" },
    Rule { one: Reach::Renames, other: Reach::MakesTrigger, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite renames only where nothing in the schema is broken" },
    Rule { one: Reach::Retypes, other: Reach::Retypes, strict_only: true, dialects: &[Dialect::Sqlite], reason: "SQLite copies a table only where nothing in the schema is broken" },
    Rule { one: Reach::Retypes, other: Reach::Renames, strict_only: true, dialects: &[Dialect::Sqlite], reason: "SQLite renames only where nothing in the schema is broken" },
    Rule { one: Reach::Renames, other: Reach::Renames, strict_only: true, dialects: &[Dialect::Sqlite], reason: "SQLite renames only where nothing in the schema is broken" },
    Rule { one: Reach::Removes, other: Reach::MakesTrigger, strict_only: false, dialects: &[], reason: "the trigger, policy or rule may use what is removed" },
    Rule { one: Reach::MakesTrigger, other: Reach::MakesTrigger, strict_only: true, dialects: &[], reason: "both change triggers, policies or rules" },
    Rule { one: Reach::RemovesRelation, other: Reach::LooksAround, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite drops a column only where nothing in the schema is broken" },
    Rule { one: Reach::Retypes, other: Reach::TouchesLooseIndex, strict_only: false, dialects: &[Dialect::Sqlite], reason: "SQLite copies the table and may lose an index that it cannot reflect" },
    Rule { one: Reach::RemovesHolder, other: Reach::TouchesLooseIndex, strict_only: false, dialects: &[], reason: "the index may go with the table or column that is removed" },
];
