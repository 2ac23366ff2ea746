//! The data uses of fideslang, as they are at its commit `40394c4`.

use crate::interchange::published::Vocabulary;
use crate::vocabulary::purpose::Purposes;

/// The data uses of fideslang.
pub(super) const FIDESLANG: Vocabulary = Vocabulary {
    terms: &TERMS,
    claimed: &CLAIMED,
    meanings: &MEANINGS,
};

/// The data uses that share their meaning with a purpose of the gate, or contain it.
const MEANINGS: [(&str, Purposes); 8] = [
    ("analytics", Purposes::ANALYTICS),
    ("essential.fraud_detection", Purposes::SECURITY),
    ("essential.service", Purposes::SERVICE_PROVISION),
    ("essential.service.security", Purposes::SECURITY),
    ("functional", Purposes::SERVICE_PROVISION),
    ("marketing", Purposes::ADVERTISING),
    ("personalize", Purposes::PERSONALISATION),
    ("train_ai_system", Purposes::AI_TRAINING),
];

/// The data uses under which training is commonly claimed. The page of proofs has the reasons.
const CLAIMED: [&str; 10] = [
    "collect",
    "essential",
    "essential.service",
    "essential.service.operations",
    "essential.service.operations.improve",
    "functional",
    "functional.service",
    "functional.service.improve",
    "operations",
    "third_party_sharing",
];

/// The data uses, and the one that each is narrower than.
const TERMS: [(&str, &[&str]); 54] = [
    ("analytics", &[]),
    ("analytics.reporting", &["analytics"]),
    (
        "analytics.reporting.ad_performance",
        &["analytics.reporting"],
    ),
    (
        "analytics.reporting.campaign_insights",
        &["analytics.reporting"],
    ),
    (
        "analytics.reporting.content_performance",
        &["analytics.reporting"],
    ),
    ("analytics.reporting.system", &["analytics.reporting"]),
    (
        "analytics.reporting.system.performance",
        &["analytics.reporting.system"],
    ),
    ("collect", &[]),
    ("employment", &[]),
    ("employment.recruitment", &["employment"]),
    ("essential", &[]),
    ("essential.fraud_detection", &["essential"]),
    ("essential.legal_obligation", &["essential"]),
    ("essential.service", &["essential"]),
    ("essential.service.authentication", &["essential.service"]),
    ("essential.service.notifications", &["essential.service"]),
    (
        "essential.service.notifications.email",
        &["essential.service.notifications"],
    ),
    (
        "essential.service.notifications.sms",
        &["essential.service.notifications"],
    ),
    ("essential.service.operations", &["essential.service"]),
    (
        "essential.service.operations.improve",
        &["essential.service.operations"],
    ),
    (
        "essential.service.operations.support",
        &["essential.service.operations"],
    ),
    (
        "essential.service.payment_processing",
        &["essential.service"],
    ),
    ("essential.service.security", &["essential.service"]),
    ("essential.service.upgrades", &["essential.service"]),
    ("finance", &[]),
    ("functional", &[]),
    ("functional.service", &["functional"]),
    ("functional.service.improve", &["functional.service"]),
    ("functional.storage", &["functional"]),
    ("marketing", &[]),
    ("marketing.advertising", &["marketing"]),
    (
        "marketing.advertising.first_party",
        &["marketing.advertising"],
    ),
    (
        "marketing.advertising.first_party.contextual",
        &["marketing.advertising.first_party"],
    ),
    (
        "marketing.advertising.first_party.targeted",
        &["marketing.advertising.first_party"],
    ),
    (
        "marketing.advertising.frequency_capping",
        &["marketing.advertising"],
    ),
    (
        "marketing.advertising.negative_targeting",
        &["marketing.advertising"],
    ),
    (
        "marketing.advertising.profiling",
        &["marketing.advertising"],
    ),
    ("marketing.advertising.serving", &["marketing.advertising"]),
    (
        "marketing.advertising.third_party",
        &["marketing.advertising"],
    ),
    (
        "marketing.advertising.third_party.targeted",
        &["marketing.advertising.third_party"],
    ),
    ("marketing.communications", &["marketing"]),
    (
        "marketing.communications.email",
        &["marketing.communications"],
    ),
    (
        "marketing.communications.sms",
        &["marketing.communications"],
    ),
    ("operations", &[]),
    ("personalize", &[]),
    ("personalize.content", &["personalize"]),
    ("personalize.content.limited", &["personalize.content"]),
    ("personalize.content.profiled", &["personalize.content"]),
    ("personalize.content.profiling", &["personalize.content"]),
    ("personalize.system", &["personalize"]),
    ("sales", &[]),
    ("third_party_sharing", &[]),
    (
        "third_party_sharing.legal_obligation",
        &["third_party_sharing"],
    ),
    ("train_ai_system", &[]),
];

#[cfg(test)]
mod tests {
    use super::FIDESLANG;

    #[test]
    fn the_table_is_sound() {
        FIDESLANG.assert_is_sound();
    }
}
