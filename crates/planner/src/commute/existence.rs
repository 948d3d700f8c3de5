//! Names: what must be there, what must not, and what is there afterwards.
//!
//! Each migration is a small machine over "is there" and "is not there" for every name it uses. Two of
//! them are run in both orders from both states, so far as the premise leaves them open.

use std::collections::BTreeMap;

use rechain_history::{Dialect, SchemaObject};

use super::Premise;
use super::footprint::{Event, Print, Reach, Step, has_no_definition};
use super::key::{Key, Space, qualified};
use super::verdict::{Findings, PairSide, Site};
use crate::constraint::Cause;
use crate::plan::ConflictKind;

pub(super) fn compare(
    one: &Print<'_>,
    other: &Print<'_>,
    premise: Premise,
    findings: &mut Findings,
) {
    for (key, events) in &one.keys {
        if let Some(others) = other.keys.get(key) {
            let held_anew = [one, other]
                .into_iter()
                .any(|print| holder_is_made_anew(print, key));
            compare_key(key, events, others, held_anew, premise, findings);
        }
    }
    maybe_the_same(one, other, findings);
    order_of_values(one, other, findings);
}

/// Both add values to one enum type: they stand in the order in which they come.
fn order_of_values(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings) {
    if one.reaches & other.reaches & Reach::MakesEnumValue.bit() == 0 {
        return;
    }
    let added = |print: &Print<'_>| -> BTreeMap<(String, String), (String, Site)> {
        let values = print
            .keys
            .iter()
            .filter(|(key, _)| key.space == Space::EnumValue);
        values
            .filter_map(|(key, events)| {
                let event = find(events, Step::Create)?;
                let SchemaObject::EnumValue { of, .. } = &*event.object else {
                    return None;
                };
                let type_ = (key.schema.clone(), key.within.clone());
                Some((type_, (of.to_string(), event.site)))
            })
            .collect()
    };
    let others = added(other);
    for (type_, (name, site)) in added(one) {
        if let Some((_, that)) = others.get(&type_) {
            findings.doubt(
                format!(
                    "both add values to type {name}, which stand in the order in which they come"
                ),
                Some(site),
                Some(*that),
            );
        }
    }
}

/// The name of a table without a schema, and with one: both may mean the same table.
fn maybe_the_same(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings) {
    for (name, schemas) in &one.schemas {
        let Some(others) = other.schemas.get(name) else {
            continue;
        };
        let default = String::new();
        let differ = (schemas.contains(&default) && others.iter().any(|it| !it.is_empty()))
            || (others.contains(&default) && schemas.iter().any(|it| !it.is_empty()));
        if differ {
            let site = |print: &Print<'_>| {
                print
                    .keys
                    .iter()
                    .filter(|(key, _)| key.space == Space::Relation && key.name == *name)
                    .find_map(|(_, events)| events.first().map(|event| event.site))
            };
            findings.doubt(
                format!("{name} with a schema and {name} without one may be the same table"),
                site(one),
                site(other),
            );
        }
    }
}

