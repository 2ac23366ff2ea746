//! The context of a document: the names that it declares for namespaces, put into the documented ones.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::terms::{CONTEXT, plain_names};
use super::walk::surplus;
use crate::interchange::node::Node;

/// The key of a context.
const KEY: &str = "@context";

/// The namespace of DPV, as the documented prefix.
const VOCABULARY: &str = "dpv";

/// The records of a document, with the documented prefixes in place of others that the context declares
/// for the same namespaces. What is left of the context may change what a term means.
///
/// - The records of an `@graph` have the context of their document.
/// - `@vocab` may be the namespace of DPV: a key without a prefix is then one of DPV.
/// - A prefix may be declared for one of the documented namespaces.
/// - A prefix that is declared for another namespace and not used has no effect.
pub(super) fn expanded(document: &Node) -> Cow<'_, Node> {
    let mut records = document.each().iter();
    let is_plain = |record: &Node| {
        let mut contexts = record.get(KEY).into_iter().flat_map(Node::each);
        record.get("@graph").is_none() && contexts.all(|context| surplus(context).is_none())
    };
    if records.all(is_plain) {
        return Cow::Borrowed(document);
    }
    Cow::Owned(match document.clone() {
        Node::Object(fields) => match graph_of(fields) {
            Ok(records) => Node::List(records.into_iter().map(expanded_record).collect()),
            Err(fields) => expanded_record(Node::Object(fields)),
        },
        Node::List(records) => Node::List(records.into_iter().map(expanded_record).collect()),
        other => other,
    })
}

/// The records of an `@graph`, each with the context, or the fields of a document without one.
fn graph_of(mut fields: Vec<(String, Node)>) -> Result<Vec<Node>, Vec<(String, Node)>> {
    let is_only = fields.iter().all(|(key, _)| key == KEY || key == "@graph");
    let graphs = fields.iter().filter(|(key, _)| key == "@graph").count();
    let contexts = fields.len().saturating_sub(graphs);
    if !is_only || graphs != 1 || contexts > 1 {
        return Err(fields);
    }
    let Some(at) = fields.iter().position(|(key, _)| key == "@graph") else {
        return Err(fields);
    };
    let (_, graph) = fields.swap_remove(at);
    let records = match graph {
        Node::List(records) => records,
        one => vec![one],
    };
    let context = fields.pop();
    let with_context = |record| match (record, &context) {
        (Node::Object(mut fields), Some((key, context))) => {
            fields.push((key.clone(), context.clone()));
            Node::Object(fields)
        }
        (record, _) => record,
    };
    Ok(records.into_iter().map(with_context).collect())
}

fn expanded_record(record: Node) -> Node {
    let Node::Object(mut fields) = record else {
        return record;
    };
    let Some(at) = fields.iter().position(|(key, _)| key == KEY) else {
        return Node::Object(fields);
    };
    let (key, context) = fields.swap_remove(at);
    let mut used = BTreeSet::new();
    for (key, value) in &fields {
        gather_names(key, value, &mut used);
    }
    let mut declared = Declared::default();
    let left = declared.take(context, &used);
    let mut fields = declared.renamed(fields);
    if !is_empty(&left) {
        fields.push((key, left));
    }
    Node::Object(fields)
}

fn is_empty(context: &Node) -> bool {
    match context {
        Node::Null => true,
        Node::Object(fields) => fields.is_empty(),
        Node::List(items) => items.iter().all(is_empty),
        _ => false,
    }
}

/// The names that a document may take from a context: its keys and texts, and their prefixes.
fn gather_names(key: &str, value: &Node, used: &mut BTreeSet<String>) {
    let mut add = |name: &str| {
        let prefix = name.split_once(':').map(|(prefix, _)| prefix.to_owned());
        used.extend([name.to_owned()].into_iter().chain(prefix));
    };
    add(key);
    match value {
        Node::Text(text) => add(text),
        Node::List(items) => items.iter().for_each(|item| gather_names(key, item, used)),
        Node::Object(fields) => {
            for (key, value) in fields {
                gather_names(key, value, used);
            }
        }
        _ => {}
    }
}

/// The names that a context declares for documented namespaces.
#[derive(Default)]
struct Declared {
    /// Keys and types without a prefix are those of DPV.
    has_vocabulary: bool,
    /// Each prefix, with the documented one.
    prefixes: Vec<(String, &'static str)>,
}

impl Declared {
    /// Takes what is understood from a context, and returns the rest.
    fn take(&mut self, context: Node, used: &BTreeSet<String>) -> Node {
        match context {
            Node::List(items) => {
                let rest = items.into_iter().map(|item| self.take(item, used));
                Node::List(rest.filter(|item| !is_empty(item)).collect())
            }
            Node::Object(fields) => {
                let rest = fields.into_iter();
                let rest = rest.filter(|(name, value)| !self.is_taken(name, value, used));
                Node::Object(rest.collect())
            }
            other => other,
        }
    }

    fn is_taken(&mut self, name: &str, value: &Node, used: &BTreeSet<String>) -> bool {
        let known = |iri: &str| CONTEXT.iter().find(|(_, known)| *known == iri);
        let namespace = value.text().and_then(known).map(|(prefix, _)| *prefix);
        let is_documented = CONTEXT.iter().any(|(prefix, _)| *prefix == name);
        match (name, namespace) {
            ("@vocab", Some(VOCABULARY)) => self.has_vocabulary = true,
            ("@version", _) if *value == Node::Number => {}
            (name, _) if name.starts_with('@') || is_documented => return false,
            (name, Some(prefix)) if !name.contains(':') => {
                self.prefixes.push((name.to_owned(), prefix));
            }
            (name, _) => return is_prefix(name, value) && !used.contains(name),
        }
        true
    }

    /// The fields with documented prefixes.
    fn renamed(&self, fields: Vec<(String, Node)>) -> Vec<(String, Node)> {
        let renamed = fields.into_iter().map(|(key, value)| {
            let name = self.name(&key, !plain_names().any(|name| name == key));
            let value = self.value(&name, value);
            (name, value)
        });
        renamed.collect()
    }

    fn value(&self, key: &str, value: Node) -> Node {
        match value {
            Node::Text(text) if key == "@type" => Node::Text(self.name(&text, true)),
            Node::Text(text) if key == "@id" => Node::Text(self.name(&text, false)),
            Node::List(items) => Node::List(
                items
                    .into_iter()
                    .map(|item| self.value(key, item))
                    .collect(),
            ),
            Node::Object(fields) => Node::Object(self.renamed(fields)),
            other => other,
        }
    }

    /// A key, a type or an id with its documented prefix.
    fn name(&self, name: &str, is_of_vocabulary: bool) -> String {
        match name.split_once(':') {
            Some((prefix, local)) if !local.starts_with("//") => {
                let mut declared = self.prefixes.iter();
                match declared.find(|(declared, _)| declared == prefix) {
                    Some((_, documented)) => format!("{documented}:{local}"),
                    None => name.to_owned(),
                }
            }
            None if self.has_vocabulary && is_of_vocabulary && !name.starts_with('@') => {
                format!("{VOCABULARY}:{name}")
            }
            _ => name.to_owned(),
        }
    }
}

/// Returns true for the declaration of a prefix for a namespace.
fn is_prefix(name: &str, value: &Node) -> bool {
    let is_namespace = |iri: &str| iri.contains("://") && iri.ends_with(['#', '/']);
    !name.contains(':') && value.text().is_some_and(is_namespace)
}
