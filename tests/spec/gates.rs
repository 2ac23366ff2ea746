//! The gate itself: what cannot be built, how it states itself, and its canonical form, which
//! depends on everything that can change a decision and on nothing else.

use consent_gate::{Condition, Gate, GateBuilder, GateError, NoticeId, Purposes, Rules as Rule};
use serde_json::json;
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::world::{AS_OF, NANOSECOND, gate, gate_of, name};

fn refused(builder: GateBuilder) -> GateError {
    builder.build().unwrap_err()
}

/// R4 · every set contains the empty one: asking for nothing would let everything pass.
#[test]
fn a_gate_that_asks_for_no_purpose_cannot_be_built() {
    let error = refused(gate_of("acme", Purposes::empty(), AS_OF));
    assert_eq!(error, GateError::NoPurpose);
    assert_eq!(error.to_string(), "purposes: expected at least one");
}

/// R4 · names only, never numbers.
#[test]
fn a_gate_that_asks_for_a_purpose_without_a_name_cannot_be_built() {
    let unnamed = Purposes::from_bits_retain(1 << 31);
    for purposes in [unnamed, unnamed | Purposes::TRAIN_GENERATIVE] {
        let error = refused(gate_of("acme", purposes, AS_OF));
        assert_eq!(error, GateError::UnnamedPurpose);
        assert_eq!(
            error.to_string(),
            "purposes: expected only bits that have a name"
        );
    }
}

/// R3 · a gate needs a trainer.
#[test]
fn a_gate_of_a_trainer_without_a_name_cannot_be_built() {
    for blank in ["", " ", "\t\n", "\u{0}"] {
        let error = refused(gate_of(blank, Purposes::SEARCH, AS_OF));
        assert!(matches!(error, GateError::Trainer(_)));
        assert_eq!(
            error.to_string(),
            "trainer: expected a text that is not blank"
        );
    }
}

/// R14 · a maximum age is greater than zero.
#[test]
fn a_gate_of_no_or_negative_maximum_age_cannot_be_built() {
    for age in [Duration::ZERO, -NANOSECOND, Duration::MIN] {
        let error = refused(gate().maximum_age(age));
        assert_eq!(error, GateError::MaximumAge);
        assert_eq!(error.to_string(), "maximum age: expected more than zero");
    }
    assert!(gate().maximum_age(NANOSECOND).build().is_ok());
    assert!(gate().maximum_age(Duration::MAX).build().is_ok());
}

/// R13 · an instant that can be written.
#[test]
fn a_gate_of_an_instant_that_cannot_be_written_cannot_be_built() {
    for at in [
        UtcDateTime::MIN,
        utc_datetime!(0000-01-01 0:00) - NANOSECOND,
    ] {
        let error = refused(gate_of("acme", Purposes::SEARCH, at));
        assert_eq!(error, GateError::AsOf);
        assert_eq!(
            error.to_string(),
            "as-of: expected a year from 0 to 9999, in UTC"
        );
    }
    for at in [utc_datetime!(0000-01-01 0:00), UtcDateTime::MAX] {
        assert!(gate_of("acme", Purposes::SEARCH, at).build().is_ok());
    }
}

/// The getters of a gate return everything that it was built of.
#[test]
fn a_gate_tells_what_it_was_built_of() {
    let gate = all_of_it().build().unwrap();
    assert_eq!(gate.trainer().as_str(), "acme");
    assert_eq!(gate.purposes(), Purposes::TRAIN_GENERATIVE);
    assert_eq!(gate.as_of(), AS_OF);
    let notices = gate.accepted_notices();
    let notices: Vec<_> = notices
        .map(|(id, version)| (id.as_str(), version.as_str()))
        .collect();
    assert_eq!(notices, [("ai", "3"), ("ai", "4"), ("terms", "1")]);
    assert_eq!(gate.maximum_age(), Some(Duration::days(365)));
    assert_eq!(gate.waivers().rules(), Rule::EVIDENCED | Rule::CAPACITY);
    let assured: Vec<_> = gate.assured().map(Condition::as_str).collect();
    assert_eq!(assured, ["de-identified", "non-commercial"]);
    assert_eq!(gate.max_lag(), Some(Duration::hours(36)));
}

fn all_of_it() -> GateBuilder {
    gate()
        .accept_notice(name("terms"), name("1"))
        .accept_notice(name("ai"), name("4"))
        .accept_notice(name("ai"), name("3"))
        .maximum_age(Duration::days(365))
        .waive(Rule::CAPACITY)
        .waive(Rule::EVIDENCED)
        .assure(condition("non-commercial"))
        .assure(condition("de-identified"))
        .max_lag(Duration::hours(36))
        .party_alias(&name("Google"), &name("Alphabet"))
}

fn condition(token: &str) -> Condition {
    token.parse().unwrap()
}

/// What is left out stays at its strictest.
#[test]
fn a_gate_that_is_told_nothing_more_is_at_its_strictest() {
    let gate = gate().build().unwrap();
    assert_eq!(gate.accepted_notices().count(), 0);
    assert_eq!(gate.maximum_age(), None);
    assert!(gate.waivers().rules().is_empty());
    assert_eq!(gate.assured().count(), 0);
    assert_eq!(gate.max_lag(), None);
}

