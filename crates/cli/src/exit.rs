//! What the program's exit status means.

use std::process::ExitCode;

/// The exit status, as scripts and CI rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: sound already, or made sound; printed.
    Success,
    /// 1: `check` found a problem, or `fix --dry-run` has a change to propose.
    Found,
    /// 2: it could not be done: usage, configuration, I/O, nothing to undo.
    Failure,
    /// 3: a person must decide. Nothing was written.
    Undecided,
}

impl ExitStatus {
    /// The status of a run over several environments: the first of 2, 3, 1, 0 that one of them has.
    pub(crate) fn of_all(statuses: impl IntoIterator<Item = Self>) -> Self {
        let rank = |status: &Self| match status {
            Self::Failure => 3,
            Self::Undecided => 2,
            Self::Found => 1,
            Self::Success => 0,
        };
        statuses
            .into_iter()
            .max_by_key(rank)
            .unwrap_or(Self::Success)
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Found => 1,
            Self::Failure => 2,
            Self::Undecided => 3,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.code().into()
    }
}
