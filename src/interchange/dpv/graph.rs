//! The values of a property, and the people and parties that they name.

use std::borrow::Cow;
use std::str::FromStr;

use super::terms::{self, property, short};
use crate::interchange::node::Node;
use crate::vocabulary::id::{PartyId, SubjectId};

/// The values of a property, in any spelling of its key.
pub(super) fn values<'a>(node: &'a Node, name: &str) -> Vec<&'a Node> {
    let fields = node.fields().unwrap_or_default().iter();
    fields
        .filter(|(key, _)| property(key) == name)
        .flat_map(|(_, value)| value.each())
        .filter(|value| **value != Node::Null)
        .collect()
}

/// The text of a value: a text, the id that it refers to, or a typed text.
pub(super) fn said(node: &Node) -> Option<&str> {
    node.text()
        .or_else(|| node.get("@id")?.text())
        .or_else(|| node.get("@value")?.text())
}

/// The term of a value that is nothing else. An object with more fields is something narrower.
pub(super) fn term(node: &Node) -> Option<Cow<'_, str>> {
    let is_bare = node.fields().is_none_or(|fields| fields.len() == 1);
    is_bare.then(|| said(node)).flatten().map(short)
}

/// The id of a record or an event that is given by a property.
pub(super) fn identifier(node: &Node) -> Option<&str> {
    let names = ["dct:identifier", "dpv:hasIdentifier"];
    names
        .iter()
        .flat_map(|name| values(node, name))
        .find_map(said)
}

/// The person or the people that a value names. A reader takes one, a denial takes all of them.
pub(super) fn people(node: &Node) -> Vec<SubjectId> {
    named(node)
}

/// The party or the parties that a value names. A grant takes one, a denial takes all of them. A
/// party is never a number.
pub(super) fn parties(node: &Node) -> Vec<PartyId> {
    match node {
        Node::Whole(_) | Node::Large(_) => Vec::new(),
        _ => named(node),
    }
}

fn named<T: FromStr + Ord>(node: &Node) -> Vec<T> {
    let names = names(node);
    let mut found: Vec<T> = names.iter().filter_map(|name| name.parse().ok()).collect();
    found.sort();
    found.dedup();
    found
}

/// The only one that a value names.
pub(super) fn only<T>(mut found: Vec<T>) -> Option<T> {
    let one = found.pop()?;
    found.is_empty().then_some(one)
}

/// The names in a value: of a node, its `@id` and its identifiers, in whatever spelling they are.
pub(super) fn names(node: &Node) -> Vec<Cow<'_, str>> {
    match node {
        Node::Text(text) if !is_blank_node(text) => vec![text.as_str().into()],
        Node::Whole(number) => u64::try_from(*number)
            .map(|number| number.to_string().into())
            .into_iter()
            .collect(),
        Node::Large(number) => vec![number.to_string().into()],
        Node::List(items) => items.iter().flat_map(names).collect(),
        Node::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match terms::folded_name(key).as_str() {
                "id" | "value" | "partyid" | "recordid" | "eventid" | "noticeid" => names(value),
                "identifier" | "hasidentifier" => literals(value),
                _ => Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The names in an identifier, which is a literal: any text is one, that of a blank node too.
fn literals(node: &Node) -> Vec<Cow<'_, str>> {
    match node {
        Node::Text(text) => vec![text.as_str().into()],
        Node::List(items) => items.iter().flat_map(literals).collect(),
        Node::Object(fields) => fields
            .iter()
            .filter(|(key, _)| {
                let name = terms::folded_name(key);
                matches!(
                    name.as_str(),
                    "id" | "value" | "identifier" | "hasidentifier"
                )
            })
            .flat_map(|(_, value)| literals(value))
            .collect(),
        other => names(other),
    }
}

/// A blank node has no name outside of its document.
pub(super) fn is_blank_node(id: &str) -> bool {
    id.starts_with("_:")
}

/// The values of the properties of an object, and the items of a list.
pub(super) fn children(node: &Node) -> impl Iterator<Item = &Node> {
    let items = match node {
        Node::List(items) => items.as_slice(),
        _ => &[],
    };
    let fields = node.fields().unwrap_or_default().iter();
    items.iter().chain(fields.map(|(_, value)| value))
}
