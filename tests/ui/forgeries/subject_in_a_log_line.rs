//! A person's id in a log line, by accident.

use consent_gate::SubjectId;

fn show(subject: &SubjectId) -> String {
    format!("{subject}")
}

fn main() {}
