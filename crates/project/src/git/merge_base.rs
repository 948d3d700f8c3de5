//! Where two lines of history parted.

use super::command::GitError;
use super::object::ObjectId;
use super::repository::Repository;

impl Repository {
    /// The best common ancestors of `one` and of what a merge of `others` would be: several after
    /// criss-cross merges, none where the histories have nothing in common (or a shallow clone does not
    /// reach it).
    pub fn merge_bases(
        &self,
        one: &ObjectId,
        others: &[ObjectId],
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut arguments = vec!["merge-base", "--all", one.as_str()];
        arguments.extend(others.iter().map(ObjectId::as_str));
        if others.is_empty() {
            return Ok(Vec::new());
        }
        match self.run(&arguments) {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer);
                Ok(text.lines().map(ObjectId::new).collect())
            }
            // Exit status 1, without a word: there is none.
            Err(GitError::Failed { words, .. }) if words.is_empty() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
