//! Starting git so that its output depends on the repository alone.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use thiserror::Error;

use super::object::ObjectId;
use crate::tree::LARGEST_FILE;

/// Why git did not answer.
#[derive(Debug, Error)]
pub enum GitError {
    /// There is no git program.
    #[error("there is a .git, but no git program to read it with")]
    NoProgram,
    /// git will not read the repository (another owner, a damaged `.git`, an unknown format).
    #[error("git will not read this repository: {words}")]
    Refused {
        /// git's own words.
        words: String,
    },
    /// A command failed.
    #[error("`git {command}` failed: {words}")]
    Failed {
        /// The command.
        command: String,
        /// Its exit status; none where a signal ended it.
        status: Option<i32>,
        /// git's own words.
        words: String,
    },
    /// A ref that was asked for does not exist.
    #[error("git knows no commit by the name `{name}`")]
    UnknownRef {
        /// The name.
        name: String,
        /// Whether the clone is shallow, so that it may exist where the clone came from.
        is_shallow: bool,
    },
    /// git could not be started or talked to.
    #[error("cannot talk to git: {0}")]
    Io(io::Error),
    /// An object is larger than any file that is read.
    #[error("git's object {} has more than {LARGEST_FILE} bytes", .id.short())]
    TooLarge {
        /// The object.
        id: ObjectId,
    },
    /// git answered in a way that is not understood.
    #[error("git's answer is not understood: {0}")]
    Answer(String),
}

impl GitError {
    pub(super) fn start(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            Self::NoProgram
        } else {
            Self::Io(error)
        }
    }

    /// The way on, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoProgram => Some("install git, or say `--base none`".to_owned()),
            Self::Refused { words } => {
                // git names the repair itself: `git config --global --add safe.directory PATH`.
                let repair = words
                    .lines()
                    .map(str::trim)
                    .find(|line| line.starts_with("git config"));
                repair.map(|command| format!("`{command}`, or say `--base none`"))
            }
            Self::UnknownRef {
                is_shallow: true, ..
            } => Some(
                "this checkout is shallow and may lack it: `git fetch --unshallow origin`, or \
                 `fetch-depth: 0` for actions/checkout"
                    .to_owned(),
            ),
            Self::UnknownRef { .. } => Some("`git fetch` it first, or name another ref".to_owned()),
            Self::Failed { .. } | Self::Io(_) | Self::TooLarge { .. } | Self::Answer(_) => None,
        }
    }
}

/// git in `directory`, without network, prompts, pager, locks or translations, and without what a
/// hook's environment says of another repository. Nothing that the repository's configuration names is
/// run.
pub(crate) fn offline(directory: &Path) -> Command {
    let mut git = plain(directory);
    // The second is for versions of git that do not know the first: no transport is allowed.
    git.env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none");
    git
}

/// git in `directory`, network allowed, but no transport that is a command of the repository's
/// configuration (`ext::`).
pub(super) fn plain(directory: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C")
        .arg(directory)
        .args(["--no-pager", "--no-optional-locks"]);
    for setting in SETTINGS.into_iter().chain([NO_HOOKS]) {
        git.args(["-c", setting]);
    }
    git.envs(ENVIRONMENT.iter().copied()).stdin(Stdio::null());
    for variable in NOT_INHERITED {
        git.env_remove(variable);
    }
    git
}

/// Set whatever the repository says: what would start a program comes first, then what would change the
/// form of answers.
const SETTINGS: [&str; 16] = [
    "core.fsmonitor=false",
    "core.alternateRefsCommand=true",
    "core.pager=cat",
    "log.showSignature=false",
    "diff.external=",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "core.quotePath=false",
    "color.ui=false",
    "log.mailmap=false",
    "log.showRoot=true",
    "log.follow=false",
    "diff.renames=false",
    "i18n.logOutputEncoding=UTF-8",
];

/// A directory that cannot be there. git for Windows warns of a path that begins with a slash, and takes it for one
/// below its own installation.
const NO_HOOKS: &str = if cfg!(windows) {
    "core.hooksPath=NUL"
} else {
    "core.hooksPath=/dev/null"
};

const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // What was deployed is the history as it was, not as `git replace` shows it here.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    // Those that git itself takes for safe; wins over `protocol.ext.allow`.
    ("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh"),
];

const NOT_INHERITED: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
];

/// Runs a command to its end.
pub(super) fn output(mut git: Command, name: &str) -> Result<Vec<u8>, GitError> {
    let output = git.output().map_err(GitError::start)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed {
        command: name.to_owned(),
        status: output.status.code(),
        words: words(&output),
    })
}

