//! Signs of a no beside a yes: fields that a reader does not read, and that may limit it.

use time::UtcDateTime;

use super::no;
use super::node::Node;
use super::times::{Stated, Time};
use crate::json::TimeForm;

/// A field that may say no.
pub(super) struct Sign<'a> {
    name: &'a str,
    /// Its value as a time.
    at: Option<UtcDateTime>,
    /// Its name says no, such as that of `withdrawalDate`.
    is_named: bool,
}

impl<'a> Sign<'a> {
    /// The signs of a no among the fields of an object and in what they contain, but for the fields
    /// that are read. A sign is
    ///
    /// - a field whose name says no, unless its value takes that back;
    /// - a text of a few words that says that consent ended;
    /// - a no in a field whose name says yes.
    pub(super) fn all_in(
        object: &'a Node,
        form: Option<&TimeForm>,
        is_read: impl Fn(&str) -> bool,
    ) -> Vec<Self> {
        let mut signs = Vec::new();
        for (name, value) in object.fields().unwrap_or_default() {
            if !is_read(name) {
                gather(name, value, form, &mut signs);
            }
        }
        signs
    }

    /// The fields of an object that have parts of their own, but for those that are read. What their
    /// parts are about is not known.
    pub(super) fn of_parts(object: &'a Node, is_read: impl Fn(&str) -> bool) -> Vec<Self> {
        let fields = object.fields().unwrap_or_default().iter();
        let has_parts = |value: &Node| {
            matches!(value, Node::List(_) | Node::Object(_)) && !no::takes_back(value)
        };
        let parts = fields.filter(|(name, value)| has_parts(value) && !is_read(name));
        let signs = parts.map(|(name, _)| Self {
            name,
            at: None,
            is_named: false,
        });
        signs.collect()
    }

    /// The items of a list besides the one at an index. What they are about is not known.
    pub(super) fn of_other_items(list: &Node, index: &str) -> Option<Self> {
        let Node::List(items) = list else { return None };
        let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
        (is_index && items.len() > 1).then_some(Self {
            name: "",
            at: None,
            is_named: false,
        })
    }

    /// Returns true unless the field is a time before another one: a no that was taken back by it.
    pub(super) fn counts_against(&self, yes: UtcDateTime) -> bool {
        self.at.is_none_or(|no| no >= yes)
    }

    /// The time of the no, if the field is meant to be one.
    pub(super) fn stated(&self) -> Option<Stated> {
        let name = self.name.to_lowercase();
        let parts = ["date", "time", "_at", "_on"];
        let is_of_time = parts.iter().any(|part| name.contains(part))
            || self.name.ends_with("At")
            || self.name.ends_with("On");
        (self.is_named && (is_of_time || self.at.is_some())).then_some(Stated(self.at))
    }
}

fn gather<'a>(name: &'a str, value: &'a Node, form: Option<&TimeForm>, signs: &mut Vec<Sign<'a>>) {
    let is_named = no::name_says_no(name) && !no::takes_back(value);
    let is_end = value.text().is_some_and(no::is_end);
    if is_named || is_end || no::name_says_yes(name) && no::says_no(value) {
        let at = Time::of(value, form).at;
        signs.push(Sign { name, at, is_named });
        return;
    }
    match value {
        Node::List(items) => items
            .iter()
            .for_each(|item| gather(name, item, form, signs)),
        Node::Object(fields) => {
            for (name, value) in fields {
                gather(name, value, form, signs);
            }
        }
        _ => {}
    }
}
