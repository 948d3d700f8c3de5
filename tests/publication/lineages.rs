//! Several histories side by side, with dependencies between them, on generated git histories: whatever databases ran on
//! main, they get everything once after the features have landed, and nothing ends in an exception.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rechain_testing::alembic::{Environment, Job, Outcome, run, sqlite_url};
use rechain_testing::git::Repository;
use rechain_testing::random::Random;

/// The parents and dependencies of each revision.
type Links = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// What the roots of a project have of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    One,
    Labels,
    NoLabels,
    Mixed,
}

/// A team at work on one project.
struct Team {
    name: String,
    style: Style,
    repository: Repository,
    random: Random,
    made: usize,
    /// What main was when a database was upgraded there.
    deployed: Vec<PathBuf>,
    copies: PathBuf,
}

impl Team {
    fn versions(&self) -> PathBuf {
        self.repository.path().join("versions")
    }

    fn target(&self) -> &'static str {
        match self.style {
            Style::One => "head",
            _ => "heads",
        }
    }

    fn links(&self) -> Links {
        links(&self.versions())
    }

    /// What no revision follows.
    fn heads(&self) -> Vec<String> {
        let links = self.links();
        let followed: BTreeSet<&String> = links.values().flat_map(|(parents, _)| parents).collect();
        let heads = links.keys().filter(|id| !followed.contains(id));
        heads.cloned().collect()
    }

    fn add(&mut self, parent: Option<&str>, label: Option<&str>) {
        let links = self.links();
        let id = format!("{:03x}{}", self.random.below(0x1000), self.made);
        self.made += 1;
        let below = parent.map_or_else(BTreeSet::new, |parent| at_or_below(&links, parent));
        let other: Vec<&String> = links.keys().filter(|id| !below.contains(*id)).collect();
        let depends = self.style != Style::One && !other.is_empty() && self.random.below(3) == 0;
        let depends_on = depends.then(|| other[self.random.below(other.len())].as_str());
        let value = |id: Option<&str>| id.map_or("None".to_owned(), |id| format!("\"{id}\""));
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {}\n\
             branch_labels = {}\ndepends_on = {}\n\n\ndef upgrade():\n    \
             op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True))\n",
            value(parent),
            value(label),
            value(depends_on),
        );
        self.repository.write(format!("versions/{id}.py"), &text);
    }

    /// A commit with one more revision on one of the heads.
    fn work(&mut self, what: &str) {
        let heads = self.heads();
        let head = heads[self.random.below(heads.len())].clone();
        self.add(Some(&head), None);
        self.repository.commit(what);
    }

    /// A commit on main, which a database may follow.
    fn land(&mut self) {
        self.work("main");
        if self.random.below(5) < 3 {
            let copy = self.copies.join(self.deployed.len().to_string());
            fs::create_dir_all(&copy).unwrap();
            for entry in fs::read_dir(self.versions()).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
            }
            self.deployed.push(copy);
        }
    }

    fn rechain(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rechain"));
        self.repository.isolate(&mut command);
        let output = command
            .args(arguments)
            .current_dir(self.repository.path())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .expect("rechain can be started");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code().unwrap_or(-1), said)
    }
}

fn at_or_below(links: &Links, id: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(id) = open.pop() {
        let (parents, depends_on) = &links[&id];
        open.extend(parents.iter().chain(depends_on).cloned());
        found.insert(id);
    }
    found
}

