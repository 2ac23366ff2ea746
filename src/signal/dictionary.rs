//! Dictionaries of labels (RFC 9651): Content-Usage and Content-Signal.

use std::collections::BTreeMap;
use std::convert::Infallible;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser};

use super::names::{AI, Names, named};
use crate::row::Restrictions;
use crate::vocabulary::purpose::Purposes;

/// Labels, and the two tokens that are their values.
struct Vocabulary {
    labels: &'static Names,
    /// Labels of another vocabulary, which may be used here by mistake.
    mistaken: &'static Names,
    yes: &'static str,
    no: &'static str,
    equal_labels: EqualLabels,
    other_labels: OtherLabels,
}

/// The rule for several equal labels in one field.
enum EqualLabels {
    TheLast,
    All,
}

/// The rule for a label that the vocabulary does not list.
enum OtherLabels {
    Ignored,
    Unreadable,
}

const USAGE: &Names = &[
    ("train-ai", Purposes::AI_TRAINING),
    ("train-genai", Purposes::TRAIN_GENERATIVE),
    ("genai", Purposes::TRAIN_GENERATIVE),
    ("tdm", AI.union(Purposes::DATA_MINING)),
    ("ai", AI.union(Purposes::DATA_MINING)),
    ("all", AI.union(Purposes::DATA_MINING)),
    ("bots", AI.union(Purposes::DATA_MINING)),
    ("ai-use", Purposes::AI_INPUT),
    ("ai-output", Purposes::AI_INPUT),
    ("inference", Purposes::AI_INPUT),
    ("search", Purposes::SEARCH),
];

const SIGNALS: &Names = &[
    ("ai-train", Purposes::AI_TRAINING),
    ("ai-input", Purposes::AI_INPUT),
    ("search", Purposes::SEARCH),
];

static CONTENT_USAGE: Vocabulary = Vocabulary {
    labels: USAGE,
    mistaken: SIGNALS,
    yes: "y",
    no: "n",
    equal_labels: EqualLabels::TheLast,
    other_labels: OtherLabels::Ignored,
};

static CONTENT_SIGNAL: Vocabulary = Vocabulary {
    labels: SIGNALS,
    mistaken: USAGE,
    yes: "yes",
    no: "no",
    equal_labels: EqualLabels::All,
    other_labels: OtherLabels::Unreadable,
};

/// Reads the header fields `Content-Usage` of a response.
///
/// In one field the last of two equal labels counts. Across several fields the most restrictive
/// value counts: each field is read alone, and all of them joined into one dictionary. A field that
/// is not a dictionary (RFC 9651) makes the result unreadable. So does a path before the dictionary,
/// as a robots file may have: the caller chooses the rules for the path of the content, and leaves
/// the path out.
///
/// ```
/// use consent_gate::signal::content_usage;
/// use consent_gate::{Purposes, Restrictions};
///
/// let no = Restrictions::of(Purposes::AI_TRAINING);
/// assert_eq!(content_usage(["train-ai=n"]), no);
/// assert_eq!(content_usage(["train-ai=n, train-ai=y"]), Restrictions::none());
/// assert_eq!(content_usage(["train-ai=n", "train-ai=y"]), no);
/// assert_eq!(content_usage(["train-ai=N"]), Restrictions::unread());
/// ```
#[must_use]
pub fn content_usage<F: AsRef<[u8]>>(fields: impl IntoIterator<Item = F>) -> Restrictions {
    let mut joined = Vec::new();
    let mut restrictions = Restrictions::none();
    for field in fields {
        let field = field.as_ref();
        restrictions = restrictions.and(CONTENT_USAGE.read(field));
        if !joined.is_empty() {
            joined.extend(b", ");
        }
        joined.extend(field);
    }
    restrictions.and(CONTENT_USAGE.read(&joined))
}

/// Reads the lines `Content-Signal` of a robots file or of a response: the text of each line, with
/// or without the name before it. Members are separated by commas or semicolons.
///
/// A line with a path before the members is unreadable: the caller chooses the lines for the path of
/// the content, and leaves the path out.
///
/// ```
/// use consent_gate::signal::content_signal;
/// use consent_gate::{Purposes, Restrictions};
///
/// let no = Restrictions::of(Purposes::AI_TRAINING);
/// assert_eq!(content_signal(["search=yes, ai-train=no"]), no);
/// assert_eq!(content_signal(["search=yes; ai-train=no"]), no);
/// assert_eq!(content_signal(["Content-Signal: search=yes"]), Restrictions::none());
/// assert_eq!(content_signal(["train-ai=n"]), Restrictions::unread());
/// ```
#[must_use]
pub fn content_signal<F: AsRef<[u8]>>(lines: impl IntoIterator<Item = F>) -> Restrictions {
    let read = lines.into_iter().map(|line| {
        let line = line.as_ref();
        let line = behind_the_name(line).unwrap_or(line).trim_ascii();
        // A semicolon would begin a parameter, in which a no would be passed over.
        let members = line
            .iter()
            .map(|byte| if *byte == b';' { b',' } else { *byte });
        CONTENT_SIGNAL.read(&members.collect::<Vec<_>>())
    });
    read.fold(Restrictions::none(), Restrictions::and)
}

fn behind_the_name(line: &[u8]) -> Option<&[u8]> {
    let (name, text) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
    let is_named = name.trim_ascii().eq_ignore_ascii_case(b"content-signal");
    text.strip_prefix(b":").filter(|_| is_named)
}

impl Vocabulary {
    fn read(&'static self, field: &[u8]) -> Restrictions {
        let mut members = Members {
            vocabulary: self,
            last: BTreeMap::new(),
            all: Restrictions::none(),
        };
        match Parser::new(field).parse_dictionary_with_visitor(&mut members) {
            // In a field with a syntax error there is no last label: each no before it counts.
            Err(_) => members.all.and(Restrictions::unread()),
            Ok(()) => match self.equal_labels {
                EqualLabels::TheLast => {
                    let last = members.last.into_values();
                    last.fold(Restrictions::none(), Restrictions::and)
                }
                EqualLabels::All => members.all,
            },
        }
    }

    /// The restrictions of a member. `value` is `None` when it is not a token.
    fn member(&self, label: &str, value: Option<&str>) -> Restrictions {
        if value == Some(self.yes) {
            return Restrictions::none();
        }
        match (named(self.labels, label), &self.other_labels) {
            (Some(purposes), _) if value == Some(self.no) => Restrictions::of(purposes),
            (None, OtherLabels::Ignored) if named(self.mistaken, label).is_none() => {
                Restrictions::none()
            }
            _ => Restrictions::unread(),
        }
    }
}

/// The members of a field that were read so far.
struct Members<'de> {
    vocabulary: &'static Vocabulary,
    last: BTreeMap<&'de str, Restrictions>,
    all: Restrictions,
}

struct Member<'m, 'de> {
    members: &'m mut Members<'de>,
    label: &'de str,
}

impl Member<'_, '_> {
    fn is(self, value: Option<&str>) {
        let restrictions = self.members.vocabulary.member(self.label, value);
        self.members.last.insert(self.label, restrictions);
        self.members.all = self.members.all.and(restrictions);
    }
}

impl<'de> DictionaryVisitor<'de> for &mut Members<'de> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self, label: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        let label = label.as_str();
        Ok(Member {
            members: self,
            label,
        })
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<'de> EntryVisitor<'de> for Member<'_, 'de> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        self.is(None);
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Member<'_, 'de> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        self.is(match value {
            BareItemFromInput::Token(token) => Some(token.as_str()),
            _ => None,
        });
        Ok(Ignored)
    }
}
