//! Licences in Really Simple Licensing (RSL), an XML format.

use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::names::{AI, Names, named};
use crate::row::Restrictions;
use crate::vocabulary::purpose::Purposes;

const NAMESPACE: Namespace<'_> = Namespace("https://rslstandard.org/rsl");

/// The elements that identify a licence. Any of them can be the root.
const ELEMENTS: [&str; 4] = ["rsl", "license", "permits", "prohibits"];

const USAGE: &Names = &[
    ("all", AI.union(Purposes::SEARCH)),
    ("ai-all", AI),
    ("ai-train", Purposes::AI_TRAINING),
    ("train-ai", Purposes::AI_TRAINING),
    ("train-genai", Purposes::TRAIN_GENERATIVE),
    ("ai-input", Purposes::AI_INPUT),
    ("ai-use", Purposes::AI_INPUT),
    ("ai-index", Purposes::EMBEDDING),
    ("search", Purposes::SEARCH),
];

/// Everything that a licence can prohibit, and that one which permits other usages restricts.
const USAGES: Purposes = AI.union(Purposes::SEARCH);

/// The payments that are none. Any other one is a price for the use, which is not known to be paid.
const FREE: [&str; 2] = ["free", "attribution"];

/// Reads what a licence prohibits, and what it does not permit, from its XML, in UTF-8.
///
/// `<permits type="usage">` permits the usages that it names and no others (RSL 1.0, 3.5). Unreadable
/// are permissions of another type, a payment other than `free` and `attribution`, and a licence
/// that a `server` gives out.
///
/// A prohibition counts at any position and in any namespace, also next to an error that makes the
/// rest unreadable. A document type declaration is such an error, and no entity is expanded.
///
/// ```
/// use consent_gate::signal::rsl;
/// use consent_gate::{Purposes, Restrictions};
///
/// let prohibiting = r#"<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>
///     <prohibits type="usage">ai-train ai-input</prohibits>
/// </license></content></rsl>"#;
/// let no = Purposes::AI_TRAINING | Purposes::AI_INPUT;
/// assert_eq!(rsl(prohibiting), Restrictions::of(no));
///
/// let permitting = prohibiting.replace("prohibits", "permits");
/// assert!(rsl(permitting).purposes().contains(Purposes::SEARCH | Purposes::EMBEDDING));
/// ```
#[must_use]
pub fn rsl(xml: impl AsRef<[u8]>) -> Restrictions {
    let text = String::from_utf8_lossy(xml.as_ref());
    let mut licence = Licence::default();
    if text.as_bytes() != xml.as_ref() || !text.chars().all(is_xml) {
        licence.fault();
    }
    licence.read(text.strip_prefix('\u{feff}').unwrap_or(&text));
    licence.restrictions
}

/// Returns true for a character that XML allows (XML 1.0, production 2).
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// The state of reading a licence.
struct Licence {
    restrictions: Restrictions,
    /// The number of open elements.
    depth: usize,
    /// The outermost list of usages that is open.
    open: Option<Usages>,
    /// The text of that list since the last tag.
    text: String,
    names_something: bool,
    has_root: bool,
    is_recognised: bool,
}

/// A list of usages.
#[derive(Clone, Copy)]
struct Usages {
    /// The depth of its element.
    depth: usize,
    /// The usages that it permits so far; `None` where it prohibits them.
    permitted: Option<Purposes>,
}

impl Default for Licence {
    fn default() -> Self {
        Self {
            restrictions: Restrictions::none(),
            depth: 0,
            open: None,
            text: String::new(),
            names_something: false,
            has_root: false,
            is_recognised: false,
        }
    }
}

impl Licence {
    fn fault(&mut self) {
        self.restrictions = self.restrictions.and(Restrictions::unread());
    }

