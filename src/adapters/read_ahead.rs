//! Rows that are read ahead of their turn, so that their subjects are looked up in batches.

use std::collections::VecDeque;
use std::ops::Range;

use crate::decision::question::{BLOCK, BatchLookup, Located};

/// The number of rows that are read one at a time first: a caller who wants only a few rows waits
/// for no others.
const ALONE: usize = 8;

/// Rows of an iterator that wait for their turn. Nothing is decided on them yet.
#[derive(Clone)]
pub(crate) struct Ahead<T> {
    rows: VecDeque<T>,
    /// The results for the first subjects of these rows: as many as there are rows, and fewer where
    /// a row's code panicked.
    found: VecDeque<Found>,
    /// The ids that were looked up, one after the other. They are copies, so that a row that
    /// builds its id anew, or a clone of it, is never taken for another one.
    ids: String,
    /// The number of rows that were read so far, up to a block. No more than that are read at once.
    taken: usize,
    /// The iterator has come to its end after these rows, and the caller does not know yet.
    is_over: bool,
}

/// The index that was found for the id at this range.
#[derive(Clone)]
struct Found {
    id: Range<usize>,
    index: usize,
}

impl<T> Ahead<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: VecDeque::new(),
            found: VecDeque::new(),
            ids: String::new(),
            taken: 0,
            is_over: false,
        }
    }

    /// Finds the first row for which `each` returns something. Where there is an index, rows are
    /// read ahead, and `each` gets what was found for the first subject of the row.
    #[inline]
    pub(crate) fn find_map<U>(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        index: Option<&dyn BatchLookup>,
        first: impl Fn(&T) -> Option<&str>,
        mut each: impl FnMut(T, Option<Located<'_>>) -> Option<U>,
    ) -> Option<U> {
        let Some(index) = index else {
            return rows.find_map(|row| each(row, None));
        };
        loop {
            let (row, located) = self.next(rows, index, &first)?;
            if let Some(found) = each(row, located) {
                return Some(found);
            }
        }
    }

    /// Folds the rows that are left, each with what [`find_map`](Self::find_map) hands on.
    #[inline]
    pub(crate) fn fold<U>(
        mut self,
        mut rows: impl Iterator<Item = T>,
        index: Option<&dyn BatchLookup>,
        first: impl Fn(&T) -> Option<&str>,
        init: U,
        mut each: impl FnMut(U, T, Option<Located<'_>>) -> U,
    ) -> U {
        let Some(index) = index else {
            return rows.fold(init, |folded, row| each(folded, row, None));
        };
        let mut folded = init;
        while let Some((row, located)) = self.next(&mut rows, index, &first) {
            folded = each(folded, row, located);
        }
        folded
    }

    #[inline]
    fn next(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        index: &dyn BatchLookup,
        first: impl Fn(&T) -> Option<&str>,
    ) -> Option<(T, Option<Located<'_>>)> {
        if self.taken < ALONE {
            self.taken = self.taken.saturating_add(1);
            return rows.next().map(|row| (row, None));
        }
        if self.rows.is_empty() && !std::mem::take(&mut self.is_over) {
            self.take(rows, index, first);
        }
        let row = self.rows.pop_front()?;
        let located = self.found.pop_front().and_then(|Found { id, index }| {
            let id = self.ids.get(id)?;
            Some(Located { id, index })
        });
        Some((row, located))
    }

    #[inline(never)]
    fn take(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        index: &dyn BatchLookup,
        first: impl Fn(&T) -> Option<&str>,
    ) {
        let wanted = self.taken;
        self.found.clear();
        self.ids.clear();
        self.rows.extend(rows.take(wanted));
        self.is_over = !self.rows.is_empty() && self.rows.len() < wanted;
        self.taken = wanted.saturating_mul(2).min(BLOCK);
        let firsts = self.rows.iter().map(first);
        let (ids, found) = (&mut self.ids, &mut self.found);
        index.locate(firsts, |located| {
            let start = ids.len();
            ids.push_str(located.id);
            found.push_back(Found {
                id: start..ids.len(),
                index: located.index,
            });
        });
    }

    /// The bounds of the rows that wait and those that are left.
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
