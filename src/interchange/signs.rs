//! Signs of a no beside a yes: fields that a reader does not read, and that may limit it.

use time::UtcDateTime;

use super::no;
use super::node::Node;
use super::times::Time;
use crate::json::TimeForm;

/// What the signs of a no say together, so that an answer is held against all of them at once.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// One of them is not a time, so no answer takes it back.
    is_any_untimed: bool,
    /// The latest of those that are times.
    latest: Option<UtcDateTime>,
    /// The latest of the times that are stated for a no.
    stated: Option<UtcDateTime>,
    /// One of the times that are stated for a no is not a time with a zone.
    is_any_unreadable: bool,
}

impl Signs {
    /// The signs of a no among the fields of an object and in what they contain, but for the fields
    /// that are read. A sign is
    ///
    /// - a field whose name says no, unless its value takes that back;
    /// - a text of a few words that says that consent ended;
    /// - a no in a field whose name says yes.
    pub(super) fn all_in(
        object: &Node,
        form: Option<&TimeForm>,
        is_read: impl Fn(&str) -> bool,
    ) -> Self {
        let mut signs = Self::default();
        for (name, value) in object.fields().unwrap_or_default() {
            if !is_read(name) {
                signs.gather(name, value, form);
            }
        }
        signs
    }

    /// The fields of an object that have parts of their own, but for those that are read. What their
    /// parts are about is not known.
    pub(super) fn of_parts(object: &Node, is_read: impl Fn(&str) -> bool) -> Self {
        let mut fields = object.fields().unwrap_or_default().iter();
        let has_parts = |value: &Node| {
            matches!(value, Node::List(_) | Node::Object(_)) && !no::takes_back(value)
        };
        Self::untimed_if(fields.any(|(name, value)| has_parts(value) && !is_read(name)))
    }

    /// The items of a list besides the one at an index. What they are about is not known.
    pub(super) fn of_other_items(list: &Node, index: &str) -> Self {
        let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
        Self::untimed_if(is_index && matches!(list, Node::List(items) if items.len() > 1))
    }

    fn untimed_if(is_any_untimed: bool) -> Self {
        Self {
            is_any_untimed,
            ..Self::default()
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            is_any_untimed: self.is_any_untimed || other.is_any_untimed,
            latest: self.latest.max(other.latest),
            stated: self.stated.max(other.stated),
            is_any_unreadable: self.is_any_unreadable || other.is_any_unreadable,
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Returns true unless each sign is a time before another one: a no that was taken back by it.
    pub(super) fn count_against(self, yes: UtcDateTime) -> bool {
        self.is_any_untimed || self.latest.is_some_and(|no| no >= yes)
    }

    /// The times that are stated for a no: the latest, and `None` for one that is not a time with a
    /// zone.
    pub(super) fn stated(self) -> impl Iterator<Item = Option<UtcDateTime>> {
        let unreadable = self.is_any_unreadable.then_some(None);
        unreadable.into_iter().chain(self.stated.map(Some))
    }

    fn gather(&mut self, name: &str, value: &Node, form: Option<&TimeForm>) {
        let is_named = no::name_says_no(name) && !no::takes_back(value);
        let is_end = value.text().is_some_and(no::is_end);
        if is_named || is_end || no::name_says_yes(name) && no::says_no(value) {
            let at = Time::of(value, form).at;
            self.is_any_untimed |= at.is_none();
            self.latest = self.latest.max(at);
            if is_named {
                self.stated = self.stated.max(at);
                self.is_any_unreadable |= at.is_none() && is_of_time(name);
            }
            return;
        }
        match value {
            Node::List(items) => items.iter().for_each(|item| self.gather(name, item, form)),
            Node::Object(fields) => {
                for (name, value) in fields {
                    self.gather(name, value, form);
                }
            }
            _ => {}
        }
    }
}

/// Returns true for the name of a field that is meant to be a time.
fn is_of_time(name: &str) -> bool {
    let small = name.to_lowercase();
    let parts = ["date", "time", "_at", "_on"];
    parts.iter().any(|part| small.contains(part)) || name.ends_with("At") || name.ends_with("On")
}
