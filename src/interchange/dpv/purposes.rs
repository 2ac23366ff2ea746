//! The purposes of the W3C Data Privacy Vocabulary, version 2.3.

use crate::interchange::published::Vocabulary;
use crate::vocabulary::purpose::Purposes;

/// The purposes of DPV 2.3, as names without their prefix.
pub(super) const DPV: Vocabulary = Vocabulary {
    terms: &TERMS,
    claimed: &CLAIMED,
    meanings: &MEANINGS,
};

/// The terms that share their meaning with a purpose of the gate, or contain it.
const MEANINGS: [(&str, Purposes); 8] = [
    ("EnforceSecurity", Purposes::SECURITY),
    ("FraudPreventionAndDetection", Purposes::SECURITY),
    ("Marketing", Purposes::ADVERTISING),
    ("Personalisation", Purposes::PERSONALISATION),
    ("RequestedServiceProvision", Purposes::SERVICE_PROVISION),
    ("SearchFunctionalities", Purposes::SEARCH),
    ("ServiceUsageAnalytics", Purposes::ANALYTICS),
    ("TechnicalServiceProvision", Purposes::SERVICE_PROVISION),
];

/// The terms under which training is commonly claimed. The page of proofs has the reasons.
const CLAIMED: [&str; 32] = [
    // The root, and the divisions that contain any other purpose.
    "Purpose",
    "CommercialPurpose",
    "NonCommercialPurpose",
    // Research and development, with all that is narrower.
    "ResearchAndDevelopment",
    "AcademicResearch",
    "CommercialResearch",
    "NonCommercialResearch",
    "ScientificResearch",
    // Public benefit, with all that is narrower.
    "PublicBenefit",
    "CombatClimateChange",
    "Counterterrorism",
    "DataAltruism",
    "ImproveHealthcare",
    "ImprovePublicServices",
    "ImproveTransportMobility",
    "ProtectionOfNationalSecurity",
    "ProtectionOfPublicSecurity",
    "ProvideOfficialStatistics",
    "PublicPolicyMaking",
    // Improving and developing products and services, and what contains it.
    "ServiceOptimisation",
    "OptimisationForConsumer",
    "OptimisationForController",
    "ImproveExistingProductsAndServices",
    "IncreaseServiceRobustness",
    "ImproveInternalCRMProcesses",
    "CustomerRelationshipManagement",
    "CustomerManagement",
    "ServiceManagement",
    // Handing data, or what is learned from it, to others, and what contains it.
    "SellDataToThirdParties",
    "SellInsightsFromData",
    "SellProducts",
    "ServiceProvision",
];