/// What git said, without its `fatal:`, and without warnings that it had to give besides.
pub(super) fn words(output: &Output) -> String {
    said(&String::from_utf8_lossy(&output.stderr))
}

fn said(text: &str) -> String {
    let is_warning = |line: &&str| line.starts_with("warning: ");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let others: Vec<&str> = lines.iter().filter(|it| !is_warning(it)).copied().collect();
    let lines = if others.iter().all(|it| it.is_empty()) {
        lines
    } else {
        others
    };
    let text = lines.join("\n");
    let text = text.trim();
    text.strip_prefix("fatal: ").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod words_tests {
    use super::said;

    #[test]
    fn warnings_are_no_reason() {
        let old = "warning: encountered old-style '/a' that should be '%(prefix)//a'\r\n";
        assert_eq!(said("fatal: no such ref\n"), "no such ref");
        assert_eq!(said(&format!("{old}fatal: no such ref\r\n")), "no such ref");
        assert_eq!(
            said("fatal: dubious ownership\nTo add it:\n\n\tgit config x\n"),
            "dubious ownership\nTo add it:\n\n\tgit config x"
        );
        // Where there is nothing else, they are what is known.
        assert!(said(old).starts_with("warning: "));
        assert_eq!(said(""), "");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::path::Path;

    use rechain_testing::git;

    use crate::git::{BaseWish, RefHistory, Repository};

    /// Every setting that names a program, set to one that leaves a trace.
    fn laid(trap: &str) -> git::Repository {
        let repository = git::Repository::init();
        repository.write("versions/a.py", "a = 1\n");
        repository.write(".gitattributes", "*.py diff=trap filter=trap\n");
        repository.commit("One");
        let hook = format!("#!/bin/sh\n{trap}\n");
        for name in [
            "post-index-change",
            "reference-transaction",
            "post-checkout",
        ] {
            let path = repository.path().join(".git/hooks").join(name);
            fs::write(&path, &hook).expect("a hook can be written");
            make_executable(&path);
        }
        for (key, value) in [
            ("core.fsmonitor", trap),
            ("core.pager", trap),
            ("pager.log", trap),
            ("core.alternateRefsCommand", trap),
            ("core.sshCommand", trap),
            ("credential.helper", &format!("!{trap}")),
            ("diff.external", trap),
            ("diff.trap.textconv", trap),
            ("diff.trap.command", trap),
            ("filter.trap.smudge", trap),
            ("filter.trap.clean", trap),
            ("gpg.program", trap),
            ("log.showSignature", "true"),
            ("alias.log", &format!("!{trap}")),
            ("alias.for-each-ref", &format!("!{trap}")),
            ("protocol.ext.allow", "always"),
            ("protocol.allow", "always"),
            ("remote.origin.url", &format!("ext::sh -c {trap}%")),
            ("remote.origin.promisor", "true"),
            ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.uploadpack", trap),
        ] {
            repository.git(&["config", key, value]);
        }
        repository
    }

    fn make_executable(path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be set");
    }

    #[test]
    fn nothing_that_a_repository_names_is_run() {
        let place = tempfile::tempdir().expect("a directory");
        let trace = place.path().join("trace");
        let repository = laid(&format!("touch {}", trace.display()));
        // A command that does not mind sets it off, or it is none.
        repository.try_git(&["status"]);
        assert!(trace.exists());
        fs::remove_file(&trace).expect("it is there");
        let opened = Repository::open(&repository.path()).expect("git reads it");
        let opened = opened.expect("it is there");
        // An object that is not here would be fetched through the trap.
        let absent = "f".repeat(40);
        assert_eq!(opened.commit(&absent).expect("git answers"), None);
        let root = opened.root.clone();
        let refs = RefHistory::of(opened, &BaseWish::Default, None).expect("refs can be read");
        let tip = refs.base.clone().expect("there is main").tip;
        refs.first_seen(&[&root.join("versions")])
            .expect("git answers");
        let file = root.join("versions/a.py");
        refs.repository
            .changes(std::slice::from_ref(&tip), &[root.join("versions")])
            .expect("git answers");
        refs.repository.authorship(&file).expect("git answers");
        refs.repository
            .merge_bases(&tip, std::slice::from_ref(&tip))
            .expect("git answers");
        refs.carriers().expect("git answers");
        assert!(!trace.exists(), "something was run");
        // Even where the network is wished, `ext::` is not followed.
        let fetched = refs.repository.fetch("origin");
        assert!(fetched.is_err());
        let opened = Repository::open(&root).expect("git reads it");
        let opened = opened.expect("it is there").with_network();
        // git says that it is missing, or gives up over the remote it may not use.
        assert!(!matches!(opened.commit(&absent), Ok(Some(_))));
        assert!(!trace.exists(), "something was run");
    }
}
