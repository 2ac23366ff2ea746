//! Writes a statement as a consent record of ISO/IEC TS 27560 in DPV JSON-LD.

use serde_json::{Map, Value, json};

use super::graph::is_blank_node;
use super::terms::{self, Status};
use crate::record::{ConsentRecord, DataPeriod, Details, Notice, Statement};
use crate::vocabulary::instant::text;
use crate::vocabulary::purpose::Channels;
use crate::vocabulary::term::Granularity;

/// Writes a statement as a consent record of ISO/IEC TS 27560 with one event, in DPV JSON-LD on
/// one line. [`read`](super::read) returns an equal statement.
///
/// Facts that DPV has no term for are written with the prefix `gate` (`urn:consent-gate:`). Other
/// readers can ignore them, and then lose these facts.
///
/// ```
/// use consent_gate::interchange::dpv;
/// # use consent_gate::{ConsentRecord, DenialStatus, Details, Statement};
/// # let record = ConsentRecord::new(
/// #     "w1".parse()?,
/// #     "alice".parse()?,
/// #     Statement::Denial { status: DenialStatus::Withdrawn, controller: None, at: None },
/// #     Details::default(),
/// # )?;
/// let document = dpv::write(&record);
/// assert_eq!(dpv::read(document.as_bytes())?.records(), [record]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn write(record: &ConsentRecord) -> String {
    let statement = record.statement();
    let mut whole = Fields::default();
    let context = terms::CONTEXT.iter();
    let context: Map<String, Value> = context
        .map(|(prefix, iri)| ((*prefix).to_owned(), json!(iri)))
        .collect();
    whole.put("@context", Some(context));
    whole.put_name(record.id().as_str());
    whole.put("@type", Some("dpv:ConsentRecord"));
    whole.put("dpv:hasDataSubject", Some(named(record.subject().as_str())));
    let controller = statement.controller();
    whole.put(
        "dpv:hasDataController",
        controller.map(|party| named(party.as_str())),
    );
    whole.put(
        "dpv:hasNotice",
        record.details().notice.as_ref().map(notice),
    );
    whole.put("dpv:hasProcess", Some(process(record.details())));
    whole.put("dpv:hasConsentStatus", Some(event(record)));
    Value::Object(whole.0).to_string()
}

/// The process that the statement is about.
fn process(details: &Details) -> Value {
    let mut process = Fields::default();
    process.put("@type", Some("dpv:Process"));
    let purposes = terms::purpose_terms(details.purposes);
    process.list(
        "dpv:hasPurpose",
        purposes.iter().map(|term| reference(term)),
    );
    let data = terms::data_terms(details.data);
    process.list(
        "dpv:hasPersonalData",
        data.iter().map(|term| reference(term)),
    );
    let recipients = details.recipients.iter();
    process.list(
        "dpv:hasRecipient",
        recipients.map(|party| named(party.as_str())),
    );
    let period = match details.data_period {
        DataPeriod::FromGrant => None,
        DataPeriod::AllExisting => Some(gate_term(DataPeriod::ALL_EXISTING)),
        DataPeriod::From(from) => written(from),
    };
    process.put("gate:dataPeriod", period);
    Value::Object(process.0)
}

/// The event: the status, the time, the actor and the method.
fn event(record: &ConsentRecord) -> Value {
    let (statement, details) = (record.statement(), record.details());
    let status = match statement {
        Statement::Grant { status, .. } => Status::Grant(*status),
        Statement::Denial { status, .. } => Status::Denial(*status),
        Statement::NonDecision { status, .. } => Status::NonDecision(*status),
    };
    let types = terms::status_term(status).into_iter();
    let types = types.chain(details.consent_type.and_then(terms::type_term));
    let granular = match details.granular {
        Some(Granularity::Separate) => "separate",
        Some(Granularity::Bundled) => "bundled",
        None => "unstated",
    };
    let channels = |channels: Channels| {
        channels
            .iter()
            .map(|channel| gate_term(&channel.to_string()))
    };

    let mut event = Fields::default();
    event.put("dct:identifier", Some(record.id().as_str()));
    event.put("@type", Some(types.collect::<Vec<_>>()));
    event.put("dpv:isIndicatedAtTime", statement.at().and_then(written));
    let actor = details.actor.and_then(terms::actor_term);
    event.put("dpv:isIndicatedBy", actor.map(reference));
    let method = details.method.map(|method| gate_term(method.as_str()));
    event.put("dpv:hasIndicationMethod", method);
    let capacity = details
        .capacity
        .map(|capacity| gate_term(capacity.as_str()));
    event.put("gate:capacity", capacity);
    event.put("gate:granular", Some(gate_term(granular)));
    let evidence = details.evidence.as_ref();
    event.put("gate:evidence", evidence.map(|text| literal(text.as_str())));
    event.list(
        "gate:givenVia",
        channels(details.given_via.map(Channels::from).unwrap_or_default()),
    );
    event.list("gate:withdrawVia", channels(details.withdraw_via));
    let conditions = details.conditions.iter();
    event.list(
        "gate:condition",
        conditions.map(|condition| literal(condition.as_str())),
    );
    event.put("gate:validUntil", details.valid_until.and_then(written));
    Value::Object(event.0)
}

/// A term of the prefix `gate`.
fn gate_term(token: &str) -> Value {
    reference(&format!("gate:{token}"))
}

fn notice(notice: &Notice) -> Value {
    let mut fields = Fields::default();
    fields.put("@type", Some("dpv:ConsentNotice"));
    if let Some(id) = &notice.id {
        fields.put_name(id.as_str());
    }
    let version = notice.version.as_ref();
    fields.put("dct:hasVersion", version.map(|text| literal(text.as_str())));
    fields.put("gate:shownAt", notice.shown_at.and_then(written));
    fields.list(
        "dpv:hasPurpose",
        terms::purpose_terms(notice.purposes)
            .iter()
            .map(|term| reference(term)),
    );
    let controller = notice.controller.as_ref();
    fields.put(
        "dpv:hasDataController",
        controller.map(|party| named(party.as_str())),
    );
    Value::Object(fields.0)
}

/// A person or a party.
fn named(id: &str) -> Value {
    let mut node = Fields::default();
    node.put_name(id);
    Value::Object(node.0)
}

/// A text. One that looks like a status has a type of its own, so that it is not taken for one.
fn literal(text: &str) -> Value {
    if terms::is_status(text) {
        json!({ "@value": text })
    } else {
        json!(text)
    }
}

/// A value that refers to a node by its id.
fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

fn written(at: time::UtcDateTime) -> Option<Value> {
    // INVARIANT (a record can be written): the years of its times have four digits, so this is `Some`.
    let text = text(at).ok()?;
    Some(json!({ "@type": "xsd:dateTime", "@value": text }))
}

/// Builds an object from the fields that are present.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// The id of a node. An identifier can be any text; an `@id` cannot be that of a blank node or of
    /// a status.
    fn put_name(&mut self, id: &str) {
        let is_plain = !is_blank_node(id) && !terms::is_status(id);
        self.put(if is_plain { "@id" } else { "dct:identifier" }, Some(id));
    }

    fn list(&mut self, name: &str, values: impl Iterator<Item = Value>) {
        let values: Vec<Value> = values.collect();
        self.put(name, (!values.is_empty()).then_some(values));
    }
}