/// The terms, and the terms that each is narrower than.
const TERMS: [(&str, &[&str]); 122] = [
    ("AcademicResearch", &["ResearchAndDevelopment"]),
    ("AccountManagement", &["Purpose"]),
    ("Advertising", &["Marketing"]),
    ("AgeVerification", &["Verification"]),
    ("CombatClimateChange", &["PublicBenefit"]),
    ("CommercialPurpose", &["Purpose"]),
    (
        "CommercialResearch",
        &["CommercialPurpose", "ResearchAndDevelopment"],
    ),
    (
        "CommunicationForCustomerCare",
        &["CommunicationManagement", "CustomerCare"],
    ),
    ("CommunicationManagement", &["Purpose"]),
    ("CounterMoneyLaundering", &["FraudPreventionAndDetection"]),
    ("Counterterrorism", &["PublicBenefit"]),
    ("CustomerCare", &["CustomerManagement"]),
    ("CustomerClaimsManagement", &["CustomerManagement"]),
    ("CustomerManagement", &["Purpose"]),
    ("CustomerOrderManagement", &["CustomerManagement"]),
    ("CustomerRelationshipManagement", &["CustomerManagement"]),
    ("CustomerSolvencyMonitoring", &["CustomerManagement"]),
    ("DataAltruism", &["PublicBenefit"]),
    ("DeliveryOfGoods", &["RequestedServiceProvision"]),
    ("DirectMarketing", &["Marketing"]),
    ("DisputeManagement", &["OrganisationGovernance"]),
    ("EnforceAccessControl", &["EnforceSecurity"]),
    ("EnforceSecurity", &["Purpose"]),
    ("EstablishContractualAgreement", &["Purpose"]),
    (
        "FraudPreventionAndDetection",
        &["MisusePreventionAndDetection"],
    ),
    (
        "FulfilmentOfContractualObligation",
        &["FulfilmentOfObligation"],
    ),
    ("FulfilmentOfObligation", &["Purpose"]),
    ("HumanResourceManagement", &["Purpose"]),
    ("IdentityAuthentication", &["EnforceSecurity"]),
    ("IdentityVerification", &["Verification"]),
    (
        "ImproveExistingProductsAndServices",
        &["OptimisationForController"],
    ),
    ("ImproveHealthcare", &["PublicBenefit"]),
    (
        "ImproveInternalCRMProcesses",
        &[
            "CustomerRelationshipManagement",
            "OptimisationForController",
        ],
    ),
    ("ImprovePublicServices", &["PublicBenefit"]),
    ("ImproveTransportMobility", &["PublicBenefit"]),
    ("IncreaseServiceRobustness", &["OptimisationForController"]),
    (
        "InternalResourceOptimisation",
        &["OptimisationForController"],
    ),
    ("LegalCompliance", &["FulfilmentOfObligation"]),
    ("MaintainFraudDatabase", &["FraudPreventionAndDetection"]),
    ("Marketing", &["Purpose"]),
    ("MemberPartnerManagement", &["OrganisationGovernance"]),
    ("MisusePreventionAndDetection", &["EnforceSecurity"]),
    ("NonCommercialPurpose", &["Purpose"]),
    (
        "NonCommercialResearch",
        &["NonCommercialPurpose", "ResearchAndDevelopment"],
    ),
    ("OptimisationForConsumer", &["ServiceOptimisation"]),
    ("OptimisationForController", &["ServiceOptimisation"]),
    ("OptimiseUserInterface", &["OptimisationForConsumer"]),
    (
        "OrganisationComplianceManagement",
        &["OrganisationGovernance"],
    ),
    ("OrganisationGovernance", &["Purpose"]),
    ("OrganisationRiskManagement", &["OrganisationGovernance"]),
    ("PaymentManagement", &["ServiceManagement"]),
    ("Personalisation", &["Purpose"]),
    (
        "PersonalisedAdvertising",
        &["Advertising", "Personalisation"],
    ),
    ("PersonalisedBenefits", &["ServicePersonalisation"]),
    ("PersonnelBehaviourMonitoring", &["PersonnelMonitoring"]),
    ("PersonnelHiring", &["PersonnelManagement"]),
    ("PersonnelManagement", &["HumanResourceManagement"]),
    ("PersonnelMonitoring", &["PersonnelManagement"]),
    ("PersonnelOffboarding", &["PersonnelManagement"]),
    ("PersonnelOnboarding", &["PersonnelHiring"]),
    ("PersonnelPayment", &["PersonnelManagement"]),
    (
        "PersonnelPerformanceEvaluation",
        &["PersonnelPerformanceManagement"],
    ),
    (
        "PersonnelPerformanceManagement",
        &["PersonnelManagement", "PersonnelMonitoring"],
    ),
    (
        "PersonnelPerformanceMonitoring",
        &["PersonnelMonitoring", "PersonnelPerformanceManagement"],
    ),
    (
        "PersonnelPerformancePrediction",
        &["PersonnelPerformanceManagement"],
    ),
    ("PersonnelPromotionManagement", &["PersonnelManagement"]),
    ("PersonnelTerminationManagement", &["PersonnelManagement"]),
    ("PersonnelWorkloadManagement", &["PersonnelManagement"]),
    ("PoliticalCampaign", &["Advertising", "Personalisation"]),
    ("ProtectionOfIPR", &["FulfilmentOfObligation"]),
    ("ProtectionOfNationalSecurity", &["PublicBenefit"]),
    ("ProtectionOfPublicSecurity", &["PublicBenefit"]),
    (
        "ProvideEventRecommendations",
        &["ProvidePersonalisedRecommendations"],
    ),
    ("ProvideOfficialStatistics", &["PublicBenefit"]),
    (
        "ProvidePersonalisedRecommendations",
        &["ServicePersonalisation"],
    ),
    (
        "ProvideProductRecommendations",
        &["ProvidePersonalisedRecommendations"],
    ),
    ("PublicBenefit", &["Purpose"]),
    ("PublicPolicyMaking", &["PublicBenefit"]),
    ("PublicRelations", &["Marketing"]),
    ("Purpose", &[]),
    ("RecordManagement", &["Purpose"]),
    (
        "RecruitmentAdvertising",
        &["Advertising", "PersonnelHiring"],
    ),
    (
        "RecruitmentApplicantBackgroundCheck",
        &["RecruitmentManagement"],
    ),
    (
        "RecruitmentApplicantCriminalBackgroundCheck",
        &["RecruitmentManagement"],
    ),
    (
        "RecruitmentApplicantInformationAuthentication",
        &["RecruitmentManagement"],
    ),
    ("RecruitmentApplicantSelection", &["RecruitmentManagement"]),
    (
        "RecruitmentApplicationAnalysis",
        &["RecruitmentApplicationManagement"],
    ),
    (
        "RecruitmentApplicationManagement",
        &["RecruitmentManagement"],
    ),
    (
        "RecruitmentApplicationScreening",
        &["RecruitmentApplicationManagement"],
    ),
    (
        "RecruitmentInterviewAnalysis",
        &["RecruitmentInterviewManagement"],
    ),
    (
        "RecruitmentInterviewAssessment",
        &["RecruitmentInterviewManagement"],
    ),
    ("RecruitmentInterviewManagement", &["RecruitmentManagement"]),
    (
        "RecruitmentInterviewScheduling",
        &["RecruitmentInterviewManagement"],
    ),
    ("RecruitmentManagement", &["PersonnelHiring"]),
    (
        "RecruitmentTargetedAdvertising",
        &["RecruitmentAdvertising", "TargetedAdvertising"],
    ),
    ("RepairImpairments", &["ServiceManagement"]),
    ("RequestedServiceProvision", &["ServiceProvision"]),
    ("ResearchAndDevelopment", &["Purpose"]),
    ("RightsFulfilment", &["LegalObligation"]),
    ("ScientificResearch", &["ResearchAndDevelopment"]),
    ("SearchFunctionalities", &["ServiceProvision"]),
    ("SellDataToThirdParties", &["SellProducts"]),
    ("SellInsightsFromData", &["SellProducts"]),
    ("SellProducts", &["ServiceProvision"]),
    ("SellProductsToDataSubject", &["SellProducts"]),
    ("ServiceAccessDetermination", &["ServiceManagement"]),
    ("ServiceManagement", &["Purpose"]),
    ("ServiceMonitoring", &["ServiceManagement"]),
    ("ServiceOptimisation", &["ServiceManagement"]),
    (
        "ServicePersonalisation",
        &["Personalisation", "ServiceManagement"],
    ),
    ("ServiceProvision", &["ServiceManagement"]),
    ("ServiceRegistration", &["ServiceManagement"]),
    ("ServiceUsageAnalytics", &["ServiceMonitoring"]),
    ("SocialMediaMarketing", &["Marketing"]),
    ("TargetedAdvertising", &["PersonalisedAdvertising"]),
    ("TechnicalServiceProvision", &["ServiceProvision"]),
    ("UserInterfacePersonalisation", &["ServicePersonalisation"]),
    ("VendorManagement", &["Purpose"]),
    ("VendorPayment", &["VendorManagement"]),
    ("VendorRecordsManagement", &["VendorManagement"]),
    ("VendorSelectionAssessment", &["VendorManagement"]),
    ("Verification", &["EnforceSecurity"]),
];

#[cfg(test)]
mod tests {
    use super::DPV;

    #[test]
    fn the_table_is_sound() {
        DPV.assert_is_sound();
    }
}
