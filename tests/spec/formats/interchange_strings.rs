//! TCF and GPP strings: no purpose in them is AI training, and nothing reads a grant out of them.

use consent_gate::interchange::{
    Documents, Dpv, Fides, Kantara, PreferenceMap, ReceiptStatus, read_table,
};
use consent_gate::json::OnUnreadable;
use consent_gate::{Ledger, Rules as Rule, Statement};
use serde_json::json;

use crate::world::{gate, grant, name, on_file, post};

/// A TC string of version 2 in which every purpose, special feature, vendor and legitimate
/// interest is consented to, made by the layout of the IAB's "Consent string and vendor list
/// formats v2".
const EVERYTHING: &str = "CQEwGmgQEwGmgAVAHBENAwEv_________wYgAQP____8AIH____-AAA";

fn strings() -> [String; 2] {
    [EVERYTHING.to_owned(), format!("DBABMA~{EVERYTHING}")]
}

/// R1 · IAB TCF 2.2: the sample says yes to all 24 purposes, at bits 152 to 175.
#[test]
fn the_sample_consents_to_every_purpose() {
    assert!(EVERYTHING.starts_with('C'), "version 2");
    assert_eq!(
        EVERYTHING.get(25..30),
        Some("_____"),
        "six bits each, all set"
    );
}

/// R1 · IAB TCF 2.2, GPP: no reader makes a grant from a string, bare or quoted.
#[test]
fn no_reader_returns_a_grant_for_a_string() {
    let acme = || name("acme");
    let klaro = PreferenceMap::klaro(acme())
        .switch("ai", grant().record().details().clone())
        .build()
        .unwrap();
    for string in strings() {
        for document in [string.clone(), json!(string).to_string()] {
            let bytes = document.as_bytes();
            assert!(Dpv.read(bytes).is_err());
            assert!(
                Kantara::with_status(ReceiptStatus::Stands)
                    .read(bytes)
                    .is_err()
            );
            assert!(Fides::new(acme()).read(bytes).is_err());
            assert!(klaro.read(bytes).is_err());
            assert!(read_table(bytes, OnUnreadable::Stop).is_err());
        }
        let answer = json!({
            "subject": "u1", "at": "2024-09-10T09:00:00Z", "confirmed": true,
            "consents": { "ai": string }
        });
        assert!(klaro.read(answer.to_string().as_bytes()).is_err());
    }
}

/// R1 · fides: an entry that holds a string neither grants nor denies.
#[test]
fn every_tcf_purpose_and_nothing_else_is_no_consent_on_record() {
    for string in strings() {
        let entry = json!({
            "id": "e1", "external_id": "u1", "preference": "tcf", "method": "accept",
            "request_timestamp": "2024-09-10T09:00:00Z", "fides_string": string,
            "privacy_notice_history": { "id": "n", "consent_mechanism": "opt_in", "data_uses": ["train_ai_system"] }
        });
        let read = Fides::new(name("acme"))
            .read(entry.to_string().as_bytes())
            .unwrap();
        let records = read.into_records();
        assert!(matches!(
            records[0].statement(),
            Statement::NonDecision { .. }
        ));
        on_file(records.clone()).leaves_unproven(Rule::ON_RECORD);
        let ledger: Ledger = records.into_iter().collect();
        assert!(
            !gate()
                .build()
                .unwrap()
                .with(&ledger)
                .decide(&post())
                .is_permit()
        );
    }
}
