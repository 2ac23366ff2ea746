//! Consents in other formats, which `--format` names.

use consent_gate::ConsentRecord;
use consent_gate::interchange::dpv;
use serde_json::json;

use crate::program::{Job, SECRET, run};
use crate::world::{GIVEN_AT, Object, grant, row, withdrawal};

fn consents(format: &str, text: impl Into<Vec<u8>>) -> Job {
    Job::raw(row().line(), text).option("--format", format)
}

fn in_dpv(record: &Object) -> String {
    let record: ConsentRecord = serde_json::from_value(record.value()).unwrap();
    dpv::write(&record) + "\n"
}

#[test]
fn records_in_dpv_decide_as_they_do_in_their_own_form() {
    consents("dpv", in_dpv(&grant())).permits();
    consents("dpv", in_dpv(&grant()) + &in_dpv(&withdrawal())).denies(&[], &["STANDING"]);
    consents("native", grant().line()).permits();
}

/// A person who withdraws from one thing has not withdrawn from another.
#[test]
fn a_withdrawal_of_marketing_in_dpv_leaves_training_alone() {
    let withdrawal = json!({
        "@id": "urn:w1", "@type": "dpv:ConsentRecord", "dpv:hasDataSubject": { "@id": "u1" },
        "dpv:hasDataController": "acme", "dpv:hasProcess": { "dpv:hasPurpose": "dpv:Marketing" },
        "dpv:hasConsentStatus": {
            "@type": "dpv:ConsentWithdrawn", "dpv:isIndicatedAtTime": "2024-10-15T09:00:00Z"
        }
    });
    consents("dpv", format!("{}{withdrawal}\n", in_dpv(&grant()))).permits();
    let all = withdrawal
        .to_string()
        .replace("dpv:Marketing", "dpv:ResearchAndDevelopment");
    consents("dpv", in_dpv(&grant()) + &all).denies(&[], &["STANDING"]);
}

/// The shape of a public consent manager's withdrawal: faults, and a no that names the person.
#[test]
fn a_withdrawal_in_dpv_with_faults_is_a_denial() {
    let withdrawal = json!({
        "@context": { "@vocab": "https://w3id.org/dpv#" },
        "@type": ["dpv:ConsentRecord", "iso27560:ConsentRecordInformationStructure"],
        "@id": "urn:uuid:c1",
        "dpv:hasDataSubject": { "@type": "dpv:DataSubject", "dpv:hasIdentifier": "u1" },
        "dpv:hasConsentStatus": {
            "@type": "ConsentWithdrawn", "@id": "https://w3id.org/dpv#ConsentWithdrawn"
        },
        "dpv:hasEffectiveDate": "2024-10-15"
    });
    consents("dpv", in_dpv(&grant()) + &withdrawal.to_string()).denies(&[], &["STANDING"]);
    // The person is found without the status, too.
    let asked = withdrawal
        .to_string()
        .replace("ConsentWithdrawn", "ConsentOngoing");
    let job = consents("dpv", in_dpv(&grant()) + &asked).option("--quarantine", "0");
    job.denies(&[], &["READABLE"]);
}

#[test]
fn a_table_decides_as_its_rows_do() {
    let table = format!(
        "id,subject,controller,status,purposes,data,consent_type,method,actor,capacity,granular,\
         notice.id,notice.version,notice.shown_at,notice.purposes,notice.controller,evidence,\
         given_via,withdraw_via,at,valid_until\n\
         g1,u1,acme,given,train-generative,posts,explicitly-expressed,confirmation,subject,of-age,\
         true,ai,3,2024-09-10T08:59:00Z,train-generative,acme,log:1,web,web;app,{GIVEN_AT},\
         2025-09-10T00:00:00Z\n"
    );
    consents("csv", table.clone()).permits();
    consents("csv", table + "w1,u1,acme,withdrawn,,,,,,,,,,,,,,,,,\n").denies(&[], &["STANDING"]);
}

/// Source: a table that a database wrote with its marker of NULL as the party of a withdrawal.
#[test]
fn a_null_marker_in_a_table_stops_the_program() {
    let table = format!(
        "id,subject,controller,status\ng1,u1,acme,given\nw1,u1,\\N,withdrawn\n{}",
        "w2,u2,acme,withdrawn\n"
    );
    let table = table.replace("g1,u1,acme,given", "g1,u1,acme,refused");
    let job = consents("csv", table);
    job.fails(&[
        "consents.jsonl: line 3, column 1: column `controller`",
        "NULL marker `\\N` of PostgreSQL",
    ]);
    let job = job.option("--quarantine", "0");
    job.denies(&["ON_RECORD"], &["READABLE", "STANDING"]);
}

