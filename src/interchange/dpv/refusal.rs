//! What is kept of a document with a fault: the people whom it names, and a no to everything.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use super::graph::{children, identifier, is_blank_node, people, said, values};
use super::terms;
use crate::digest::Digest;
use crate::interchange::node::{Node, positions};
use crate::record::{ConsentRecord, Details, Statement};
use crate::vocabulary::id::{RecordId, SubjectId};
use crate::vocabulary::term::DenialStatus;

/// The people that a document names as data subjects, at any depth and in any spelling. `None` when
/// they are in doubt.
pub(super) fn people_in(document: &Node) -> Option<Vec<SubjectId>> {
    let mut nodes = BTreeMap::new();
    gather_nodes(document, &mut nodes);
    let mut all = BTreeSet::new();
    for record in document.each() {
        let mut subjects = Vec::new();
        gather_subjects(record, &mut subjects);
        if subjects.is_empty() {
            return None;
        }
        for subject in subjects {
            let own = people(subject);
            // The identifier may be in another object with the same id.
            let id = said(subject).filter(|id| nodes.contains_key(id));
            if own.is_empty() && id.is_none() {
                return None;
            }
            all.extend(own);
            // Each object is taken once.
            all.extend(
                id.and_then(|id| nodes.get_mut(id))
                    .into_iter()
                    .flat_map(take),
            );
        }
    }
    Some(all.into_iter().collect()).filter(|all: &Vec<_>| !all.is_empty())
}

/// The people whom the objects of a document name, by the ids of the objects.
fn gather_nodes<'a>(node: &'a Node, nodes: &mut BTreeMap<&'a str, Vec<SubjectId>>) {
    if let Some(id) = node.get("@id").and_then(Node::text) {
        let people = people(node);
        if !people.is_empty() {
            nodes.entry(id).or_default().extend(people);
        }
    }
    for child in children(node) {
        gather_nodes(child, nodes);
    }
}

fn gather_subjects<'a>(node: &'a Node, subjects: &mut Vec<&'a Node>) {
    for (key, value) in node.fields().unwrap_or_default() {
        if terms::is_subject_key(key) {
            subjects.extend(value.each().iter().filter(|value| **value != Node::Null));
        }
    }
    for child in children(node) {
        gather_subjects(child, subjects);
    }
}

/// The denials in a document with a fault: of everything, to every party, for ever, by each person
/// whom it names. `None` when there is no sign of a no in it, or the people are in doubt.
pub(super) fn denials(json: &[u8], document: &Node) -> Option<Vec<ConsentRecord>> {
    let status = sign_of_a_no(document)?;
    let people = people_in(document)?;
    let mut records = document.each().iter();
    let own = records.find_map(|record| {
        let mut ids = values(record, "@id").into_iter();
        let own = ids.find_map(said).filter(|id| !is_blank_node(id));
        own.or_else(|| identifier(record))
    });
    let id = own.map_or_else(
        || Digest::of_json(&String::from_utf8_lossy(json)).to_string(),
        str::to_owned,
    );
    let statement = Statement::Denial {
        status,
        controller: None,
        at: None,
    };
    let denial = |(position, person): (usize, &SubjectId)| {
        let id = match position {
            1 => format!("{id}#refused"),
            _ => format!("{id}#refused/{position}"),
        };
        let id = RecordId::new(id).ok()?;
        let (statement, details) = (statement.clone(), Details::default());
        ConsentRecord::new(id, person.clone(), statement, details).ok()
    };
    positions(&people).map(denial).collect()
}

/// The status of the first text or key that says no, whatever its place and its prefix.
fn sign_of_a_no(node: &Node) -> Option<DenialStatus> {
    let own = node.text().and_then(terms::says_no);
    let mut keys = node.fields().unwrap_or_default().iter();
    own.or_else(|| keys.find_map(|(key, _)| terms::says_no(key)))
        .or_else(|| children(node).find_map(sign_of_a_no))
}
