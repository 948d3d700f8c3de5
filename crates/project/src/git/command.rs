//! Starting git so that its output depends on the repository alone.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use thiserror::Error;

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
            Self::Failed { .. } | Self::Io(_) | Self::Answer(_) => None,
        }
    }
}

/// git in `directory`, without network, prompts, pager, locks or translations, and without what a
/// hook's environment says of another repository.
pub(super) fn offline(directory: &Path) -> Command {
    let mut git = plain(directory);
    // The second is for versions of git that do not know the first: no transport is allowed.
    git.env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none");
    git
}

/// git in `directory`, network allowed.
pub(super) fn plain(directory: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C")
        .arg(directory)
        .args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"])
        .args(["-c", "core.quotePath=false", "-c", "color.ui=false"])
        .args(["-c", "log.showSignature=false", "-c", "log.mailmap=false"])
        .args(["-c", "diff.renames=false", "-c", "core.fsmonitor=false"])
        .args(["-c", "log.showRoot=true", "-c", "log.follow=false"])
        .args(["-c", "i18n.logOutputEncoding=UTF-8"])
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .env_remove("GIT_NAMESPACE")
        .env_remove("GIT_EXTERNAL_DIFF")
        .stdin(Stdio::null());
    git
}

/// Runs a command to its end.
pub(super) fn output(mut git: Command, name: &str) -> Result<Vec<u8>, GitError> {
    let output = git.output().map_err(GitError::start)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed {
        command: name.to_owned(),
        words: words(&output),
    })
}

/// What git said, without its `fatal:`.
pub(super) fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let text = text.trim();
    text.strip_prefix("fatal: ").unwrap_or(text).to_owned()
}
