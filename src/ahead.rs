//! Rows that are taken ahead of their turn, so that their people are sought together.

use std::collections::VecDeque;

use crate::Snapshot;
use crate::decide::Sought;

/// So many rows come one by one first: who wants but a few waits for no others.
const ALONE: usize = 8;

/// Rows of an iterator that wait for their turn. Nothing is decided on them yet.
#[derive(Clone)]
pub(crate) struct Ahead<T> {
    rows: VecDeque<T>,
    /// Where their first subjects were found: as many as there are rows, and fewer where somebody's
    /// code panicked.
    sought: VecDeque<Sought>,
    /// How many rows were taken so far, up to a block. No more than that are taken at once.
    taken: usize,
    /// The iterator has come to its end behind these rows, and nobody was told yet.
    is_over: bool,
}

impl<T> Ahead<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: VecDeque::new(),
            sought: VecDeque::new(),
            taken: 0,
            is_over: false,
        }
    }

    /// Finds the first row of which something comes. Where there is a snapshot, rows are taken
    /// ahead, and where the first subject of each was found in it is told with the row.
    #[inline]
    pub(crate) fn find_map<U>(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        snapshot: Option<&Snapshot<'_>>,
        first: impl Fn(&T) -> Option<&str>,
        mut each: impl FnMut(T, Option<Sought>) -> Option<U>,
    ) -> Option<U> {
        let Some(snapshot) = snapshot else {
            return rows.find_map(|row| each(row, None));
        };
        loop {
            let (row, sought) = self.next(rows, snapshot, &first)?;
            if let Some(found) = each(row, sought) {
                return Some(found);
            }
        }
    }

    /// Folds what is left, told as in [`find_map`](Self::find_map).
    #[inline]
    pub(crate) fn fold<U>(
        mut self,
        mut rows: impl Iterator<Item = T>,
        snapshot: Option<&Snapshot<'_>>,
        first: impl Fn(&T) -> Option<&str>,
        init: U,
        mut each: impl FnMut(U, T, Option<Sought>) -> U,
    ) -> U {
        let Some(snapshot) = snapshot else {
            return rows.fold(init, |folded, row| each(folded, row, None));
        };
        let mut folded = init;
        while let Some((row, sought)) = self.next(&mut rows, snapshot, &first) {
            folded = each(folded, row, sought);
        }
        folded
    }

    #[inline]
    fn next(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        snapshot: &Snapshot<'_>,
        first: impl Fn(&T) -> Option<&str>,
    ) -> Option<(T, Option<Sought>)> {
        if self.taken < ALONE {
            self.taken = self.taken.saturating_add(1);
            return rows.next().map(|row| (row, None));
        }
        if self.rows.is_empty() && !std::mem::take(&mut self.is_over) {
            self.take(rows, snapshot, first);
        }
        Some((self.rows.pop_front()?, self.sought.pop_front()))
    }

    #[inline(never)]
    fn take(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        snapshot: &Snapshot<'_>,
        first: impl Fn(&T) -> Option<&str>,
    ) {
        let wanted = self.taken;
        self.rows.extend(rows.take(wanted));
        self.is_over = !self.rows.is_empty() && self.rows.len() < wanted;
        self.taken = wanted.saturating_mul(2).min(Snapshot::BLOCK);
        let firsts = self.rows.iter().map(first);
        snapshot.seek(firsts, |sought| self.sought.push_back(sought));
    }

    /// The bounds of what waits and what is left.
    pub(crate) fn size_hint(&self, rows: &impl Iterator<Item = T>) -> (usize, Option<usize>) {
        let waiting = self.rows.len();
        let (least, most) = if self.is_over {
            (0, Some(0))
        } else {
            rows.size_hint()
        };
        let most = most.and_then(|most| most.checked_add(waiting));
        (least.saturating_add(waiting), most)
    }
}