    fn read(&mut self, xml: &str) {
        let mut reader = NsReader::from_str(xml);
        reader.config_mut().enable_all_checks(true);
        reader.config_mut().expand_empty_elements = true;
        loop {
            let offset = reader.buffer_position();
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(Event::Start(element)) => {
                    let (namespace, _) = reader.resolver().resolve_element(element.name());
                    self.start(&element, &namespace);
                }
                Ok(Event::End(_)) => self.end(),
                Ok(Event::Text(text)) => self.text(&text.xml10_content()),
                Ok(Event::CData(text)) => self.text(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => self.text(character.encode_utf8(&mut [0; 4])),
                    _ => match quick_xml::escape::resolve_predefined_entity(&reference) {
                        Some(text) => self.text(text),
                        None => self.fault(),
                    },
                },
                Ok(Event::Decl(declaration)) if offset == 0 && is_utf8(&declaration) => {}
                Ok(Event::Decl(_) | Event::DocType(_)) => self.fault(),
                Ok(Event::Comment(_) | Event::PI(_) | Event::Empty(_)) => {}
                Err(_) => {
                    self.fault();
                    if reader.buffer_position() == offset {
                        break;
                    }
                }
            }
        }
        self.names();
        if let Some(open) = self.open {
            self.close(open);
        }
        if self.depth > 0 || !self.is_recognised {
            self.fault();
        }
    }

    fn start(&mut self, element: &BytesStart<'_>, namespace: &ResolveResult<'_>) {
        if self.depth == 0 && std::mem::replace(&mut self.has_root, true) {
            self.fault();
        }
        self.depth = self.depth.saturating_add(1);
        let mut kind = None;
        for attribute in element.attributes() {
            let read = attribute.ok().and_then(|attribute| {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
                Some((attribute.key, value.into_owned()))
            });
            match read {
                Some((key, value)) if key.0 == "type" => kind = Some(value),
                // A server gives out licences of its own, whatever this one says.
                Some((key, _)) if key.local_name().as_ref() == "server" => self.fault(),
                Some(_) => {}
                None => self.fault(),
            }
        }
        let kind = kind.as_deref();
        let name = element.local_name();
        match namespace {
            ResolveResult::Unknown(_) => self.fault(),
            ResolveResult::Bound(found) if *found != NAMESPACE => {}
            _ => self.is_recognised |= ELEMENTS.contains(&name.as_ref()),
        }
        if name.as_ref() == "payment" && !kind.is_some_and(|kind| FREE.contains(&kind)) {
            self.fault();
        }
        let is_list = matches!(name.as_ref(), "prohibits" | "permits");
        if is_list && kind != Some("usage") {
            self.fault();
        }
        if let Some(open) = self.open {
            // A list contains no elements. The text of one that is there counts as prohibited, and
            // not as permitted.
            self.names();
            self.fault();
            if open.permitted.is_some() {
                self.close(open);
            }
        }
        if self.open.is_none() && (name.as_ref() == "prohibits" || is_list && kind == Some("usage"))
        {
            self.open = Some(Usages {
                depth: self.depth,
                permitted: (name.as_ref() == "permits").then_some(Purposes::empty()),
            });
            self.names_something = false;
        }
    }

    fn end(&mut self) {
        self.names();
        if let Some(open) = self.open.filter(|open| open.depth == self.depth) {
            self.close(open);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Ends a list of usages. What is not permitted is restricted.
    fn close(&mut self, list: Usages) {
        self.open = None;
        if let Some(permitted) = list.permitted {
            let others = Restrictions::of(USAGES.difference(permitted));
            self.restrictions = self.restrictions.and(others);
        }
        if !self.names_something {
            self.fault();
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.is_some() {
            self.text.push_str(text);
        } else if self.depth == 0 && !text.trim_ascii().is_empty() {
            self.fault();
        }
    }

    /// Reads the names in the text of a list.
    fn names(&mut self) {
        let is_between = |character: char| character.is_whitespace() || character == ',';
        for name in self.text.split(is_between).filter(|name| !name.is_empty()) {
            self.names_something = true;
            let usage = named(USAGE, name);
            let restricted = match (&mut self.open, usage) {
                (_, None) => Restrictions::unread(),
                (
                    Some(Usages {
                        permitted: Some(permitted),
                        ..
                    }),
                    Some(usage),
                ) => {
                    *permitted |= usage;
                    Restrictions::none()
                }
                (_, Some(usage)) => Restrictions::of(usage),
            };
            self.restrictions = self.restrictions.and(restricted);
        }
        self.text.clear();
    }
}

fn is_utf8(declaration: &BytesDecl<'_>) -> bool {
    let is_named = |encoding: &str| encoding.eq_ignore_ascii_case("utf-8");
    let encoding = declaration.encoding();
    declaration.version().is_ok() && encoding.is_none_or(|name| name.is_ok_and(|n| is_named(&n)))
}