/// What is there afterwards, or nothing where the migration fails.
fn run(events: &[Event<'_>], mut there: bool) -> Option<bool> {
    for event in events {
        match event.step {
            Step::Use if !there && !event.maybe => return None,
            Step::Create if there && !event.soft => return None,
            Step::Drop if !there && !event.soft => return None,
            Step::Use => {}
            Step::Create => there = true,
            Step::Drop => there = false,
        }
    }
    Some(there)
}

/// As [`run`], but what may be used is used.
fn run_fully(events: &[Event<'_>], there: bool) -> Option<bool> {
    let events: Vec<Event<'_>> = events
        .iter()
        .map(|event| Event {
            maybe: event.maybe && event.step != Step::Use,
            ..event.clone()
        })
        .collect();
    run(&events, there)
}

fn changes(events: &[Event<'_>]) -> bool {
    events.iter().any(|event| event.step != Step::Use)
}

fn find<'a, 'e>(events: &'a [Event<'e>], step: Step) -> Option<&'a Event<'e>> {
    events.iter().find(|event| event.step == step)
}

/// Whether the table that something is in goes away and comes anew, perhaps.
fn holder_is_made_anew(print: &Print<'_>, key: &Key) -> bool {
    if key.within.is_empty() {
        return false;
    }
    let holder = Key {
        space: Space::Relation,
        schema: key.schema.clone(),
        within: String::new(),
        name: key.within.clone(),
    };
    print.keys.get(&holder).is_some_and(|events| {
        find(events, Step::Create).is_some() && find(events, Step::Drop).is_some()
    })
}

fn compare_key(
    key: &Key,
    one: &[Event<'_>],
    other: &[Event<'_>],
    held_anew: bool,
    premise: Premise,
    findings: &mut Findings,
) {
    let alters = |events: &[Event<'_>]| events.iter().any(|event| event.alters);
    if alters(one) && alters(other) {
        findings.doubt(
            format!("both change {}", one[0].object),
            Some(first_site(one)),
            Some(first_site(other)),
        );
    }
    if !changes(one) && !changes(other) {
        // Where a value is taken or set, the sequence is named, no more: `nextval` within a default, `setval` in a query.
        if key.space == Space::Sequence {
            findings.doubt(
                format!("both may take values from {}", one[0].object),
                Some(first_site(one)),
                Some(first_site(other)),
            );
        }
        return;
    }
    let sites = (first_site(one), first_site(other));
    let replaces = |events: &[Event<'_>]| {
        find(events, Step::Create).is_some() && find(events, Step::Drop).is_some()
    };
    // A place in a namespace is no object: that another one takes it does not matter.
    let is_object = !matches!(key.space, Space::Shared(_));
    if is_object && (replaces(one) || replaces(other)) {
        let object = &one[0].object;
        findings.doubt(
            format!("{object} is removed and made anew"),
            Some(sites.0),
            Some(sites.1),
        );
    }
    let soft_creates = |events: &[Event<'_>]| {
        events
            .iter()
            .any(|event| event.step == Step::Create && event.soft)
    };
    if is_object && soft_creates(one) && soft_creates(other) && !has_no_definition(key) {
        let object = &one[0].object;
        findings.doubt(
            format!("both make {object} where it is missing: the first to run says what it is"),
            Some(sites.0),
            Some(sites.1),
        );
    }
    if let Some((this, that)) = same_name_for_two(one, other, findings.dialect) {
        findings.doubt(
            format!(
                "one makes {} where it is missing, and the other gives that name to {}",
                this.object, that.object
            ),
            Some(sites.0),
            Some(sites.1),
        );
        return;
    }
    let both = |first: &[Event<'_>], second: &[Event<'_>], there| {
        run_fully(first, there).and_then(|there| run_fully(second, there))
    };
    let states = [true, false];
    fails_by_itself(one, other, findings);
    let runs_alone = |there: bool| run(one, there).is_some() && run(other, there).is_some();
    let allowed = |there: &bool| match premise {
        Premise::Nothing => true,
        Premise::Fork => runs_alone(*there),
        Premise::Chain => both(one, other, *there).is_some(),
    };
    let mut open: Vec<bool> = states.into_iter().filter(allowed).collect();
    if open.is_empty() {
        open = states.to_vec();
    }
    let (mut one_first, mut other_first, mut clash, mut differ) = (false, false, false, false);
    for &there in &open {
        match (both(one, other, there), both(other, one, there)) {
            (Some(_), None) => one_first = true,
            (None, Some(_)) => other_first = true,
            (Some(this), Some(that)) => differ |= this != that,
            (None, None) => clash |= runs_alone(there),
        }
    }
    if held_anew && (one_first || other_first || clash) {
        findings.doubt(
            format!("the table of {} is removed and made anew", one[0].object),
            Some(sites.0),
            Some(sites.1),
        );
        return;
    }
    if one_first && other_first {
        findings.doubt(
            format!(
                "which must come first depends on whether {} is there before both",
                one[0].object
            ),
            Some(sites.0),
            Some(sites.1),
        );
        return;
    }
    if one_first || other_first {
        let (first, second, side) = if one_first {
            (one, other, PairSide::One)
        } else {
            (other, one, PairSide::Other)
        };
        let (cause, early, late) = cause(first, second);
        let (at_one, at_other) = if one_first {
            (early, late)
        } else {
            (late, early)
        };
        findings.order(side, cause, at_one, at_other);
    } else if clash {
        let certain = |events: &[Event<'_>]| events.iter().all(|event| !event.maybe);
        let kind = clash_kind(one, other);
        let (at_one, at_other) = clash_sites(one, other);
        match kind {
            Some(kind) if certain(one) && certain(other) => {
                findings.conflict(kind, at_one, at_other);
            }
            _ => findings.doubt(
                format!("both change whether {} exists", one[0].object),
                Some(at_one),
                Some(at_other),
            ),
        }
    } else if differ {
        findings.doubt(
            format!(
                "whether {} exists afterwards depends on the order",
                one[0].object
            ),
            Some(sites.0),
            Some(sites.1),
        );
    }
}

/// Two things that both sides make under one name, one of them only where it is missing: whether it is missing is asked
/// of its own table by SQLAlchemy's `checkfirst`, of the whole schema by `IF NOT EXISTS`.
fn same_name_for_two<'a, 'e>(
    one: &'a [Event<'e>],
    other: &'a [Event<'e>],
    dialect: Dialect,
) -> Option<(&'a Event<'e>, &'a Event<'e>)> {
    let identity = |event: &Event<'_>| {
        let table = event.object.table().map(|table| qualified(table, dialect));
        (Key::of(&event.object, dialect), table)
    };
    let creates = |events: &'a [Event<'e>]| events.iter().filter(|it| it.step == Step::Create);
    creates(one)
        .flat_map(|this| creates(other).map(move |that| (this, that)))
        .filter(|(this, that)| identity(this) != identity(that))
        .find_map(|(this, that)| match (this.soft, that.soft) {
            (true, _) => Some((this, that)),
            (_, true) => Some((that, this)),
            _ => None,
        })
}

/// Whether one fails whatever is there: it may run all the same, and then nothing follows. Such is a foreign key to what
/// the same migration removed, which some tables take.
fn fails_by_itself(one: &[Event<'_>], other: &[Event<'_>], findings: &mut Findings) {
    let fails = |events: &[Event<'_>]| [true, false].map(|there| run(events, there)) == [None; 2];
    if let Some(failing) = [one, other].into_iter().find(|events| fails(events)) {
        let changed = failing.iter().find(|event| event.changes());
        let object = &changed.unwrap_or(&failing[0]).object;
        findings.doubt(
            format!("{object} is used where it should not be there any more, or made where it is"),
            Some(first_site(one)),
            Some(first_site(other)),
        );
    }
}

fn first_site(events: &[Event<'_>]) -> Site {
    events
        .iter()
        .find(|event| event.changes())
        .unwrap_or(&events[0])
        .site
}

/// Why `first` must run before `second`, and where each shows it.
fn cause(first: &[Event<'_>], second: &[Event<'_>]) -> (Cause, Site, Site) {
    let makes = find(first, Step::Create);
    let unmakes = find(first, Step::Drop);
    if let Some(makes) = makes
        && unmakes.is_none()
    {
        let needs = find(second, Step::Use).unwrap_or(&second[0]);
        return (
            Cause::Needs(most_telling(needs, makes)),
            makes.site,
            needs.site,
        );
    }
    if let (Some(removes), Some(creates)) = (unmakes, find(second, Step::Create)) {
        return (
            Cause::Replaces(creates.object.clone().into_owned()),
            removes.site,
            creates.site,
        );
    }
    if let Some(removes) = find(second, Step::Drop) {
        let uses = find(first, Step::Use).unwrap_or(&first[0]);
        return (
            Cause::Removes(removes.object.clone().into_owned()),
            uses.site,
            removes.site,
        );
    }
    (
        Cause::Needs(second[0].object.clone().into_owned()),
        first_site(first),
        first_site(second),
    )
}

/// The object that is needed: the one that is made, where the need is for something within it.
fn most_telling(needs: &Event<'_>, makes: &Event<'_>) -> SchemaObject {
    if is_within(&needs.object, &makes.object) {
        makes.object.clone().into_owned()
    } else {
        needs.object.clone().into_owned()
    }
}

fn is_within(inner: &SchemaObject, outer: &SchemaObject) -> bool {
    match outer {
        SchemaObject::Table(_) | SchemaObject::View(_) => {
            !matches!(inner, SchemaObject::Table(_) | SchemaObject::View(_))
        }
        SchemaObject::Schema(_) => !matches!(inner, SchemaObject::Schema(_)),
        SchemaObject::Type(_) => !matches!(inner, SchemaObject::Type(_)),
        _ => false,
    }
}

fn clash_kind(one: &[Event<'_>], other: &[Event<'_>]) -> Option<ConflictKind> {
    let object = |events: &[Event<'_>], step| {
        find(events, step).map(|event| event.object.clone().into_owned())
    };
    match (
        (find(one, Step::Create), find(one, Step::Drop)),
        (find(other, Step::Create), find(other, Step::Drop)),
    ) {
        ((Some(_), None), (Some(_), None)) => {
            let (this, that) = (object(one, Step::Create)?, object(other, Step::Create)?);
            Some(
                if std::mem::discriminant(&this) == std::mem::discriminant(&that) {
                    ConflictKind::BothCreate(this)
                } else {
                    ConflictKind::SameName(Box::new((this, that)))
                },
            )
        }
        ((None, Some(_)), (None, Some(_))) => object(one, Step::Drop).map(ConflictKind::BothRemove),
        _ => None,
    }
}

fn clash_sites(one: &[Event<'_>], other: &[Event<'_>]) -> (Site, Site) {
    (first_site(one), first_site(other))
}
