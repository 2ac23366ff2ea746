//! Signals in their wire forms.

use consent_gate::Restrictions;
use consent_gate::signal::{
    Kind, content_signal, content_usage, gpc, preference_ai, rsl, tdm_reservation, training_mining,
    user_intents, x_robots_tag,
};
use serde_json::Value;

/// A signal of the kind that the first byte chooses.
pub(crate) fn signals(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    if let Ok(json) = std::str::from_utf8(bytes) {
        let kinds = [
            Kind::ContentUsage,
            Kind::UserIntents,
            Kind::PreferenceAi,
            Kind::TrainingMining,
            Kind::TdmReservation,
            Kind::XRobotsTag,
            Kind::ContentSignal,
            Kind::Rsl,
            Kind::Gpc,
            Kind::OptOut,
            Kind::Erased,
        ];
        let kind = kinds[usize::from(*first) % kinds.len()];
        let read = kind.read(json);
        let is_json = serde_json::from_str::<Value>(json).is_ok();
        assert!(is_json || read != Restrictions::none() || kind == Kind::Gpc);
        for record in [user_intents, preference_ai, training_mining] {
            assert!(is_json || record(json) != Restrictions::none());
        }
    }
    let fields: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Several fields restrict whatever each of them does.
    for field in &fields {
        restricts_as_much(content_usage(&fields), content_usage([field]));
        restricts_as_much(content_signal(&fields), content_signal([field]));
        restricts_as_much(x_robots_tag(&fields), x_robots_tag([field]));
        restricts_as_much(tdm_reservation(&fields), tdm_reservation([field]));
        restricts_as_much(gpc(&fields), gpc([field]));
    }
    let licence = rsl(bytes);
    assert!(licence != Restrictions::none() || bytes.contains(&b'<'));
}

fn restricts_as_much(all: Restrictions, one: Restrictions) {
    assert!(all.purposes().contains(one.purposes()));
    assert!(!all.is_readable() || one.is_readable());
}