/// Source: `COPY … TO … CSV HEADER` of PostgreSQL, with columns of names of its own.
#[test]
fn a_copy_out_of_a_database_is_read() {
    let table = "\
consent_id,user_id,controller,status,purposes,data,data_period,consent_type,method,actor,capacity,granular,evidence,given_via,withdraw_via,created_at,valid_until,notice.id,notice.version,notice.shown_at,notice.purposes,notice.controller,agent
g1,u1,acme,given,{train-generative},{posts},all-existing,explicitly-expressed,opt-in-control,subject,of-age,t,log:1,web,{web},2024-09-10 09:00:00+00,2025-09-10 00:00:00+00,ai,3,2024-09-10 08:59:00+00,{train-generative},acme,jane
";
    let job = consents("csv", table);
    job.fails(&["column 1: its name is not a field", "--columns NAME=FIELD"]);
    let named = |table: &str| {
        let job = consents("csv", table).option("--columns", "consent_id=id");
        let job = job.option("--columns", "user_id=subject");
        job.option("--columns", "created_at=at")
            .option("--columns", "agent=-")
    };
    named(table).permits();
    let local = table.replace("+00,", ",");
    named(&local).fails(&["line 2, column 1: field `", "expected a time with a zone"]);
    named(&local).option("--zone", "UTC").permits();
    let tabs = table.replace(',', "\t");
    named(&tabs).fails(&["seem to be separated by tabs"]);
    named(&tabs).option("--delimiter", "tab").permits();
    named(table)
        .option("--columns", "x=nothing")
        .fails(&["`nothing` is not a field"]);
    named(table)
        .option("--columns", "x=-")
        .fails(&["column `x`: not a column of the table"]);
}

#[test]
fn a_receipt_is_no_consent_on_record() {
    let receipt = json!({
        "version": "KI-CR-v1.1.0", "consentReceiptID": "c1", "consentTimestamp": 1_725_958_800,
        "piiPrincipalId": "u1", "piiControllers": [{ "piiController": "acme" }],
        "services": [{ "service": "chat", "purposes": [{ "purpose": "train_ai_system", "consentType": "EXPLICIT" }] }]
    });
    consents("kantara", receipt.to_string()).denies(&["ON_RECORD"], &[]);
}

#[test]
fn a_default_of_fides_is_not_an_act_of_the_person() {
    let entry = json!({
        "id": "e1", "external_id": "u1", "preference": "opt_in", "request_timestamp": GIVEN_AT,
        "privacy_notice_history": { "id": "n1", "consent_mechanism": "opt_out", "data_uses": ["train_ai_system"] }
    });
    let open = [
        "GRANULAR",
        "EXPLICIT",
        "PERSONAL",
        "INFORMED",
        "EVIDENCED",
        "WITHDRAWABLE",
        "CAPACITY",
        "CURRENT",
        "CATEGORY",
    ];
    let job = consents("fides", entry.to_string()).option("--controller", "acme");
    job.denies(&open, &["AFFIRMATIVE"]);
}

/// An export of a consent platform, and a map beside it.
#[test]
fn a_map_in_a_file_reads_an_export() {
    let folder = Job::raw(row().line(), "").laid_down();
    let switch = grant().value();
    let mut switch: Vec<_> = switch.as_object().unwrap().clone().into_iter().collect();
    switch.retain(|(name, _)| {
        !["id", "subject", "controller", "status", "at"].contains(&name.as_str())
    });
    let map = json!({
        "preset": "onetrust-api", "controller": "acme",
        "switches": { "AI training": serde_json::Value::Object(switch.into_iter().collect()) }
    });
    folder.write("map.json", map.to_string());
    let page = |status: &str| {
        let purpose = json!({ "name": "AI training", "status": status, "consentDate": GIVEN_AT });
        json!({ "content": [{ "identifier": "u1", "purposes": [purpose] }] }).to_string()
    };
    let gated = |status: &str| {
        folder.write("consents.jsonl", page(status));
        let mut arguments = vec!["--rows", "rows.jsonl", "--consents", "consents.jsonl"];
        arguments.extend(["--out", "out.jsonl", "--overwrite", "--map", "map.json"]);
        let job = Job::raw("", "");
        arguments.extend(job.question());
        let ended = run(&mut folder.gate(arguments), b"");
        let rows = std::fs::read(folder.path("out.jsonl")).unwrap_or_default();
        (ended.code, ended.stderr, rows)
    };
    assert_eq!(gated("ACTIVE").2, row().line().into_bytes());
    assert!(gated("WITHDRAWN").1.contains("withheld for R15 STANDING"));
    folder.write("map.json", map.to_string().replace("onetrust-api", "one"));
    let (code, says, _) = gated("ACTIVE");
    assert_eq!(code, Some(1));
    assert!(
        says.contains("map.json: line 1: unknown variant `one`"),
        "{says}"
    );
}