/// The gate in words, defaults included.
#[test]
fn a_gate_states_itself_in_words() {
    assert_eq!(
        gate().build().unwrap().to_string(),
        "acme, for train-generative, as of 2024-11-01T00:00:00Z; any complete notice is accepted; \
         a consent lasts as long as it says; nothing is waived",
    );
    assert_eq!(
        all_of_it().build().unwrap().to_string(),
        "acme, for train-generative, as of 2024-11-01T00:00:00Z; accepted notices are ai@3, ai@4, \
         terms@1; a consent lasts as long as it says and at most PT31536000S; silence is forgiven \
         for R10 EVIDENCED, R12 CAPACITY; these conditions are kept: de-identified, \
         non-commercial; the consents on file are at most PT129600S old; a denial to one of \
         alphabet, google is a denial to each",
    );
}

fn form(builder: GateBuilder) -> String {
    serde_json::to_string(&builder.build().unwrap()).unwrap()
}

/// The canonical form, to the letter: digests depend on it.
#[test]
fn the_canonical_form_of_a_gate_is_this() {
    assert_eq!(
        form(gate()),
        concat!(
            r#"{"trainer":"acme","purposes":["train-generative"],"as_of":"2024-11-01T00:00:00Z","#,
            r#""accepted_notices":[],"maximum_age":null,"waivers":[],"assured":[],"max_lag":null,"#,
            r#""party_aliases":[]}"#,
        ),
    );
    assert_eq!(
        serde_json::to_value(all_of_it().build().unwrap()).unwrap(),
        json!({
            "trainer": "acme",
            "purposes": ["train-generative"],
            "as_of": "2024-11-01T00:00:00Z",
            "accepted_notices": [
                { "id": "ai", "version": "3" },
                { "id": "ai", "version": "4" },
                { "id": "terms", "version": "1" },
            ],
            "maximum_age": "PT31536000S",
            "waivers": ["EVIDENCED", "CAPACITY"],
            "assured": ["de-identified", "non-commercial"],
            "max_lag": "PT129600S",
            "party_aliases": [["alphabet", "google"]],
        }),
    );
}

/// A maximum age is written in seconds, down to the nanosecond.
#[test]
fn the_canonical_form_of_a_maximum_age_is_exact() {
    for (age, text) in [
        (NANOSECOND, "PT0.000000001S"),
        (Duration::milliseconds(100), "PT0.100000000S"),
        (Duration::SECOND, "PT1S"),
        (Duration::DAY + NANOSECOND, "PT86400.000000001S"),
        (Duration::MAX, "PT9223372036854775807.999999999S"),
    ] {
        let gate = gate().maximum_age(age).build().unwrap();
        assert_eq!(serde_json::to_value(&gate).unwrap()["maximum_age"], text);
        assert!(gate.to_string().contains(&format!("at most {text}; ")));
    }
}

/// Gates that differ in something that can change a decision.
fn different() -> Vec<Gate> {
    let purposes = |purposes| gate_of("acme", purposes, AS_OF);
    let waived = Rule::waivable().iter().map(|rule| gate().waive(rule));
    [
        gate(),
        gate_of("Acme", Purposes::TRAIN_GENERATIVE, AS_OF),
        gate_of("acme ", Purposes::TRAIN_GENERATIVE, AS_OF),
        purposes(Purposes::TRAIN_NON_GENERATIVE),
        purposes(Purposes::AI_TRAINING),
        purposes(Purposes::all()),
        gate_of("acme", Purposes::TRAIN_GENERATIVE, AS_OF + NANOSECOND),
        gate_of("acme", Purposes::TRAIN_GENERATIVE, AS_OF - NANOSECOND),
        gate().accept_notice(name("ai"), name("3")),
        gate().accept_notice(name("ai"), name("4")),
        gate().accept_notice(name("ai@3"), name("3")),
        gate().accept_notice(name("ai"), name("3@3")),
        gate().accept_notice(name("terms"), name("3")),
        gate()
            .accept_notice(name("ai"), name("3"))
            .accept_notice(name("ai"), name("4")),
        gate().maximum_age(NANOSECOND),
        gate().maximum_age(Duration::milliseconds(100)),
        gate().maximum_age(Duration::SECOND),
        gate().maximum_age(Duration::SECOND + NANOSECOND),
        gate().maximum_age(Duration::seconds(10)),
        gate().maximum_age(Duration::MAX),
        gate().waive(Rule::waivable()),
        gate().assure(condition("a")),
        gate().assure(condition("a")).assure(condition("b")),
        gate().max_lag(Duration::ZERO),
        gate().max_lag(NANOSECOND),
        gate().party_alias(&name("a"), &name("b")),
        gate().party_alias(&name("a"), &name("c")),
        gate()
            .party_alias(&name("a"), &name("b"))
            .party_alias(&name("c"), &name("d")),
    ]
    .into_iter()
    .chain(waived)
    .map(|builder| builder.build().unwrap())
    .collect()
}

