//! A team at work: branches, landings, mistakes and repairs, with databases that follow the tips.

use std::collections::{BTreeMap, BTreeSet};

use super::database::{Database, Files, ancestors, heads, is_whole};
use super::random::Random;
use super::store::{Clone, Node, Store, URL};
use super::tool::{self, Answer};

/// What came of a history.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts {
    /// How often `fix` had something to repair.
    pub(super) asked: usize,
    pub(super) planned: usize,
    pub(super) refused: usize,
    /// Of the refused those for which there was a plan with full knowledge of the true tips, by what hid it.
    pub(super) needless: BTreeMap<&'static str, usize>,
    /// Landings that `check --base` kept from harm.
    pub(super) held_back: usize,
    pub(super) landings: usize,
    pub(super) upgrades: usize,
    /// `merge`, `move` and `undo` that wrote something.
    pub(super) joined: usize,
    pub(super) moved: usize,
    pub(super) undone: usize,
}

pub(super) struct World {
    random: Random,
    pub(super) store: Store,
    /// What the server has: every branch with its tip.
    remote: BTreeMap<String, usize>,
    /// What the clone fetched last.
    tracking: BTreeMap<String, usize>,
    /// Every commit that was the tip of a ref which databases follow.
    pub(super) tips: Vec<(String, usize)>,
    databases: Vec<Database>,
    next: usize,
    clock: i64,
    /// The last change that rechain wrote: the files before and after.
    written: Option<(Files, Files)>,
    pub(super) counts: Counts,
    pub(super) log: Vec<String>,
}

