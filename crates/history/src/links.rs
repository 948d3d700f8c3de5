//! Who is linked to whom, in two pieces of memory however many revisions there are.

use crate::graph::RevIndex;

/// For each revision, in load order, the revisions it is linked to.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// Where the row of each revision begins in `to`, and in the end where the last one ends.
    starts: Vec<usize>,
    to: Vec<RevIndex>,
}

impl Links {
    /// No rows yet, and room for so many.
    pub(crate) fn with_capacity(rows: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        Self {
            starts,
            to: Vec::with_capacity(rows),
        }
    }

    /// Adds the row of the next revision, each end once.
    pub(crate) fn push_row(&mut self, row: impl IntoIterator<Item = RevIndex>) {
        let start = self.to.len();
        for end in row {
            if !self.to[start..].contains(&end) {
                self.to.push(end);
            }
        }
        self.starts.push(self.to.len());
    }

    /// What a revision is linked to.
    pub(crate) fn of(&self, index: RevIndex) -> &[RevIndex] {
        let at = index.index();
        &self.to[self.starts[at]..self.starts[at + 1]]
    }

    /// The same links seen from their other ends; each row in load order.
    pub(crate) fn reversed(&self) -> Self {
        let rows = self.starts.len() - 1;
        let mut starts = vec![0; rows + 1];
        for end in &self.to {
            starts[end.index() + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut to = vec![RevIndex::new(0); self.to.len()];
        for row in 0..rows {
            let index = RevIndex::new(row);
            for end in self.of(index) {
                let place = &mut next[end.index()];
                to[*place] = index;
                *place += 1;
            }
        }
        Self { starts, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seen_from_both_ends() {
        let rows: [&[usize]; 4] = [&[], &[0], &[0, 1, 0], &[1]];
        let mut links = Links::with_capacity(rows.len());
        for row in rows {
            links.push_row(row.iter().copied().map(RevIndex::new));
        }
        let row = |links: &Links, at: usize| -> Vec<usize> {
            let row = links.of(RevIndex::new(at)).iter();
            row.map(|it| it.index()).collect()
        };
        let all = |links: &Links| -> Vec<Vec<usize>> { (0..4).map(|at| row(links, at)).collect() };
        assert_eq!(all(&links), [vec![], vec![0], vec![0, 1], vec![1]]);
        let reversed = links.reversed();
        assert_eq!(all(&reversed), [vec![1, 2], vec![2, 3], vec![], vec![]]);
    }
}
