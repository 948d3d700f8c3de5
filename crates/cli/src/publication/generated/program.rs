//! The same histories in real repositories: the git program answers as the model does.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rechain_planner::{Outcome, Upgrade};
use rechain_project::git::{BaseWish, RefHistory, Repository};
use rechain_testing::git;

use super::store::{Clone, ROOT, URL, VERSIONS, text_of};
use super::tool::{asked, history, known, planned};
use crate::publication::asked::{Asked, answer};

/// What `git fast-import` makes the clone of.
fn stream(clone: &Clone) -> String {
    let mut text = String::new();
    for (at, node) in clone.store.nodes.iter().enumerate() {
        let person = format!("Ada <ada@example.org> {} +0000", node.time);
        let _ = write!(
            text,
            "commit refs/heads/import\nmark :{}\nauthor {person}\ncommitter {person}\ndata {}\n{}\n",
            at + 1,
            node.subject.len(),
            node.subject
        );
        for (nth, parent) in node.parents.iter().enumerate() {
            let word = if nth == 0 { "from" } else { "merge" };
            let _ = writeln!(text, "{word} :{}", parent + 1);
        }
        text.push_str("deleteall\n");
        for (id, parents) in &node.files {
            let file = text_of(id, parents);
            let _ = write!(
                text,
                "M 100644 inline {VERSIONS}/{id}.py\ndata {}\n{file}\n",
                file.len()
            );
        }
        if node.parents.is_empty() {
            // A root starts anew.
            text.push('\n');
        }
    }
    let mut refs = vec![(format!("refs/heads/{}", clone.branch), clone.head)];
    let tracking = clone.tracking.iter();
    refs.extend(tracking.map(|(name, at)| (format!("refs/remotes/origin/{name}"), *at)));
    for (name, at) in refs {
        let _ = write!(text, "reset {name}\nfrom :{}\n\n", at + 1);
    }
    text
}

fn imported(clone: &Clone) -> git::Repository {
    let repository = git::Repository::init();
    let mut import = Command::new("git");
    repository.isolate(&mut import);
    let mut import = import
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(repository.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git can be started");
    let mut input = import.stdin.take().expect("a pipe");
    input
        .write_all(stream(clone).as_bytes())
        .expect("it can be written");
    drop(input);
    assert!(import.wait().expect("it ends").success());
    repository.git(&["update-ref", "-d", "refs/heads/import"]);
    repository.git(&[
        "symbolic-ref",
        "HEAD",
        &format!("refs/heads/{}", clone.branch),
    ]);
    let head = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main"];
    repository.git(&["symbolic-ref", head[0], head[1]]);
    repository.git(&["config", "remote.origin.url", URL]);
    repository
}

/// What does not depend on the ids of commits.
fn shown(asked: &Asked) -> (Vec<String>, Vec<String>) {
    let heads = asked.published.heads().iter();
    let heads = heads.map(|head| {
        let (since, until) = (&head.since, &head.until);
        format!(
            "{} {:?} {} {} {}",
            head.revision, head.shown_by, since.reference, since.order, until.order
        )
    });
    (heads.collect(), asked.notes.clone())
}

#[test]
fn git_answers_as_the_model_does() {
    // The first histories that end where something is to be repaired, and some others.
    const PLANS: usize = 8;
    let mut plans = 0;
    for seed in 1.. {
        let mut world = super::history(seed);
        let clone = world.some_clone();
        let files = clone.store.nodes[clone.head].files.clone();
        let model = history(&PathBuf::from(ROOT), &files);
        let by_model = asked(&clone, &BaseWish::Default, &model);
        let by_model_shown = shown(&by_model);
        let plan = planned(&known(by_model), &model);
        let is_plan = matches!(plan, Outcome::Plan(_));
        if !is_plan && seed % 10 != 0 {
            continue;
        }

        let repository = imported(&clone);
        let root = repository.path();
        let real = history(&root, &files);
        let opened = Repository::open(&root).expect("git reads it");
        let opened = opened.expect("it is there");
        let refs = RefHistory::of(opened, &BaseWish::Default, None).expect("refs can be read");
        let by_git = answer(&refs, &real, Upgrade::Head)
            .expect("git answers")
            .expect("there is a base");

        assert_eq!(by_model_shown, shown(&by_git), "history {seed}");
        assert_eq!(plan, planned(&known(by_git), &real), "history {seed}");
        plans += usize::from(is_plan);
        if plans == PLANS {
            return;
        }
    }
}
