//! Writes consent records.

use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use time::UtcDateTime;

use super::model::{ConsentRecord, DataPeriod, Notice};
use crate::vocabulary::instant::text as instant_text;
use crate::vocabulary::term::Granularity;

/// Writes the fields of an object that are there.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn put(&mut self, name: &'static str, value: Option<impl Serialize>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.0.serialize_entry(name, &value))
    }

    fn put_set<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        set: &T,
    ) -> Result<(), M::Error> {
        self.put(name, (*set != T::default()).then_some(set))
    }

    fn put_time(&mut self, name: &'static str, at: Option<UtcDateTime>) -> Result<(), M::Error> {
        let text = at.map(instant_text).transpose().map_err(M::Error::custom)?;
        self.put(name, text)
    }
}

impl Serialize for ConsentRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = self.details();
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.put("id", Some(self.id()))?;
        fields.put("subject", Some(self.subject()))?;
        fields.put("controller", self.statement().controller())?;
        fields.put_set("recipients", &details.recipients)?;
        fields.put("status", Some(self.statement().status()))?;
        fields.put_set("purposes", &details.purposes)?;
        fields.put_set("data", &details.data)?;
        match details.data_period {
            DataPeriod::FromGrant => {}
            DataPeriod::AllExisting => fields.put("data_period", Some(DataPeriod::ALL_EXISTING))?,
            DataPeriod::From(from) => fields.put_time("data_period", Some(from))?,
        }
        fields.put("consent_type", details.consent_type)?;
        fields.put("method", details.method)?;
        fields.put("actor", details.actor)?;
        fields.put("capacity", details.capacity)?;
        fields.put(
            "granular",
            details.granular.map(|each| each == Granularity::Separate),
        )?;
        fields.put("notice", details.notice.as_ref())?;
        fields.put("evidence", details.evidence.as_ref())?;
        fields.put("given_via", details.given_via)?;
        fields.put_set("withdraw_via", &details.withdraw_via)?;
        fields.put_set("conditions", &details.conditions)?;
        fields.put_time("at", self.statement().at())?;
        fields.put_time("valid_until", details.valid_until)?;
        fields.0.end()
    }
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.put("id", self.id.as_ref())?;
        fields.put("version", self.version.as_ref())?;
        fields.put_time("shown_at", self.shown_at)?;
        fields.put_set("purposes", &self.purposes)?;
        fields.put("controller", self.controller.as_ref())?;
        fields.0.end()
    }
}
