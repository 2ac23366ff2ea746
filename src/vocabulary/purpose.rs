//! Purposes of processing and categories of personal data.

use bitflags::bitflags;

use crate::vocabulary::flags::named_flags;

bitflags! {
    /// A set of purposes that data is used for, one bit each. No bit implies another.
    ///
    /// A grant must [contain](Purposes::contains) every purpose asked for. A denial or a
    /// restriction applies when it [intersects](Purposes::intersects) them.
    ///
    /// On the wire a set is a list of names, such as `["train-generative", "search"]`. A name
    /// that is not listed here makes the record or row that contains it unreadable.
    ///
    /// ```
    /// use consent_gate::Purposes;
    ///
    /// let asked = Purposes::AI_TRAINING;
    /// assert_eq!(asked, Purposes::TRAIN_GENERATIVE | Purposes::TRAIN_NON_GENERATIVE);
    /// assert!(!Purposes::TRAIN_GENERATIVE.contains(asked));
    /// assert_eq!("ai-input".parse::<Purposes>()?, Purposes::AI_INPUT);
    /// assert!("AI-Input".parse::<Purposes>().is_err());
    /// # Ok::<(), consent_gate::UnknownName>(())
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Purposes: u32 {
        /// `train-generative`: change the learned parameters of a model that generates content,
        /// fine-tuning included.
        const TRAIN_GENERATIVE = 1;
        /// `train-non-generative`: change the learned parameters of any other model.
        const TRAIN_NON_GENERATIVE = 1 << 1;
        /// `ai-input`: give the data to a trained model: inference, retrieval, grounding.
        const AI_INPUT = 1 << 2;
        /// `embedding`: turn the data into vectors that are kept.
        const EMBEDDING = 1 << 3;
        /// `ai-evaluation`: measure a model with the data.
        const AI_EVALUATION = 1 << 4;
        /// `data-mining`: automated analysis of text and data for patterns (Directive (EU)
        /// 2019/790 Art. 2(2)).
        const DATA_MINING = 1 << 5;
        /// `dataset-release`: hand the data to others as part of a dataset.
        const DATASET_RELEASE = 1 << 6;
        /// `search`: find the data and direct people to it.
        const SEARCH = 1 << 7;
        /// `research`: scientific or historical research.
        const RESEARCH = 1 << 8;
        /// `analytics`: measure how a service is used.
        const ANALYTICS = 1 << 9;
        /// `personalisation`: adapt what the person sees to the person.
        const PERSONALISATION = 1 << 10;
        /// `advertising`: choose or measure advertisements.
        const ADVERTISING = 1 << 11;
        /// `service-provision`: provide what the person asked for.
        const SERVICE_PROVISION = 1 << 12;
        /// `service-improvement`: improve a service. It is not training.
        const SERVICE_IMPROVEMENT = 1 << 13;
        /// `security`: protect a service or its people.
        const SECURITY = 1 << 14;
        /// `ai-training`: both kinds of training. It is a name for the two bits, not a third one.
        const AI_TRAINING = Self::TRAIN_GENERATIVE.bits() | Self::TRAIN_NON_GENERATIVE.bits();
    }
}

named_flags!(Purposes, "purpose");

bitflags! {
    /// A set of categories of personal data, one bit each. No bit implies another.
    ///
    /// On the wire a set is a list of names, such as `["posts", "special-category"]`.
    ///
    /// ```
    /// use consent_gate::DataCategories;
    ///
    /// let row = DataCategories::POSTS | DataCategories::SPECIAL_CATEGORY;
    /// assert!(!DataCategories::POSTS.contains(row));
    /// assert_eq!(row.to_string(), "posts, special-category");
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct DataCategories: u32 {
        /// `posts`: content that was published, to everyone or to some.
        const POSTS = 1;
        /// `messages`: content that was sent to someone.
        const MESSAGES = 1 << 1;
        /// `media`: pictures, sound and film.
        const MEDIA = 1 << 2;
        /// `profile`: the statements of a person about themselves in an account.
        const PROFILE = 1 << 3;
        /// `interactions`: likes, follows, opened and watched content.
        const INTERACTIONS = 1 << 4;
        /// `ai-conversations`: prompts to a model, and its answers.
        const AI_CONVERSATIONS = 1 << 5;
        /// `location`: the places where a person was.
        const LOCATION = 1 << 6;
        /// `contacts`: the people whom a person knows.
        const CONTACTS = 1 << 7;
        /// `derived`: facts that were inferred about a person.
        const DERIVED = 1 << 8;
        /// `special-category`: health, religion, opinion and the like, whether stated or
        /// inferable (GDPR Art. 9).
        const SPECIAL_CATEGORY = 1 << 9;
    }
}

named_flags!(DataCategories, "data category");

bitflags! {
    /// A set of channels in which a person can give or withdraw consent.
    ///
    /// ```
    /// use consent_gate::Channels;
    ///
    /// let withdraw_via = Channels::WEB | Channels::EMAIL;
    /// assert!(!withdraw_via.contains(Channels::APP));
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Channels: u32 {
        /// `web`: a site in a browser.
        const WEB = 1;
        /// `app`: an application on a device.
        const APP = 1 << 1;
        /// `api`: a programming interface.
        const API = 1 << 2;
        /// `email`: a message by electronic mail.
        const EMAIL = 1 << 3;
        /// `phone`: a call.
        const PHONE = 1 << 4;
        /// `paper`: a letter or a form.
        const PAPER = 1 << 5;
        /// `in-person`: face to face.
        const IN_PERSON = 1 << 6;
    }
}

named_flags!(Channels, "channel");