fn links(versions: &Path) -> Links {
    let mut links = Links::new();
    let Ok(files) = fs::read_dir(versions) else {
        return links;
    };
    for file in files {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let ids = |name: &str| -> Vec<String> {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        let id = ids("revision").remove(0);
        links.insert(id, (ids("down_revision"), ids("depends_on")));
    }
    links
}

/// Features that are made, merged with main, put in line and landed. `Err` with the code where `fix` leaves one to a person.
fn history(number: u64, copies: &Path) -> (Team, Result<(), i32>) {
    let mut random = Random(number << 20);
    let styles = [Style::One, Style::Labels, Style::NoLabels, Style::Mixed];
    let style = styles[random.below(styles.len())];
    let roots = if style == Style::One {
        1
    } else {
        2 + random.below(2)
    };
    let mut team = Team {
        name: format!("history {number}, {style:?}"),
        style,
        repository: Repository::init(),
        random,
        made: 0,
        deployed: Vec::new(),
        copies: copies.join(number.to_string()),
    };
    let ini = "[alembic]\nscript_location = .\nversion_locations = versions\n";
    team.repository.write("alembic.ini", ini);
    if matches!(style, Style::NoLabels | Style::Mixed) {
        let text = format!("[tool.rechain]\nroots = {roots}\nupgrade = \"heads\"\n");
        team.repository.write("pyproject.toml", &text);
    }
    for at in 0..roots {
        let is_labelled = match style {
            Style::One | Style::NoLabels => false,
            Style::Labels => true,
            Style::Mixed => team.random.below(2) == 0,
        };
        let label = format!("branch{at}");
        team.add(None, is_labelled.then_some(label.as_str()));
        team.repository.commit("root");
    }
    for _ in 0..team.random.below(4) {
        team.land();
    }
    for feature in 0..=team.random.below(2) {
        let branch = format!("feature{feature}");
        team.repository.switch(&branch);
        for _ in 0..=team.random.below(2) {
            team.work("feature");
        }
        team.repository.switch("main");
        for _ in 0..team.random.below(3) {
            team.land();
        }
        team.repository.switch(&branch);
        team.repository.merge("main");
        let (code, said) = team.rechain(&["fix"]);
        let name = &team.name;
        assert!(
            matches!(code, 0 | 3) && !said.contains("this is a bug"),
            "{name}: {code}\n{said}"
        );
        if code == 3 {
            return (team, Err(code));
        }
        team.repository.commit("one line");
        let (code, said) = team.rechain(&["check", "--base", "main"]);
        assert_eq!(code, 0, "{name}: {said}");
        team.repository.switch("main");
        team.repository.merge(&branch);
    }
    (team, Ok(()))
}

fn executed(outcome: &Outcome) -> Vec<String> {
    let steps = outcome.steps.iter();
    steps.flat_map(|it| it.executed.clone()).collect()
}

/// `RECHAIN_LINEAGES=500 RECHAIN_SEED=7 cargo test --test publication lineages` takes as many histories from there.
#[test]
fn what_databases_ran_of_any_lineage_stays_below_what_is_new() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |it| it.parse().expect("a number"))
    };
    let (count, seed) = (number("RECHAIN_LINEAGES", 24), number("RECHAIN_SEED", 3));
    let place = tempfile::tempdir().unwrap();
    let mut teams: Vec<Team> = Vec::new();
    let mut undecided = 0;
    for at in 0..count {
        match history((seed << 24) + at, place.path()) {
            (team, Ok(())) => teams.push(team),
            (_, Err(_)) => undecided += 1,
        }
    }
    assert!(
        undecided * 3 < count,
        "{undecided} of {count} are undecided"
    );
    let job = |team: &Team, versions: PathBuf, database: String| Job {
        environment: Environment::Versions(versions),
        url: sqlite_url(&place.path().join(database)),
        commands: vec![vec!["upgrade".to_owned(), team.target().to_owned()]],
    };
    let mut named: Vec<String> = Vec::new();
    let (mut before, mut after): (Vec<Job>, Vec<Job>) = Default::default();
    for (at, team) in teams.iter().enumerate() {
        for (number, copy) in team.deployed.iter().enumerate() {
            let database = format!("{at}-{number}.db");
            named.push(format!("{}, database {number}", team.name));
            before.push(job(team, copy.clone(), database.clone()));
            after.push(job(team, team.versions(), database));
        }
    }
    let firsts = before.len();
    for (at, team) in teams.iter().enumerate() {
        named.push(format!("{}, a new database", team.name));
        after.push(job(team, team.versions(), format!("{at}-new.db")));
    }
    assert!(firsts > teams.len() / 2, "{firsts} databases");
    let before = run(&before);
    let after = run(&after);
    for (at, (outcome, name)) in after.iter().zip(&named).enumerate() {
        let had: BTreeSet<String> = before
            .get(at)
            .map(executed)
            .unwrap_or_default()
            .into_iter()
            .collect();
        if let Some(first) = before.get(at) {
            assert_eq!(first.error(), None, "{name}");
        }
        assert_eq!(outcome.error(), None, "{name}");
        let ran: BTreeSet<String> = executed(outcome).into_iter().collect();
        assert!(ran.is_disjoint(&had), "{name}: {had:?} and then {ran:?}");
        let team = teams
            .iter()
            .find(|team| name.starts_with(&format!("{},", team.name)));
        let all: BTreeSet<String> = team.expect("it has one").links().into_keys().collect();
        assert_eq!(
            ran.union(&had).cloned().collect::<BTreeSet<_>>(),
            all,
            "{name}"
        );
    }
}
