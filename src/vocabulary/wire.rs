//! Reads values of the wire formats. No error repeats a value, because a value may be personal data.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use time::UtcDateTime;

use crate::vocabulary::id::{BlankText, PartyId, SubjectId, is_blank};
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::term::{Channel, Granularity, Term};

/// A value of a self-describing format. The content of an object is not kept.
///
/// `true` and `false` are two variants, because a payload of one byte next to the tag makes each move
/// of a value slower.
pub(crate) enum Wire<'de> {
    Null,
    True,
    False,
    Whole(u64),
    Text(Cow<'de, str>),
    List(Vec<Wire<'de>>),
    Other,
}

impl<'de> Deserialize<'de> for Wire<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WireVisitor)
    }
}

struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Wire<'de>, E> {
        Ok(Wire::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Wire<'de>, E> {
        Ok(if value { Wire::True } else { Wire::False })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Wire<'de>, E> {
        Ok(Wire::Whole(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Wire<'de>, E> {
        Ok(Wire::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Wire<'de>, E> {
        Ok(Wire::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Wire<'de>, E> {
        Ok(Wire::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Wire<'de>, E> {
        Ok(Wire::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Wire<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Wire::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Wire::Other)
    }
}

/// The words for the value that was expected.
pub(crate) type Expected = Cow<'static, str>;

const A_TEXT: &str = "a text that is not blank";
const A_SUBJECT: &str = "a text that is not blank, or a whole number up to 18446744073709551615";

pub(crate) fn text<T: FromStr<Err = BlankText>>(value: Wire<'_>) -> Result<Option<T>, Expected> {
    match value {
        Wire::Null => Ok(None),
        Wire::Text(text) => text.parse().map(Some).map_err(|BlankText| A_TEXT.into()),
        _ => Err(A_TEXT.into()),
    }
}

/// A subject is a text, or a whole number up to 2^64 − 1, which stands for its decimal text.
pub(crate) fn subject_text(value: Wire<'_>) -> Result<Option<Cow<'_, str>>, Expected> {
    match value {
        Wire::Null => Ok(None),
        Wire::Whole(number) => Ok(Some(number.to_string().into())),
        Wire::Text(text) if !is_blank(&text) => Ok(Some(text)),
        _ => Err(A_SUBJECT.into()),
    }
}

pub(crate) fn subject(value: Wire<'_>) -> Result<Option<SubjectId>, Expected> {
    let text = subject_text(value)?.map(|text| text.parse());
    text.transpose().map_err(|BlankText| A_SUBJECT.into())
}

pub(crate) fn parties(value: Wire<'_>) -> Result<Vec<PartyId>, Expected> {
    let expected = || Expected::from("a list of texts that are not blank");
    match value {
        Wire::Null => Ok(Vec::new()),
        Wire::List(items) => items
            .into_iter()
            .map(|item| text(item).ok().flatten().ok_or_else(expected))
            .collect(),
        _ => Err(expected()),
    }
}

pub(crate) fn term<T: Term>(value: Wire<'_>) -> Result<Option<T>, Expected> {
    match value {
        Wire::Null => return Ok(None),
        Wire::Text(token) => T::from_token(&token).map(Some),
        _ => None,
    }
    .ok_or_else(|| format!("one of: {}", T::tokens()).into())
}

/// The one channel that a consent is given in. A list is another field's form, so the error says so.
pub(crate) fn channel(value: Wire<'_>) -> Result<Option<Channel>, Expected> {
    match value {
        Wire::List(_) => {
            Err(format!("one text and not a list, one of: {}", Channel::tokens()).into())
        }
        _ => term(value),
    }
}

pub(crate) fn time(value: Wire<'_>) -> Result<Option<UtcDateTime>, Expected> {
    match value {
        Wire::Null => Ok(None),
        Wire::Text(text) => parse_instant(&text).map(Some).map_err(expected_instant),
        _ => Err(expected_instant(crate::vocabulary::instant::InvalidInstant)),
    }
}

fn expected_instant(error: crate::vocabulary::instant::InvalidInstant) -> Expected {
    let message = error.to_string();
    message
        .strip_prefix("expected ")
        .map_or(message.clone(), str::to_owned)
        .into()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the same signature as the readers of the other fields"
)]
pub(crate) fn granular(value: Wire<'_>) -> Result<Option<Granularity>, Expected> {
    match value {
        Wire::Null => Ok(None),
        Wire::True => Ok(Some(Granularity::Separate)),
        Wire::False => Ok(Some(Granularity::Bundled)),
        _ => Err("true or false".into()),
    }
}

/// A key of an object, borrowed if the format allows it.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Wire::deserialize(deserializer)? {
            Wire::Text(text) => Ok(Self(text)),
            _ => Err(de::Error::custom("expected a key that is a text")),
        }
    }
}

/// The methods of a visitor that refuse a value that is not an object, a list or null. The error does
/// not contain the value.
macro_rules! refuse_scalars {
    ($error:expr) => {
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}", $error)
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }
    };
}

/// The methods of a visitor that refuse a list.
macro_rules! refuse_lists {
    ($error:expr) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(serde::de::Error::custom($error))
        }
    };
}

/// The methods of a visitor that refuse an object.
#[cfg(feature = "json")]
macro_rules! refuse_objects {
    ($error:expr) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(serde::de::Error::custom($error))
        }
    };
}

/// The methods of a visitor that refuse null.
macro_rules! refuse_null {
    ($error:expr) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(E::custom($error))
        }
    };
}

#[cfg(feature = "json")]
pub(crate) use refuse_objects;
pub(crate) use {refuse_lists, refuse_null, refuse_scalars};

macro_rules! deserialize_through_wire {
    ($($name:ty: $read:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = ($read)(Wire::deserialize(deserializer)?);
                value.and_then(|value| value.ok_or(A_TEXT.into())).map_err(de::Error::custom)
            }
        }
    )*};
}

deserialize_through_wire! {
    crate::vocabulary::id::RecordId: text;
    SubjectId: subject;
    PartyId: text;
    crate::vocabulary::id::NoticeId: text;
    crate::vocabulary::id::NoticeVersion: text;
    crate::vocabulary::id::Evidence: text;
}
