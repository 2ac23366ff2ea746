//! The starts of maps, for known systems and for others.

use super::builder::PreferenceMapBuilder;
use super::map::{Answers, PreferenceMap, Yes};
use crate::interchange::times::TimePlace;
use crate::json::{Pointer, TimeForm};
use crate::vocabulary::id::PartyId;

impl PreferenceMap {
    /// Starts a map for a system of a controller, from the positions of the person and of the answers
    /// in a document. Add the [yes](PreferenceMapBuilder::yes), the [time](PreferenceMapBuilder::at)
    /// and the [switches](PreferenceMapBuilder::switch).
    ///
    /// ```
    /// use consent_gate::Details;
    /// use consent_gate::interchange::{Answers, PreferenceMap, TimePlace};
    ///
    /// // The events of Didomi: {"user": {"organization_user_id": …}, "status": "confirmed",
    /// // "created_at": …, "consents": {"purposes": [{"id": …, "enabled": true}]}}
    /// let answers = Answers::List { name: "id".into(), answer: "enabled".into() };
    /// let answers = ("/consents/purposes".parse()?, answers);
    /// let person = "/user/organization_user_id".parse()?;
    /// let map = PreferenceMap::builder("acme".parse()?, person, answers)
    ///     .at(TimePlace::document("/created_at".parse()?))
    ///     .confirmed_by("/status".parse()?, "confirmed")
    ///     .yes(consent_gate::interchange::Yes::True)
    ///     .switch("ai-training", Details::default())
    ///     .build()?;
    /// # let _ = map;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(
        controller: PartyId,
        subject: Pointer,
        answers: (Pointer, Answers),
    ) -> PreferenceMapBuilder {
        PreferenceMapBuilder::new(controller, subject, answers)
    }

    /// Starts a map for records of the preference store of Transcend: `userId`, `confirmed`, `isTest`
    /// and the list `purposes` of `purpose`, `enabled` and `timestamp`. The `timestamp` of the record
    /// moves when any purpose changes, so it is only the latest time of each.
    pub fn transcend(controller: PartyId) -> PreferenceMapBuilder {
        let field = Pointer::to_field;
        Self::records_of_transcend(controller, field("userId")).confirmed(field("confirmed"))
    }

    /// Starts a map for what the API of the preference store of Transcend returns, a page at a time:
    /// `nodes` is a list of records as [`transcend`](Self::transcend) has them, but without `confirmed`,
    /// and with the person as `value` of the first of `identifiers`.
    pub fn transcend_api(controller: PartyId) -> PreferenceMapBuilder {
        let subject = Pointer::through(&["identifiers", "0", "value"]);
        Self::records_of_transcend(controller, subject).documents(Pointer::to_field("nodes"))
    }

    fn records_of_transcend(controller: PartyId, subject: Pointer) -> PreferenceMapBuilder {
        let field = Pointer::to_field;
        let answers = Answers::List {
            name: "purpose".to_owned(),
            answer: "enabled".to_owned(),
        };
        Self::builder(controller, subject, (field("purposes"), answers))
            .at(TimePlace::answer("timestamp"))
            .at_latest(TimePlace::document(field("timestamp")))
            .test(field("isTest"))
            .yes(Yes::True)
            .neither("Auto")
    }

    /// Starts a map for consents of Ketch: the object `purposes`, where each purpose has `allowed`, as
    /// `granted` or `denied`. The time is `collectedAt`, in seconds, and the person the `email` of
    /// `identities`.
    pub fn ketch(controller: PartyId) -> PreferenceMapBuilder {
        let answer = "allowed".to_owned();
        let answers = (Pointer::to_field("purposes"), Answers::Objects { answer });
        Self::builder(
            controller,
            Pointer::through(&["identities", "email"]),
            answers,
        )
        .at(TimePlace::document(Pointer::to_field("collectedAt")))
        .times(TimeForm::epoch(0))
        .yes("granted")
    }

    /// Starts a map for the consent state of profiles of mParticle: the object `consent_state.gdpr`, where
    /// each purpose has `consented` and `timestamp_unixtime_ms`. The person is `mpid`.
    pub fn mparticle(controller: PartyId) -> PreferenceMapBuilder {
        let answer = "consented".to_owned();
        let answers = Pointer::through(&["consent_state", "gdpr"]);
        let answers = (answers, Answers::Objects { answer });
        Self::builder(controller, Pointer::to_field("mpid"), answers)
            .at(TimePlace::answer("timestamp_unixtime_ms"))
            .times(TimeForm::epoch(3))
            .yes(Yes::True)
    }

    /// Starts a map for the consents that iubenda keeps: `id`, `timestamp`, `subject.id`, and the object
    /// `preferences`.
    pub fn iubenda(controller: PartyId) -> PreferenceMapBuilder {
        let field = Pointer::to_field;
        let answers = (field("preferences"), Answers::Object);
        Self::builder(controller, Pointer::through(&["subject", "id"]), answers)
            .id(field("id"))
            .at(TimePlace::document(field("timestamp")))
            .yes(Yes::True)
    }

    /// Starts a map for the data that Klaro keeps in the browser: `consents` and `confirmed`. Add the
    /// fields `subject` and `at` to it when you collect it. One save is one act, about all switches.
    /// `consents` may be the text of the cookie, as it is. Where you add the `type` of the save,
    /// `accept` is a button for everything.
    pub fn klaro(controller: PartyId) -> PreferenceMapBuilder {
        let field = Pointer::to_field;
        let answers = (field("consents"), Answers::Object);
        Self::builder(controller, field("subject"), answers)
            .at(TimePlace::document(field("at")))
            .confirmed(field("confirmed"))
            .accept_all(field("type"), "accept")
            .yes(Yes::True)
    }

    /// Starts a map for profiles of data subjects of OneTrust: `Identifier`, `TestDataSubject`, and
    /// the list `Purposes` of `Name`, `Status` and `ConsentDate`. `FirstTransactionDate` is the
    /// earliest time of an answer, `LastTransactionDate` and the `LastUpdatedDate` of the profile the
    /// latest.
    pub fn onetrust(controller: PartyId) -> PreferenceMapBuilder {
        Self::profiles_of_onetrust(controller, str::to_owned)
            .test(Pointer::to_field("testDataSubject"))
            .test(Pointer::to_field("isTest"))
    }

    /// Starts a map for profiles of data subjects as the API of OneTrust returns them, a page at a time:
    /// `content` is a list of profiles with `identifier`, `testDataSubject` and `lastUpdatedDate`, and
    /// with a list `purposes` of `name`, `status`, `consentDate`, `firstTransactionDate` and
    /// `lastTransactionDate`.
    pub fn onetrust_api(controller: PartyId) -> PreferenceMapBuilder {
        let small = |name: &str| {
            let (first, rest) = name.split_at(1);
            first.to_lowercase() + rest
        };
        Self::profiles_of_onetrust(controller, small).documents(Pointer::to_field("content"))
    }

    /// Starts a map for profiles of OneTrust, whose fields have these names in some letter case.
    fn profiles_of_onetrust(
        controller: PartyId,
        cased: impl Fn(&str) -> String,
    ) -> PreferenceMapBuilder {
        let field = |name| Pointer::to_field(&cased(name));
        let answers = Answers::List {
            name: cased("Name"),
            answer: cased("Status"),
        };
        let answers = (field("Purposes"), answers);
        Self::builder(controller, field("Identifier"), answers)
            .at(TimePlace::answer(cased("ConsentDate")))
            .at_earliest(TimePlace::answer(cased("FirstTransactionDate")))
            .at_latest(TimePlace::answer(cased("LastTransactionDate")))
            .at_latest(TimePlace::document(field("LastUpdatedDate")))
            .test(field("TestDataSubject"))
            .test(field("IsTest"))
            .yes("ACTIVE")
            .neither("ALWAYS_ACTIVE")
            .neither("EXTEND")
            .neither("PENDING")
    }

    /// Starts a map for consent events of Didomi: the person is `user.organization_user_id`, the time
    /// `created_at`, the answers `consents.purposes`, and an event counts when its `status` is
    /// `confirmed`.
    pub fn didomi(controller: PartyId) -> PreferenceMapBuilder {
        let field = Pointer::to_field;
        let answers = Answers::List {
            name: "id".to_owned(),
            answer: "enabled".to_owned(),
        };
        let answers = (Pointer::through(&["consents", "purposes"]), answers);
        let person = Pointer::through(&["user", "organization_user_id"]);
        Self::builder(controller, person, answers)
            .at(TimePlace::document(field("created_at")))
            .at_latest(TimePlace::document(field("updated_at")))
            .confirmed_by(field("status"), "confirmed")
            .yes(Yes::True)
    }
}