/// Source: the consent report of fides, as it is served.
#[test]
fn a_report_of_fides_names_the_person_in_the_field_that_is_said() {
    let entry = json!({
        "id": "e1", "privacy_request_id": null, "email": null, "external_id": null,
        "fides_user_device_id": "u1", "secondary_user_ids": null, "request_timestamp": GIVEN_AT,
        "request_origin": "modal", "request_status": null, "request_type": "consent",
        "privacy_notice_history_id": "n1", "preference": "opt_in", "user_geography": "eea",
        "affected_system_status": {}, "method": "save", "notice_name": "AI training",
        "tcf_preferences": null, "property_id": null
    });
    for report in [
        entry.clone(),
        json!({ "items": [entry], "total": 1, "page": 1 }),
    ] {
        let job = consents("fides", report.to_string()).option("--controller", "acme");
        job.fails(&["field `external_id`: expected the id of a person"]);
        let job = job.option("--subject-field", "fides_user_device_id");
        let outcome = job.run();
        let open = &outcome.report()["any"];
        assert_eq!(
            (&open["PURPOSE"], &open["AFFIRMATIVE"]),
            (&json!(1), &json!(1))
        );
    }
}

/// Source: the consent report of fides, which has the ids of notices, beside an export of the notices.
#[test]
fn the_notices_of_fides_may_be_in_a_file_of_their_own() {
    let entry = json!({
        "id": "e1", "external_id": "u1", "request_timestamp": GIVEN_AT, "preference": "opt_in",
        "request_origin": "overlay", "method": "save", "privacy_notice_history_id": "n1"
    });
    let folder = Job::raw(row().line(), entry.to_string()).laid_down();
    let version =
        json!({ "id": "n1", "consent_mechanism": "opt_in", "data_uses": ["train_ai_system"] });
    let mut arguments = vec!["--rows", "rows.jsonl", "--consents", "consents.jsonl"];
    arguments.extend([
        "--format",
        "fides",
        "--controller",
        "acme",
        "--notices",
        "notices.json",
    ]);
    arguments.extend([
        "--out",
        "out.jsonl",
        "--withheld",
        "withheld.jsonl",
        "--overwrite",
    ]);
    let job = Job::raw("", "");
    arguments.extend(job.question());
    let gated = |notices: serde_json::Value| {
        folder.write("notices.json", notices.to_string());
        let ended = run(&mut folder.gate(arguments.clone()), b"");
        (ended.code, ended.stderr)
    };
    assert_eq!(gated(json!([version])).0, Some(0));
    let withheld = std::fs::read_to_string(folder.path("withheld.jsonl")).unwrap();
    assert!(withheld.contains("EXPLICIT"), "{withheld}");
    assert!(
        !withheld.contains("PURPOSE") && !withheld.contains("AFFIRMATIVE"),
        "{withheld}"
    );
    let (code, says) = gated(json!({ "id": "n1" }));
    assert_eq!(code, Some(1));
    assert!(
        says.contains("notices.json: notices: expected a list"),
        "{says}"
    );
}

#[test]
fn what_cannot_be_read_stops_the_program_or_is_quarantined() {
    let broken = in_dpv(&grant()).replace("ConsentGiven", SECRET);
    let job = consents("dpv", broken);
    job.fails(&[
        "consents.jsonl: line 1, column ",
        "record, event 1: expected one status",
    ]);
    job.option("--quarantine", "0")
        .denies(&["ON_RECORD"], &["READABLE"]);
    consents("csv", "id,subject,status\nw1,u1\n")
        .fails(&["consents.jsonl: line 2: expected a cell"]);
    consents("dpv", grant().line()).fails(&["record: expected a consent record"]);
}

/// Whatever a resource says, the program is not told how the consent was given.
#[test]
fn a_consent_of_fhir_leaves_open_how_it_was_given_and_its_no_counts() {
    let consent = |effect: &str| {
        let document = json!({
            "resourceType": "Consent", "id": "c1", "status": "active",
            "patient": { "reference": "Patient/u1" }, "dateTime": GIVEN_AT,
            "organization": [{ "reference": "Organization/acme" }],
            "performer": [{ "reference": "Patient/u1" }],
            "provision": { "type": effect, "purpose": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code": "MLTRAINING"
            }] }
        });
        consents("fhir", format!("{document}\n"))
    };
    let open = [
        "GRANULAR",
        "AFFIRMATIVE",
        "EXPLICIT",
        "INFORMED",
        "EVIDENCED",
        "WITHDRAWABLE",
        "CAPACITY",
        "CURRENT",
        "CATEGORY",
    ];
    consent("permit")
        .option("--references", "logical-id")
        .denies(&open, &[]);
    // The ids of the rows are not references.
    consent("permit").denies(&["ON_RECORD"], &[]);
    consent("deny")
        .option("--references", "logical-id")
        .denies(&["ON_RECORD"], &["STANDING"]);
}
