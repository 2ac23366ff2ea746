//! A refusal in the terms of DPV 2.3: about which purposes it is, and when it is about all of them.

use consent_gate::interchange::dpv;
use consent_gate::{ConsentRecord, Purposes, Rules as Rule};
use serde_json::{Value, json};

use crate::world::{AS_OF, Case};
use crate::world::{gate_of, grant, on_file};

/// Half of the list: the terms under which training is commonly claimed.
const CLAIMED: &str = "Purpose CommercialPurpose NonCommercialPurpose ResearchAndDevelopment \
    AcademicResearch CommercialResearch NonCommercialResearch ScientificResearch PublicBenefit \
    CombatClimateChange Counterterrorism DataAltruism ImproveHealthcare ImprovePublicServices \
    ImproveTransportMobility ProtectionOfNationalSecurity ProtectionOfPublicSecurity \
    ProvideOfficialStatistics PublicPolicyMaking ServiceOptimisation OptimisationForConsumer \
    OptimisationForController ImproveExistingProductsAndServices IncreaseServiceRobustness \
    ImproveInternalCRMProcesses CustomerRelationshipManagement CustomerManagement \
    ServiceManagement SellDataToThirdParties SellInsightsFromData SellProducts ServiceProvision";

/// The other half.
const THEIR_OWN: &str = "AccountManagement Advertising AgeVerification \
    CommunicationForCustomerCare CommunicationManagement CounterMoneyLaundering CustomerCare \
    CustomerClaimsManagement CustomerOrderManagement CustomerSolvencyMonitoring DeliveryOfGoods \
    DirectMarketing DisputeManagement EnforceAccessControl EnforceSecurity \
    EstablishContractualAgreement FraudPreventionAndDetection FulfilmentOfContractualObligation \
    FulfilmentOfObligation HumanResourceManagement IdentityAuthentication IdentityVerification \
    InternalResourceOptimisation LegalCompliance MaintainFraudDatabase Marketing \
    MemberPartnerManagement MisusePreventionAndDetection OptimiseUserInterface \
    OrganisationComplianceManagement OrganisationGovernance OrganisationRiskManagement \
    PaymentManagement Personalisation PersonalisedAdvertising PersonalisedBenefits \
    PersonnelBehaviourMonitoring PersonnelHiring PersonnelManagement PersonnelMonitoring \
    PersonnelOffboarding PersonnelOnboarding PersonnelPayment PersonnelPerformanceEvaluation \
    PersonnelPerformanceManagement PersonnelPerformanceMonitoring PersonnelPerformancePrediction \
    PersonnelPromotionManagement PersonnelTerminationManagement PersonnelWorkloadManagement \
    PoliticalCampaign ProtectionOfIPR ProvideEventRecommendations \
    ProvidePersonalisedRecommendations ProvideProductRecommendations PublicRelations \
    RecordManagement RecruitmentAdvertising RecruitmentApplicantBackgroundCheck \
    RecruitmentApplicantCriminalBackgroundCheck RecruitmentApplicantInformationAuthentication \
    RecruitmentApplicantSelection RecruitmentApplicationAnalysis RecruitmentApplicationManagement \
    RecruitmentApplicationScreening RecruitmentInterviewAnalysis RecruitmentInterviewAssessment \
    RecruitmentInterviewManagement RecruitmentInterviewScheduling RecruitmentManagement \
    RecruitmentTargetedAdvertising RepairImpairments RequestedServiceProvision RightsFulfilment \
    SearchFunctionalities SellProductsToDataSubject ServiceAccessDetermination ServiceMonitoring \
    ServicePersonalisation ServiceRegistration ServiceUsageAnalytics SocialMediaMarketing \
    TargetedAdvertising TechnicalServiceProvision UserInterfacePersonalisation VendorManagement \
    VendorPayment VendorRecordsManagement VendorSelectionAssessment Verification";

