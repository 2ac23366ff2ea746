//! The starting point of every scenario: a grant, a withdrawal and a post, as JSON.

use serde_json::{Map, Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

pub(crate) const AS_OF: &str = "2024-11-01T00:00:00Z";
pub(crate) const GIVEN_AT: &str = "2024-09-10T09:00:00Z";
pub(crate) const COLLECTED_AT: &str = "2024-10-01T12:00:00Z";

/// A JSON object, one line of a file.
#[derive(Clone)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    fn of(value: Value) -> Self {
        match value {
            Value::Object(fields) => Self(fields),
            _ => panic!("an object"),
        }
    }

    pub(crate) fn line(&self) -> String {
        self.text() + "\n"
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap()
    }

    pub(crate) fn value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, field: &str) -> Self {
        self.0.remove(field).unwrap();
        self
    }

    pub(crate) fn by(self, subject: &str) -> Self {
        self.with("subject", subject)
    }

    pub(crate) fn id(self, id: &str) -> Self {
        self.with("id", id)
    }

    /// A record given to another party, which its notice names too.
    pub(crate) fn to(self, controller: &str) -> Self {
        self.with("controller", controller)
            .noticed("controller", controller)
    }

    /// A record given at another time, a minute after its notice was shown.
    pub(crate) fn given_at(self, at: &str) -> Self {
        let shown = consent_gate::parse_instant(at).unwrap() - Duration::MINUTE;
        self.with("at", at)
            .noticed("shown_at", shown.format(&Rfc3339).unwrap())
    }

    /// A record with one part of its notice changed.
    pub(crate) fn noticed(mut self, part: &str, value: impl Into<Value>) -> Self {
        if let Some(Value::Object(notice)) = self.0.get_mut("notice") {
            notice.insert(part.to_owned(), value.into());
        }
        self
    }
}

/// `u1` says yes to everything that is asked.
pub(crate) fn grant() -> Object {
    Object::of(json!({
        "id": "g1", "subject": "u1", "controller": "acme", "status": "given",
        "purposes": ["train-generative"], "data": ["posts"],
        "consent_type": "explicitly-expressed", "method": "confirmation", "actor": "subject",
        "capacity": "of-age", "granular": true,
        "notice": {
            "id": "ai", "version": "3", "shown_at": "2024-09-10T08:59:00Z",
            "purposes": ["train-generative"], "controller": "acme",
        },
        "evidence": "https://consent.example/log/1", "given_via": "web",
        "withdraw_via": ["web", "app"], "at": GIVEN_AT, "valid_until": "2025-09-10T00:00:00Z",
    }))
}

/// `u1` takes it back on 15 October.
pub(crate) fn withdrawal() -> Object {
    Object::of(json!({
        "id": "w1", "subject": "u1", "controller": "acme", "status": "withdrawn",
        "purposes": ["train-generative"], "at": "2024-10-15T00:00:00Z",
    }))
}

/// A post of `u1`.
pub(crate) fn row() -> Object {
    Object::of(json!({
        "id": "r1", "subject": "u1", "collected_at": COLLECTED_AT, "data": ["posts"],
        "text": "Plums, at last.",
    }))
}