/// The canonical form depends on everything that can change a decision, and equality agrees.
#[test]
fn gates_that_differ_have_forms_that_differ() {
    let gates = different();
    for (place, one) in gates.iter().enumerate() {
        for (other_place, other) in gates.iter().enumerate() {
            let forms = [one, other].map(|gate| serde_json::to_string(gate).unwrap());
            let words = [one, other].map(ToString::to_string);
            let is_same = place == other_place;
            assert_eq!(forms[0] == forms[1], is_same, "{forms:?}");
            assert_eq!(one == other, is_same, "{forms:?}");
            assert_eq!(one.replay() == other.replay(), is_same, "{forms:?}");
            if is_same {
                assert_eq!(words[0], words[1]);
            }
        }
    }
}

#[track_caller]
fn are_one(builders: impl IntoIterator<Item = GateBuilder>) {
    let gates: Vec<Gate> = builders
        .into_iter()
        .map(|builder| builder.build().unwrap())
        .collect();
    for gate in &gates {
        assert_eq!(gate, &gates[0]);
        assert_eq!(gate.to_string(), gates[0].to_string());
        assert_eq!(
            serde_json::to_string(gate).unwrap(),
            serde_json::to_string(&gates[0]).unwrap(),
        );
    }
}

/// And on nothing else: the order in which notices were accepted.
#[test]
fn notices_may_be_accepted_in_any_order_and_any_number_of_times() {
    let three = || gate().accept_notice(name("ai"), name("3"));
    let four = |gate: GateBuilder| gate.accept_notice(name("ai"), name("4"));
    let terms = |gate: GateBuilder| gate.accept_notice(name("terms"), name("1"));
    are_one([
        terms(four(three())),
        four(terms(three())),
        four(four(terms(terms(three())))),
        terms(four(gate())).accept_notice(name("ai"), name("3")),
    ]);
}

/// And on nothing else: the order in which rules were waived.
#[test]
fn rules_may_be_waived_in_any_order_and_any_number_of_times() {
    are_one([
        gate().waive(Rule::EVIDENCED | Rule::CAPACITY),
        gate().waive(Rule::CAPACITY).waive(Rule::EVIDENCED),
        gate()
            .waive(Rule::CAPACITY | Rule::EVIDENCED)
            .waive(Rule::EVIDENCED),
    ]);
    are_one([gate(), gate().waive(Rule::empty())]);
}

/// And on nothing else: the order, the letter case and the detours of aliases, and the order of
/// conditions.
#[test]
fn aliases_and_conditions_may_be_named_in_any_order_and_any_number_of_times() {
    let joined = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs.fold(gate(), |gate, (one, other)| {
            gate.party_alias(&name(one), &name(other))
        })
    };
    are_one([
        joined(&[("a", "b"), ("b", "c")]),
        joined(&[("c", "a"), ("B ", "A")]),
        joined(&[("c", "b"), ("a", "c"), ("a", "a"), ("b", "a")]),
    ]);
    are_one([gate(), joined(&[("a", "a"), ("a", " A")])]);
    are_one([
        gate().assure(condition("a")).assure(condition("b")),
        gate()
            .assure(condition("b"))
            .assure(condition("a"))
            .assure(condition("b")),
    ]);
}

/// R19 · a lag is a length of time.
#[test]
fn a_gate_of_a_negative_lag_cannot_be_built() {
    let error = refused(gate().max_lag(-NANOSECOND));
    assert_eq!(error, GateError::MaxLag);
    assert_eq!(error.to_string(), "maximum lag: expected zero or more");
    assert!(gate().max_lag(Duration::ZERO).build().is_ok());
}

/// And on nothing else: the name by which both kinds of training were asked for.
#[test]
fn ai_training_is_asked_for_by_its_name_or_by_its_halves() {
    let halves = Purposes::TRAIN_GENERATIVE | Purposes::TRAIN_NON_GENERATIVE;
    are_one([
        gate_of("acme", Purposes::AI_TRAINING, AS_OF),
        gate_of("acme", halves, AS_OF),
        gate_of("acme", "ai-training".parse().unwrap(), AS_OF),
    ]);
}

/// And on nothing else: the last maximum age is the one that counts, in any unit.
#[test]
fn the_maximum_age_is_a_duration_in_whatever_unit() {
    are_one([
        gate().maximum_age(Duration::DAY),
        gate().maximum_age(Duration::hours(24)),
        gate().maximum_age(Duration::seconds(86_400)),
        gate()
            .maximum_age(Duration::WEEK)
            .maximum_age(Duration::DAY),
    ]);
}

/// A copy of a gate is the same gate.
#[test]
fn a_clone_of_a_gate_is_the_gate() {
    let gate = all_of_it().build().unwrap();
    assert_eq!(gate.clone(), gate);
    let id: NoticeId = name("ai");
    assert!(gate.clone().accepted_notices().any(|(own, _)| *own == id));
}