/// A withdrawal for these purposes, after the grant.
fn withdrawal_of(purposes: &Value) -> ConsentRecord {
    let document = json!({
        "@id": "urn:w1", "@type": "dpv:ConsentRecord",
        "dpv:hasDataSubject": { "@id": "u1" }, "dpv:hasDataController": "acme",
        "dpv:hasProcess": { "dpv:hasPurpose": purposes },
        "dpv:hasConsentStatus": {
            "@type": "dpv:ConsentWithdrawn", "dpv:isIndicatedAtTime": "2024-10-15T09:00:00Z"
        }
    });
    let read = dpv::read(document.to_string().as_bytes()).unwrap();
    let [record] = read.records() else {
        panic!("{read:?}")
    };
    record.clone()
}

fn after_a_withdrawal_of(purposes: &Value) -> Case {
    on_file([grant().record(), withdrawal_of(purposes)])
}

/// R15 · A person with two switches can say yes to one of them: what DPV lists as another purpose is
/// not training.
#[test]
fn a_withdrawal_of_marketing_leaves_training_alone() {
    after_a_withdrawal_of(&json!("dpv:Marketing")).permits();
    after_a_withdrawal_of(&json!(["dpv:PaymentManagement", "dpv:TargetedAdvertising"])).permits();
    after_a_withdrawal_of(&json!({ "@id": "https://w3id.org/dpv#HumanResourceManagement" }))
        .permits();
}

/// R15 · W3C DPV 2.3: every purpose of the list, asked about training.
#[test]
fn each_purpose_of_the_list_concerns_training_or_does_not() {
    let (claimed, own) = (CLAIMED.split_whitespace(), THEIR_OWN.split_whitespace());
    assert_eq!((claimed.clone().count(), own.clone().count()), (32, 90));
    for term in claimed {
        let denied = withdrawal_of(&json!(format!("dpv:{term}")));
        assert_eq!(denied.details().purposes, Purposes::empty(), "{term}");
    }
    let other = Purposes::SEARCH
        | Purposes::ANALYTICS
        | Purposes::PERSONALISATION
        | Purposes::ADVERTISING
        | Purposes::SERVICE_PROVISION
        | Purposes::SERVICE_IMPROVEMENT
        | Purposes::SECURITY;
    for term in own {
        let denied = withdrawal_of(&json!(format!("dpv:{term}")))
            .details()
            .purposes;
        assert!(
            !denied.is_empty() && other.contains(denied),
            "{term}: {denied}"
        );
    }
}

/// R15 · A term that is not in the list, or not alone, may be any purpose.
#[test]
fn a_purpose_that_is_not_in_the_list_is_every_purpose() {
    for unknown in [
        json!("dpv:ResearchForPublicInterest"),
        json!("dpv:marketing"),
        json!("Marketing"),
        json!("ex:Marketing"),
        json!("http://w3id.org/dpv#Marketing"),
        json!("https://w3id.org/dpv/2.3#Marketing"),
        json!("ai:ModelFineTuning"),
        json!(["dpv:Marketing", "our newsletter"]),
        json!(["dpv:Marketing", "dpv:ResearchAndDevelopment"]),
        json!({ "@type": "dpv:Marketing", "@id": "urn:ours" }),
        json!([]),
    ] {
        let denied = withdrawal_of(&unknown).details().purposes;
        assert_eq!(denied, Purposes::empty(), "{unknown}");
    }
}

/// R15 · A withdrawal of a listed purpose is still one: of that purpose, and of what it is a part of.
#[test]
fn a_withdrawal_of_another_purpose_denies_that_purpose() {
    for (term, denied) in [
        ("dpv:Marketing", Purposes::ADVERTISING),
        ("dpv:TargetedAdvertising", Purposes::ADVERTISING),
        ("dpv:TargetedAdvertising", Purposes::PERSONALISATION),
        ("dpv:ServiceMonitoring", Purposes::ANALYTICS),
        ("dpv:Verification", Purposes::SECURITY),
        ("dpv:VendorManagement", Purposes::SERVICE_PROVISION),
    ] {
        let record = withdrawal_of(&json!(term));
        assert!(record.details().purposes.contains(denied), "{term}");
        let granted = grant()
            .told(denied)
            .but(|details| details.purposes = denied);
        on_file([granted, record])
            .gate(gate_of("acme", denied, AS_OF))
            .contradicts(Rule::STANDING);
    }
}
