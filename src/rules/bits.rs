//! The bits of the rules, and the words of each.

use std::fmt;

use bitflags::bitflags;
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::vocabulary::term::UnknownName;

/// Defines the bit, the docs and the words of each rule in one place.
macro_rules! rules {
    ($(
        $(#[doc = $doc:literal])*
        $id:ident $name:ident = $bit:literal, $waivable:literal,
            unproven: $unproven:literal,
            contradicted: $contradicted:literal,
            source: $source:literal;
    )*) => {
        bitflags! {
            /// A set of rules that a grant has to meet, one bit each. Reasons and reports name
            /// them. [The page of rules](crate::rules) explains each rule in full.
            ///
            /// Each rule has one of three outcomes: *met* (there is positive proof), *unproven*
            /// (the fact is missing) or *contradicted* (there is proof of the opposite).
            ///
            /// ```
            /// use consent_gate::Rules;
            ///
            /// let failed = Rules::AFFIRMATIVE | Rules::EXPLICIT;
            /// assert_eq!(failed.to_string(), "R6 AFFIRMATIVE, R7 EXPLICIT");
            /// assert_eq!("AFFIRMATIVE".parse(), Ok(Rules::AFFIRMATIVE));
            /// ```
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct Rules: u32 {
                $(
                    #[doc = concat!("**", stringify!($id), ".**")]
                    $(#[doc = $doc])*
                    ///
                    #[doc = concat!("Source: ", $source, ".")]
                    const $name = 1 << ($bit - 1);
                )*
            }
        }

        const RULES: &[Rule] = &[$(
            Rule {
                bit: Rules::$name,
                id: stringify!($id),
                name: stringify!($name),
                is_waivable: $waivable,
                unproven: $unproven,
                contradicted: $contradicted,
            },
        )*];
    };
}

struct Rule {
    bit: Rules,
    id: &'static str,
    name: &'static str,
    is_waivable: bool,
    unproven: &'static str,
    contradicted: &'static str,
}

rules! {
    /// The row names its subject, and a grant by exactly that subject is on file. Ids are compared
    /// byte for byte.
    R1 ON_RECORD = 1, false,
        unproven: "no consent by this person is on file",
        contradicted: "no consent by this person can be valid",
        source: "GDPR Rec. 32: silence is not consent";
    /// Each record on file for the subject is readable, and none conflicts with another record of
    /// the same id.
    R2 READABLE = 2, false,
        unproven: "it is not known whether every record of this person was read",
        contradicted: "a record of this person cannot be read, or conflicts with another of the same id",
        source: "GDPR Art. 7(1)";
    /// The trainer is the grant's controller or one of its recipients.
    R3 PARTY = 3, false,
        unproven: "the consent does not say to whom it was given",
        contradicted: "the consent was given to another party",
        source: "GDPR Rec. 42; a grant to one company is not a grant to its affiliate";
    /// The grant contains every purpose asked for.
    R4 PURPOSE = 4, false,
        unproven: "the consent names no purpose",
        contradicted: "the consent is for other purposes",
        source: "GDPR Art. 6(1)(a), specific purposes";
    /// The purpose had a switch of its own. Waivable.
    R5 GRANULAR = 5, true,
        unproven: "it is not known whether the purpose had a switch of its own",
        contradicted: "the purpose was bundled with others under one switch",
        source: "GDPR Rec. 32 and 43";
    /// The consent was indicated by an affirmative act: a statement, a signature, a confirmation,
    /// or an empty box ticked or a switch turned on by the person.
    R6 AFFIRMATIVE = 6, false,
        unproven: "it is not known how the person said yes",
        contradicted: "no act of the person said yes: it was a default, or came with something else",
        source: "CJEU C-673/17 Planet49: pre-ticked or on by default is not consent";
    /// The consent type is `explicitly-expressed`: stated in words, for this and nothing else.
    R7 EXPLICIT = 7, false,
        unproven: "it is not known whether the consent was explicit",
        contradicted: "the consent was not explicit",
        source: "the policy of this gate; EDPB Guidelines 05/2020, 93 and following";
    /// The actor is the person or a verified guardian.
    R8 PERSONAL = 8, false,
        unproven: "it is not known who said yes",
        contradicted: "someone other than the person said yes",
        source: "CJEU C-61/19 Orange România";
    /// The notice is complete, was shown no later than the act, names a party of the grant as
    /// controller, lists every purpose asked for, and is an accepted one where the gate lists
    /// accepted notices. Waivable.
    R9 INFORMED = 9, true,
        unproven: "it is not known what the person was told",
        contradicted: "the person was told something else, or too late",
        source: "GDPR Art. 4(11), 13, Rec. 42; EDPB Guidelines 05/2020, 108 and 110";
    /// The record names the location of the proof. Waivable.
    R10 EVIDENCED = 10, true,
        unproven: "the consent names no proof",
        contradicted: "the proof of the consent is invalid",
        source: "GDPR Art. 7(1)";
    /// The consent can be withdrawn in the channel that it was given in. Waivable.
    R11 WITHDRAWABLE = 11, true,
        unproven: "it is not known whether the consent can be withdrawn where it was given",
        contradicted: "the consent cannot be withdrawn where it was given",
        source: "GDPR Art. 7(3): as easy to withdraw as to give";
    /// The person was of age, or a verified guardian acted. Waivable.
    R12 CAPACITY = 12, true,
        unproven: "it is not known whether the person was old enough to consent",
        contradicted: "the person was under age and no verified guardian acted",
        source: "GDPR Art. 8";
    /// The consent was given at the as-of instant or before it.
    R13 GIVEN = 13, false,
        unproven: "it is not known when the consent was given",
        contradicted: "the consent was given after the as-of instant",
        source: "EDPB Guidelines 05/2020, 90: consent comes before processing";
    /// The consent has an end, and the as-of instant is before it (exclusive). The end is the
    /// earlier of `valid_until` and `at` plus the gate's maximum age. Waivable.
    R14 CURRENT = 14, true,
        unproven: "the consent has no end",
        contradicted: "the consent has expired",
        source: "EDPB Guidelines 05/2020, 110 and 111";
    /// No denial that touches the grant is dated at the instant of the grant or later.
    R15 STANDING = 15, false,
        unproven: "it is not known whether the consent is still in force",
        contradicted: "the person said no, or withdrew the consent",
        source: "GDPR Art. 7(3) and 21; a tie goes to the no";
    /// The row was collected in the grant's data period (its start is inclusive). Waivable.
    R16 PERIOD = 16, true,
        unproven: "it is not known when the row was collected",
        contradicted: "the row was collected before the period that the consent covers",
        source: "EDPB Guidelines 05/2020, 123: nothing is repaired retroactively";
    /// The grant covers every category of the row. Waivable.
    R17 CATEGORY = 17, true,
        unproven: "the consent or the row names no category of data",
        contradicted: "the row has a category of data that the consent does not cover",
        source: "GDPR Art. 9; one switch for posts, chats and results is several consents";
    /// No signal on the row restricts a purpose asked for. Waivable.
    R18 UNRESTRICTED = 18, true,
        unproven: "a signal on the row could not be read",
        contradicted: "a signal on the row forbids this use",
        source: "the most restrictive preference wins";
    /// The gate sets no maximum lag; or the source of consents states the instant up to which it is
    /// complete, that instant is no earlier than the as-of instant less the maximum lag, and the row
    /// was collected no later than it. Waivable.
    R19 FRESH = 19, true,
        unproven: "it is not known whether a withdrawal is still on its way",
        contradicted: "the consents on file are older than the gate or the row allows",
        source: "a withdrawal on its way: the new-enemy problem of Zanzibar";
    /// The gate assures every condition of the grant.
    R20 CONDITIONS = 20, false,
        unproven: "it is not known whether the conditions of the consent are kept",
        contradicted: "the consent holds under a condition that is not assured",
        source: "GDPR Rec. 32 and 43: the yes covers what was agreed and no more";
}

impl Rules {
    /// The rules that a gate can waive. A waived rule counts as met when it is unproven, and still
    /// denies when it is contradicted.
    ///
    /// ```
    /// use consent_gate::Rules;
    ///
    /// assert!(Rules::waivable().contains(Rules::EVIDENCED));
    /// assert!(!Rules::waivable().contains(Rules::STANDING));
    /// ```
    #[must_use]
    pub fn waivable() -> Self {
        RULES
            .iter()
            .filter(|rule| rule.is_waivable)
            .map(|rule| rule.bit)
            .collect()
    }

    /// The ids of these rules: `R1`, `R2` and so on, in their order.
    pub fn ids(self) -> impl Iterator<Item = &'static str> {
        self.rules().map(|rule| rule.id)
    }

    /// The names of these rules, such as `ON_RECORD`, in the order of their ids.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.rules().map(|rule| rule.name)
    }

    /// The meaning, in words, of each of these rules when it is unproven, in the order of their ids.
    pub fn unproven_in_words(self) -> impl Iterator<Item = &'static str> {
        self.rules().map(|rule| rule.unproven)
    }

    /// The meaning, in words, of each of these rules when it is contradicted, in the order of their
    /// ids.
    pub fn contradicted_in_words(self) -> impl Iterator<Item = &'static str> {
        self.rules().map(|rule| rule.contradicted)
    }

    fn rules(self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().filter(move |rule| self.contains(rule.bit))
    }

    /// Returns this set when `failed` is true, and the empty set otherwise.
    pub(crate) fn when(self, failed: bool) -> Self {
        Self::from_bits_retain(self.bits() & u32::from(failed).wrapping_neg())
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rule) in self.rules().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            write!(f, "{comma}{} {}", rule.id, rule.name)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Rules {
    type Err = UnknownName;

    /// Reads the name of one rule, such as `EVIDENCED`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let names = || {
            RULES
                .iter()
                .map(|rule| rule.name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let found = RULES.iter().find(|rule| rule.name == name);
        found
            .map(|rule| rule.bit)
            .ok_or_else(|| UnknownName::of(names()))
    }
}

/// Serialized as the list of names.
impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for name in self.names() {
            list.serialize_element(name)?;
        }
        list.end()
    }
}
