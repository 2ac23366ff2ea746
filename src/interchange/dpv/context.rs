//! The context of a document: it declares prefixes, which are replaced by the documented ones.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::children;
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
    Cow::Owned(match graph_of(document) {
        Some((context, records)) => with_context(context, records.to_vec()),
        None => match document.clone() {
            Node::List(records) => Node::List(records.into_iter().map(expanded_record).collect()),
            record => expanded_record(record),
        },
    })
}

/// The context of a document and the records of its `@graph`. `None` when it is not a graph, or when
/// one of its records has a context of its own beside that of the document.
fn graph_of(document: &Node) -> Option<(Option<&Node>, &[Node])> {
    let (context, records) = match document.fields()? {
        [(graph, records)] if graph == "@graph" => (None, records),
        [(key, context), (graph, records)] | [(graph, records), (key, context)]
            if key == KEY && graph == "@graph" =>
        {
            (Some(context), records)
        }
        _ => return None,
    };
    let records = records.each();
    let is_in_doubt = context.is_some() && records.iter().any(|record| record.get(KEY).is_some());
    (!is_in_doubt).then_some((context, records))
}

/// The records of a graph, with the names of its context replaced. Each of them is read only when all
/// of them can be, so what is left of the context is put into the first one alone.
fn with_context(context: Option<&Node>, records: Vec<Node>) -> Node {
    let Some(context) = context else {
        return Node::List(records.into_iter().map(expanded_record).collect());
    };
    let (declared, mut left) = Declared::of(context.clone(), &records);
    let records = records.into_iter();
    Node::List(
        records
            .map(|record| declared.record(record, &mut left))
            .collect(),
    )
}

fn expanded_record(record: Node) -> Node {
    let Node::Object(mut fields) = record else {
        return record;
    };
    let Some(at) = fields.iter().position(|(key, _)| key == KEY) else {
        return Node::Object(fields);
    };
    let (_, context) = fields.swap_remove(at);
    let record = Node::Object(fields);
    let (declared, mut left) = Declared::of(context, [&record]);
    declared.record(record, &mut left)
}

fn is_empty(context: &Node) -> bool {
    match context {
        Node::Null => true,
        Node::Object(fields) => fields.is_empty(),
        Node::List(items) => items.iter().all(is_empty),
        _ => false,
    }
}

/// The names that a node may take from a context: its keys and texts, and their prefixes.
fn gather_names<'a>(node: &'a Node, used: &mut BTreeSet<&'a str>) {
    let mut add = |name: &'a str| {
        let prefix = name.split_once(':').map(|(prefix, _)| prefix);
        used.extend([name].into_iter().chain(prefix));
    };
    match node {
        Node::Text(text) => add(text),
        Node::Object(fields) => fields.iter().for_each(|(key, _)| add(key)),
        _ => {}
    }
    children(node).for_each(|child| gather_names(child, used));
}

/// The names that a context declares for documented namespaces.
#[derive(Default)]
struct Declared {
    /// Keys and types without a prefix are those of DPV.
    has_vocabulary: bool,
    /// Each prefix, with the documented one.
    prefixes: BTreeMap<String, &'static str>,
}

impl Declared {
    /// The names of a context that are documented ones, and the rest of the context, which may change
    /// what a term in the records means.
    fn of<'a>(context: Node, records: impl IntoIterator<Item = &'a Node>) -> (Self, Option<Node>) {
        let mut used = BTreeSet::new();
        for record in records {
            gather_names(record, &mut used);
        }
        let mut declared = Self::default();
        let left = declared.take(context, &used);
        (declared, Some(left).filter(|left| !is_empty(left)))
    }

    /// A record with documented prefixes. It takes what is left of its context.
    fn record(&self, record: Node, left: &mut Option<Node>) -> Node {
        let Node::Object(fields) = record else {
            return record;
        };
        let mut fields = self.renamed(fields);
        fields.extend(left.take().map(|left| (KEY.to_owned(), left)));
        Node::Object(fields)
    }

    /// Takes what is understood from a context, and returns the rest.
    fn take(&mut self, context: Node, used: &BTreeSet<&str>) -> Node {
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

    fn is_taken(&mut self, name: &str, value: &Node, used: &BTreeSet<&str>) -> bool {
        let known = |iri: &str| CONTEXT.iter().find(|(_, known)| *known == iri);
        let namespace = value.text().and_then(known).map(|(prefix, _)| *prefix);
        let is_documented = CONTEXT.iter().any(|(prefix, _)| *prefix == name);
        match (name, namespace) {
            ("@vocab", Some(VOCABULARY)) => self.has_vocabulary = true,
            ("@version", _) if *value == Node::Number => {}
            (name, _) if name.starts_with('@') || is_documented => return false,
            (name, Some(prefix)) if !name.contains(':') => {
                return *self.prefixes.entry(name.to_owned()).or_insert(prefix) == prefix;
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
            Some((prefix, local)) if !local.starts_with("//") => match self.prefixes.get(prefix) {
                Some(documented) => format!("{documented}:{local}"),
                None => name.to_owned(),
            },
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