fn is_followed(name: &str) -> bool {
    name == "main" || name.starts_with("release/")
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut world = Self {
            random: Random::new(seed),
            store: Store::default(),
            remote: BTreeMap::new(),
            tracking: BTreeMap::new(),
            tips: Vec::new(),
            databases: ["main"; 4].map(Database::following).to_vec(),
            next: 0,
            clock: 1_780_000_000,
            written: None,
            counts: Counts::default(),
            log: Vec::new(),
        };
        let empty = world.commit(&[], Files::new(), "Configuration");
        let root = world.fresh("r");
        let first = world.commit(&[empty], Files::from([(root, Vec::new())]), "Start");
        world.push("main", first);
        world
    }

    fn fresh(&mut self, letter: &str) -> String {
        self.next += 1;
        // Ids in no order: they must not matter.
        format!("{:03}{letter}{}", self.random.below(1000), self.next)
    }

    fn commit(&mut self, parents: &[usize], files: Files, subject: &str) -> usize {
        self.clock += 3600;
        let at = self.store.add(Node {
            parents: parents.to_vec(),
            files,
            subject: subject.to_owned(),
            time: self.clock,
        });
        self.log
            .push(format!("  c{at:07x} of {parents:x?}: {subject}: {:?}", {
                &self.store.nodes[at].files
            }));
        at
    }

    fn files(&self, at: usize) -> &Files {
        &self.store.nodes[at].files
    }

    fn features(&self) -> Vec<String> {
        let names = self.remote.keys().filter(|name| !is_followed(name));
        names.cloned().collect()
    }

    /// A ref gets a new tip, and some of the databases that follow it are upgraded.
    fn push(&mut self, name: &str, at: usize) {
        self.log.push(format!("{name} is now c{at:07x}"));
        self.remote.insert(name.to_owned(), at);
        // Somebody fetches; at first everybody cloned.
        if self.random.percent(80) || self.tracking.is_empty() {
            self.tracking = self.remote.clone();
        }
        if is_followed(name) {
            self.tips.push((name.to_owned(), at));
            for database in 0..self.databases.len() {
                if self.databases[database].follows == name && self.random.percent(50) {
                    self.upgrade(database, at);
                }
            }
        }
    }

    fn upgrade(&mut self, database: usize, at: usize) {
        let files = self.store.nodes[at].files.clone();
        if !self.databases[database].upgrade(&files) {
            return;
        }
        self.counts.upgrades += 1;
        self.log
            .push(format!("database {database} is upgraded to c{at:07x}"));
        let (skipped, doubled) = self.databases[database].wrong(&files);
        assert!(
            skipped.is_empty() && doubled.is_empty(),
            "database {database} skipped {skipped:?} and ran {doubled:?} twice\n{}",
            self.log.join("\n")
        );
    }

    /// A clone with `branch` checked out at `head`.
    pub(super) fn clone_at(&self, branch: &str, head: usize, is_fresh: bool) -> Clone {
        let tracking = if is_fresh {
            &self.remote
        } else {
            &self.tracking
        };
        Clone {
            store: self.store.clone(),
            tracking: tracking.clone(),
            branch: branch.to_owned(),
            head,
        }
    }

    /// A merge of two commits by files; `None` where git would stop.
    fn merged(&self, ours: usize, theirs: usize) -> Option<Files> {
        let base = self.store.merge_base(ours, theirs)?;
        three_way(self.files(base), self.files(ours), self.files(theirs))
    }

    /// `rechain fix` with `branch` checked out at `head`; gives the commit with what it wrote.
    fn fix(&mut self, branch: &str, head: usize) -> usize {
        let is_fresh = self.random.percent(50);
        let clone = self.clone_at(branch, head, is_fresh);
        let files = self.files(head).clone();
        match tool::fix(&clone, &files) {
            Answer::Sound | Answer::Damaged => head,
            Answer::Plan(changed) => {
                self.counts.asked += 1;
                self.counts.planned += 1;
                self.log.push(format!("fix on {branch} at c{head:07x}"));
                self.write(head, changed, "One head again")
            }
            Answer::Refused(why) => {
                self.counts.asked += 1;
                self.counts.refused += 1;
                let is_needless = tool::has_plan_by_true_tips(&self.store, &self.tips, &files);
                if is_needless {
                    let taken = tool::taken_for_tips(&clone, &files, &self.tips);
                    let because = self.because(&taken);
                    *self.counts.needless.entry(because).or_default() += 1;
                }
                self.log.push(format!(
                    "fix on {branch} at c{head:07x} refuses ({why}), needlessly: {is_needless}"
                ));
                head
            }
        }
    }

    /// What made commits look deployed from: the landing that brought the first of them.
    fn because(&self, taken: &[usize]) -> &'static str {
        let Some(taken) = taken.first() else {
            return "no commit was taken for a tip";
        };
        let brought = self
            .tips
            .iter()
            .find(|(_, tip)| self.store.reachable([*tip]).contains(taken));
        let Some((_, landing)) = brought else {
            return "a commit that never landed";
        };
        let node = &self.store.nodes[*landing];
        if node.parents.len() < 2 {
            "a fast-forward"
        } else if node.subject.starts_with("Take in") || node.subject.starts_with("Bring in") {
            "a merge with a free text"
        } else {
            "a merge with a subject of git or of a forge"
        }
    }

    /// A commit with what rechain wrote.
    fn write(&mut self, head: usize, changed: Files, subject: &str) -> usize {
        self.written = Some((self.files(head).clone(), changed.clone()));
        self.commit(&[head], changed, subject)
    }

    /// `rechain merge` on a branch, on main or on a release.
    fn join(&mut self) {
        let Some((name, at)) = self.anywhere() else {
            return;
        };
        let Some(joined) = tool::merge(self.files(at)) else {
            return;
        };
        self.counts.joined += 1;
        self.log.push(format!("merge on {name} at c{at:07x}"));
        let at = self.write(at, joined, "Merge the heads");
        self.bring(&name, at);
    }

    /// `rechain move` on a branch, on main or on a release: whatever anybody can think of.
    fn rearrange(&mut self) {
        let Some((name, at)) = self.anywhere() else {
            return;
        };
        let files = self.files(at).clone();
        let ids: Vec<String> = files.keys().cloned().collect();
        let is_fresh = self.random.percent(50);
        let clone = self.clone_at(&name, at, is_fresh);
        for _ in 0..12 {
            let (Some(revision), Some(target)) = (self.random.pick(&ids), self.random.pick(&ids))
            else {
                return;
            };
            let (revision, target) = (revision.clone(), target.clone());
            let destination = (target.as_str(), self.random.percent(70));
            let with_descendants = self.random.percent(40);
            let answer =
                tool::move_revision(&clone, &files, &revision, destination, with_descendants);
            let Answer::Plan(changed) = answer else {
                continue;
            };
            self.counts.moved += 1;
            self.log.push(format!(
                "move {revision} {destination:?} (after) on {name} at c{at:07x}, descendants too: {with_descendants}"
            ));
            let at = self.write(at, changed, "Put it elsewhere");
            return self.bring(&name, at);
        }
    }

    /// `rechain undo` where the files are still as they were written, also after the commit.
    fn undo(&mut self) {
        let Some((before, after)) = self.written.clone() else {
            return;
        };
        let Some((name, at)) = self.anywhere() else {
            return;
        };
        let mut files = self.files(at).clone();
        let changed: Vec<&String> = after
            .keys()
            .filter(|id| before.get(*id) != after.get(*id))
            .collect();
        if changed.iter().any(|id| files.get(*id) != after.get(*id)) {
            return;
        }
        for id in changed {
            match before.get(id) {
                Some(parents) => files.insert(id.clone(), parents.clone()),
                None => files.remove(id),
            };
        }
        self.written = None;
        self.counts.undone += 1;
        self.log.push(format!("undo on {name} at c{at:07x}"));
        let at = self.commit(&[at], files, "Take it back");
        self.bring(&name, at);
    }

    /// A branch, main or a release, with its tip.
    fn anywhere(&mut self) -> Option<(String, usize)> {
        let names: Vec<String> = self.remote.keys().cloned().collect();
        let name = self.random.pick(&names)?.clone();
        let at = self.remote[&name];
        Some((name, at))
    }

    /// Pushes what was made on a branch; to what databases follow only what `check --base` lets through.
    fn bring(&mut self, name: &str, at: usize) {
        if !is_followed(name) || self.may_land(name, at) {
            self.push(name, at);
        }
    }

    /// Whether `check --base` lets `at` land on `target`. Several heads are let through sometimes: two
    /// landings at the same time.
    fn may_land(&mut self, target: &str, at: usize) -> bool {
        self.counts.landings += 1;
        let clone = self.clone_at("landing", at, true);
        let files = self.files(at).clone();
        if !is_whole(&files) {
            return false;
        }
        let codes = tool::check(&clone, &files, target);
        let is_harmful = codes.iter().any(|code| *code != "RC101");
        if is_harmful {
            self.counts.held_back += 1;
            self.log
                .push(format!("check keeps c{at:07x} from {target}: {codes:?}"));
        }
        !is_harmful && (heads(&files).len() == 1 || self.random.percent(40))
    }

    pub(super) fn step(&mut self) {
        match self.random.below(19) {
            0 | 1 => self.start_branch(),
            2..=4 => self.work(),
            5 => self.pull_main(),
            6 => self.repair(),
            7..=9 => self.land(),
            10 => self.repair_main(),
            11 => self.pull_that_swaps(),
            12 => self.revert(),
            13 => self.cherry_pick(),
            14 => self.release(),
            15 => self.join(),
            16 => self.rearrange(),
            17 => self.undo(),
            _ => self.repair_by_hand(),
        }
    }

    fn start_branch(&mut self) {
        let from: Vec<String> = self.remote.keys().cloned().collect();
        let from = self.random.pick(&from).expect("there is main").clone();
        let from = if from.starts_with("release/") || self.random.percent(60) {
            "main".to_owned()
        } else {
            from
        };
        // From what somebody fetched a while ago.
        let past = self.tips.iter().rev().filter(|(name, _)| *name == from);
        let past: Vec<usize> = past.map(|(_, at)| *at).take(3).collect();
        let at = *self.random.pick(&past).unwrap_or(&self.remote[&from]);
        let name = self.fresh("x");
        let name = format!("x{name}");
        let at = self.add_revision(at);
        self.log.push(format!("{name} off {from}"));
        self.push(&name, at);
    }

    /// A commit with a new revision on some head.
    fn add_revision(&mut self, at: usize) -> usize {
        let mut files = self.files(at).clone();
        let heads = heads(&files);
        let parent = self.random.pick(&heads).cloned();
        let id = self.fresh("n");
        files.insert(id.clone(), parent.into_iter().collect());
        self.commit(&[at], files, &format!("Add {id}"))
    }

    fn feature(&mut self) -> Option<(String, usize)> {
        let features = self.features();
        let name = self.random.pick(&features)?.clone();
        let at = self.remote[&name];
        Some((name, at))
    }

    fn work(&mut self) {
        let Some((name, at)) = self.feature() else {
            return self.start_branch();
        };
        let at = self.add_revision(at);
        self.push(&name, at);
    }

    fn pull_main(&mut self) {
        let Some((name, at)) = self.feature() else {
            return;
        };
        let other = if self.random.percent(75) {
            Some(("main".to_owned(), self.remote["main"]))
        } else {
            self.feature()
        };
        let Some((from, theirs)) = other else { return };
        if self.store.reachable([at]).contains(&theirs) {
            return;
        }
        let Some(files) = self.merged(at, theirs) else {
            return;
        };
        let subject = match self.random.below(3) {
            0 => format!("Merge branch '{from}' into {name}"),
            1 => format!("Merge remote-tracking branch 'origin/{from}' into {name}"),
            _ => format!("Merge branch '{from}' of {URL} into {name}"),
        };
        let mut merged = self.commit(&[at, theirs], files, &subject);
        if self.random.percent(60) {
            merged = self.fix(&name, merged);
        }
        self.push(&name, merged);
    }

    fn repair(&mut self) {
        if let Some((name, at)) = self.feature() {
            let at = self.fix(&name, at);
            self.push(&name, at);
        }
    }

    fn land(&mut self) {
        let Some((name, at)) = self.feature() else {
            return;
        };
        let main = self.remote["main"];
        let contains_main = self.store.reachable([at]).contains(&main);
        let landed = match self.random.below(8) {
            0 | 1 if contains_main => Some(at),
            0..=2 => self.merged(main, at).map(|files| {
                let number = self.next;
                self.commit(&[main], files, &format!("Add things (#{number})"))
            }),
            3 => self.replayed(main, at),
            _ => self.merged(main, at).map(|files| {
                let number = self.next;
                let subject = match self.random.below(7) {
                    0 => format!("Merge branch '{name}'"),
                    1 => format!("Merge branch '{name}' into 'main'"),
                    2 => format!("Merge pull request #{number} from org/{name}"),
                    3 => format!("Merged in {name} (pull request #{number})"),
                    4 => format!("Auto merge of #{number} - org:{name}, r=ada"),
                    5 => format!("Merge remote-tracking branch 'origin/{name}'"),
                    _ => format!("Bring in {name}"),
                };
                self.commit(&[main, at], files, &subject)
            }),
        };
        let Some(landed) = landed else { return };
        if landed != main && self.may_land("main", landed) {
            self.push("main", landed);
            if self.random.percent(70) {
                self.remote.remove(&name);
            }
        }
    }

    /// The commits of a branch, one by one on top of `onto`: a landing by rebase.
    fn replayed(&mut self, onto: usize, branch: usize) -> Option<usize> {
        let there = self.store.reachable([onto]);
        let mut line = Vec::new();
        let mut at = branch;
        while !there.contains(&at) {
            line.push(at);
            at = *self.store.nodes[at].parents.first()?;
        }
        let mut tip = onto;
        for commit in line.into_iter().rev() {
            let node = self.store.nodes[commit].clone();
            if node.parents.len() > 1 {
                continue;
            }
            let before = self.files(node.parents[0]).clone();
            let files = three_way(&before, self.files(tip), &node.files)?;
            if files != *self.files(tip) {
                tip = self.commit(&[tip], files, &node.subject);
            }
        }
        Some(tip)
    }

    /// On a main with several heads somebody runs `fix`; where it refuses, joins the heads.
    fn repair_main(&mut self) {
        for name in ["main".to_owned()].into_iter().chain(
            self.remote
                .clone()
                .into_keys()
                .filter(|it| it.starts_with("release/")),
        ) {
            let at = self.remote[&name];
            let files = self.files(at).clone();
            if heads(&files).len() < 2 {
                continue;
            }
            let mut repaired = self.fix(&name, at);
            if repaired == at {
                let mut files = files.clone();
                let parents = heads(&files);
                let id = self.fresh("m");
                files.insert(id, parents);
                repaired = self.commit(&[at], files, "Join the heads");
            }
            if self.may_land(&name, repaired) {
                self.push(&name, repaired);
            }
        }
    }

    /// Somebody commits on a local main that is behind, pulls, and pushes what that makes: main's first
    /// parent is then what only that clone had.
    fn pull_that_swaps(&mut self) {
        let main = self.remote["main"];
        let past: Vec<usize> = self
            .tips
            .iter()
            .filter(|(name, at)| name == "main" && *at != main)
            .filter(|(_, at)| self.store.reachable([main]).contains(at))
            .map(|(_, at)| *at)
            .collect();
        let Some(&old) = past.last().filter(|_| self.random.percent(80)) else {
            return;
        };
        let mut mine = self.add_revision(old);
        if self.random.percent(30)
            && let Some((name, at)) = self.feature()
            && !self.store.reachable([mine]).contains(&at)
            && let Some(files) = self.merged(mine, at)
        {
            mine = self.commit(&[mine, at], files, &format!("Merge branch '{name}'"));
        }
        let Some(files) = self.merged(mine, main) else {
            return;
        };
        let subject = match self.random.below(5) {
            0..=2 => format!("Merge branch 'main' of {URL}"),
            3 => "Merge remote-tracking branch 'origin/main'".to_owned(),
            _ => "Take in what is new".to_owned(),
        };
        let mut merged = self.commit(&[mine, main], files, &subject);
        if self.random.percent(60) {
            merged = self.fix("main", merged);
        }
        if self.may_land("main", merged) {
            self.push("main", merged);
        }
    }

    /// A landing is taken back; or what was taken back comes again.
    fn revert(&mut self) {
        let main = self.remote["main"];
        let line: Vec<usize> = std::iter::successors(Some(main), |&at| {
            self.store.nodes[at].parents.first().copied()
        })
        .take(4)
        .collect();
        let Some(&undone) = self.random.pick(&line) else {
            return;
        };
        let Some(&before) = self.store.nodes[undone].parents.first() else {
            return;
        };
        let (taken, base) = (self.files(before).clone(), self.files(undone).clone());
        let Some(files) = three_way(&base, self.files(main), &taken) else {
            return;
        };
        if files == *self.files(main) || !is_whole(&files) || files.is_empty() {
            return;
        }
        let subject = format!("Revert \"{}\"", self.store.nodes[undone].subject);
        let reverted = self.commit(&[main], files.clone(), &subject);
        let clone = self.clone_at("landing", reverted, true);
        let codes = tool::check(&clone, &files, "main");
        // People do take back what was published; what a database would skip is kept out.
        if codes.iter().all(|code| ["RC101", "RC303"].contains(code)) {
            self.push("main", reverted);
        }
    }

    /// A revision of a branch is brought to main or a release as it is.
    fn cherry_pick(&mut self) {
        let Some((_, at)) = self.feature() else {
            return;
        };
        let targets: Vec<String> = self
            .remote
            .keys()
            .filter(|name| is_followed(name))
            .cloned()
            .collect();
        let target = self.random.pick(&targets).expect("there is main").clone();
        let tip = self.remote[&target];
        let mut files = self.files(tip).clone();
        let new: Vec<(String, Vec<String>)> = self
            .files(at)
            .iter()
            .filter(|(id, parents)| {
                !files.contains_key(*id) && parents.iter().all(|it| files.contains_key(it))
            })
            .map(|(id, parents)| (id.clone(), parents.clone()))
            .collect();
        let Some((id, parents)) = self.random.pick(&new).cloned() else {
            return;
        };
        files.insert(id.clone(), parents);
        let picked = self.commit(&[tip], files, &format!("Add {id}"));
        if self.may_land(&target, picked) {
            self.push(&target, picked);
        }
    }

    /// A release line begins, gets a hot-fix, or goes back into main.
    fn release(&mut self) {
        let main = self.remote["main"];
        let mut releases = self.remote.keys().filter(|it| it.starts_with("release/"));
        let Some(name) = releases.next().cloned() else {
            if self.random.percent(50) && heads(self.files(main)).len() == 1 {
                let name = "release/1".to_owned();
                for database in self.databases.iter_mut().take(2) {
                    database.follows.clone_from(&name);
                }
                self.push(&name, main);
            }
            return;
        };
        let tip = self.remote[&name];
        if self.random.percent(50) {
            let at = self.add_revision(tip);
            if heads(self.files(at)).len() == 1 {
                self.push(&name, at);
            }
            return;
        }
        if self.store.reachable([main]).contains(&tip) {
            return;
        }
        if let Some(files) = self.merged(main, tip) {
            let subject = format!("Merge branch '{name}'");
            let merged = self.commit(&[main, tip], files, &subject);
            if self.may_land("main", merged) {
                self.push("main", merged);
            }
        }
    }

    /// A person moves what no database can have onto the other head.
    fn repair_by_hand(&mut self) {
        let Some((name, at)) = self.feature() else {
            return;
        };
        let mut files = self.files(at).clone();
        let heads = heads(&files);
        if heads.len() < 2 || !is_whole(&files) {
            return;
        }
        let seen: BTreeSet<&String> = self
            .tips
            .iter()
            .flat_map(|(_, at)| self.store.nodes[*at].files.keys())
            .collect();
        let (one, other) = (&heads[0], &heads[1]);
        let (below, beside) = (ancestors(&files, one), ancestors(&files, other));
        let own: Vec<&String> = below.difference(&beside).collect();
        let bottom = own.iter().find(|id| {
            files[**id].iter().all(|parent| beside.contains(parent)) && files[**id].len() == 1
        });
        let Some(bottom) = bottom.map(|id| (*id).clone()) else {
            return;
        };
        if own.iter().any(|id| seen.contains(id)) {
            return;
        }
        files.insert(bottom, vec![other.clone()]);
        let at = self.commit(&[at], files, "Put it right by hand");
        self.push(&name, at);
    }

    /// At the end main is repaired, and every database is upgraded.
    pub(super) fn finish(&mut self) {
        self.repair_main();
        let main = self.remote["main"];
        for database in 0..self.databases.len() {
            self.databases[database].follows = "main".to_owned();
            self.upgrade(database, main);
        }
    }

    /// Some clone of this moment, for comparison with the git program.
    pub(super) fn some_clone(&mut self) -> Clone {
        let (name, at) = self
            .feature()
            .unwrap_or_else(|| ("main".to_owned(), self.remote["main"]));
        self.clone_at(&name, at, true)
    }
}

fn three_way(base: &Files, ours: &Files, theirs: &Files) -> Option<Files> {
    let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut files = Files::new();
    for id in ids {
        let (old, here, there) = (base.get(id), ours.get(id), theirs.get(id));
        let kept = if here == there || there == old {
            here
        } else if here == old {
            there
        } else {
            return None;
        };
        if let Some(parents) = kept {
            files.insert(id.clone(), parents.clone());
        }
    }
    Some(files)
}
