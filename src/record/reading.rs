//! Reads consent records from self-describing formats, strictly.

use std::borrow::Cow;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::error::{RecordError, shown_key};
use super::model::{ConsentRecord, DataPeriod, Details, Notice, Statement};
use crate::vocabulary::condition;
use crate::vocabulary::flags;
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::term::{DenialStatus, GrantStatus, NonDecisionStatus, Term};
use crate::vocabulary::wire::{self, Expected, Wire, refuse_lists, refuse_null, refuse_scalars};

/// A status of any of the three kinds.
#[derive(Clone, Copy)]
enum Status {
    Grant(GrantStatus),
    Denial(DenialStatus),
    NonDecision(NonDecisionStatus),
}

fn read_status(value: Wire<'_>) -> Result<Option<Status>, Cow<'static, str>> {
    let Wire::Text(token) = value else {
        return match value {
            Wire::Null => Ok(None),
            _ => Err(a_status()),
        };
    };
    let grant = GrantStatus::from_token(&token).map(Status::Grant);
    let denial = || DenialStatus::from_token(&token).map(Status::Denial);
    let neither = || NonDecisionStatus::from_token(&token).map(Status::NonDecision);
    grant
        .or_else(denial)
        .or_else(neither)
        .map(Some)
        .ok_or_else(a_status)
}

fn a_status() -> Cow<'static, str> {
    let tokens = [
        GrantStatus::tokens(),
        DenialStatus::tokens(),
        NonDecisionStatus::tokens(),
    ];
    format!("one of: {}", tokens.join(", ")).into()
}

fn read_data_period(value: Wire<'_>) -> Result<DataPeriod, Expected> {
    match value {
        Wire::Null => Some(DataPeriod::FromGrant),
        Wire::Text(text) if text == DataPeriod::FROM_GRANT => Some(DataPeriod::FromGrant),
        Wire::Text(text) if text == DataPeriod::ALL_EXISTING => Some(DataPeriod::AllExisting),
        Wire::Text(text) => parse_instant(&text).ok().map(DataPeriod::From),
        _ => None,
    }
    .ok_or("from-grant, all-existing, or an RFC 3339 time with a zone".into())
}

/// Reads the fields of an object, each at most once, in any order, and no others. Each field becomes
/// a variable, which is `None` when the field is absent.
macro_rules! read_fields {
    ($map:ident, $prefix:literal, { $($field:ident: $read:expr,)* }) => {
        $(let mut $field = None;)*
        while let Some(wire::Key(key)) = $map.next_key()? {
            match key.as_ref() {
                $(stringify!($field) => {
                    const NAME: &str = concat!($prefix, stringify!($field));
                    if $field.is_some() {
                        return Err(serde::de::Error::custom(RecordError::Repeated { field: NAME }));
                    }
                    let value = $map.next_value()?;
                    $field = Some(($read)(value).map_err(|expected| {
                        let expected = String::from(expected);
                        serde::de::Error::custom(RecordError::Unexpected { field: NAME, expected })
                    })?);
                })*
                unknown => {
                    const KNOWN: &[&str] = &[$(stringify!($field)),*];
                    let field = shown_key($prefix, KNOWN, unknown);
                    return Err(serde::de::Error::custom(RecordError::UnknownField { field }));
                }
            }
        }
    };
}

impl<'de> Deserialize<'de> for ConsentRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = ConsentRecord;

    refuse_scalars!(RecordError::NotAnObject);
    refuse_lists!(RecordError::NotAnObject);
    refuse_null!(RecordError::NotAnObject);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConsentRecord, A::Error> {
        read_fields!(map, "", {
            id: wire::text,
            subject: wire::subject,
            controller: wire::text,
            recipients: wire::parties,
            status: read_status,
            purposes: flags::flags,
            data: flags::flags,
            data_period: read_data_period,
            consent_type: wire::term,
            method: wire::term,
            actor: wire::term,
            capacity: wire::term,
            granular: wire::granular,
            notice: |MaybeNotice(notice)| Ok::<_, Cow<'static, str>>(notice),
            evidence: wire::text,
            given_via: wire::channel,
            withdraw_via: flags::flags,
            conditions: condition::conditions,
            at: wire::time,
            valid_until: wire::time,
        });
        let missing = |field| de::Error::custom(RecordError::Missing { field });
        let controller = controller.flatten();
        let at = at.flatten();
        let named_controller = controller.clone().ok_or_else(|| missing("controller"));
        let dated = at.ok_or_else(|| missing("at"));
        let statement = match status.flatten().ok_or_else(|| missing("status"))? {
            Status::Grant(status) => Statement::Grant {
                status,
                controller: named_controller?,
                at: dated?,
            },
            Status::Denial(status) => Statement::Denial {
                status,
                controller,
                at,
            },
            Status::NonDecision(status) => Statement::NonDecision {
                status,
                controller: named_controller?,
                at: dated?,
            },
        };
        let details = Details {
            recipients: recipients.unwrap_or_default(),
            purposes: purposes.unwrap_or_default(),
            data: data.unwrap_or_default(),
            data_period: data_period.unwrap_or_default(),
            consent_type: consent_type.flatten(),
            method: method.flatten(),
            actor: actor.flatten(),
            capacity: capacity.flatten(),
            granular: granular.flatten(),
            notice: notice.flatten(),
            evidence: evidence.flatten(),
            given_via: given_via.flatten(),
            withdraw_via: withdraw_via.unwrap_or_default(),
            conditions: conditions.unwrap_or_default(),
            valid_until: valid_until.flatten(),
        };
        let id = id.flatten().ok_or_else(|| missing("id"))?;
        let subject = subject.flatten().ok_or_else(|| missing("subject"))?;
        ConsentRecord::new(id, subject, statement, details).map_err(de::Error::custom)
    }
}

/// A notice, or null.
struct MaybeNotice(Option<Notice>);

impl<'de> Deserialize<'de> for MaybeNotice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NoticeVisitor)
    }
}

struct NoticeVisitor;

impl NoticeVisitor {
    fn not_an_object() -> RecordError {
        RecordError::Unexpected {
            field: "notice",
            expected: "an object".to_owned(),
        }
    }
}

impl<'de> Visitor<'de> for NoticeVisitor {
    type Value = MaybeNotice;

    refuse_scalars!(NoticeVisitor::not_an_object());
    refuse_lists!(NoticeVisitor::not_an_object());

    fn visit_unit<E: de::Error>(self) -> Result<MaybeNotice, E> {
        Ok(MaybeNotice(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaybeNotice, A::Error> {
        read_fields!(map, "notice.", {
            id: wire::text,
            version: wire::text,
            shown_at: wire::time,
            purposes: flags::flags,
            controller: wire::text,
        });
        Ok(MaybeNotice(Some(Notice {
            id: id.flatten(),
            version: version.flatten(),
            shown_at: shown_at.flatten(),
            purposes: purposes.unwrap_or_default(),
            controller: controller.flatten(),
        })))
    }
}
