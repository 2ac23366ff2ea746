//! JSON pointers (RFC 6901).

use std::str::FromStr;

use thiserror::Error;

/// A JSON Pointer (RFC 6901), such as `/user/id` or `/authors/0`: the position of a value in a JSON
/// document.
///
/// ```
/// use consent_gate::json::Pointer;
///
/// assert!("/user/id".parse::<Pointer>().is_ok());
/// assert!("user/id".parse::<Pointer>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

/// The error for a text that is not a JSON Pointer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "expected a JSON Pointer such as /user/id, with ~0 for ~ and ~1 for / in a name; only one to \
     subjects may have * in it, and ** once and not at its end"
)]
pub struct InvalidPointer;

impl Pointer {
    /// The names of the pointer, from the outermost in.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// A pointer through these fields.
    #[cfg(feature = "interchange")]
    pub(crate) fn through(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// A pointer to a field of the outermost object.
    pub(crate) fn to_field(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl FromStr for Pointer {
    type Err = InvalidPointer;

    fn from_str(text: &str) -> Result<Self, InvalidPointer> {
        let Some(names) = text.strip_prefix('/') else {
            return if text.is_empty() {
                Ok(Self(Vec::new()))
            } else {
                Err(InvalidPointer)
            };
        };
        names
            .split('/')
            .map(unescaped)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or(InvalidPointer)
    }
}

fn unescaped(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(each) = rest.next() {
        text.push(match each {
            '~' => match rest.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: RFC 6901, section 5.
    #[test]
    fn the_examples_of_the_standard_are_read() {
        let names = |text: &str| text.parse::<Pointer>().map(|pointer| pointer.0);
        assert_eq!(names(""), Ok(vec![]));
        assert_eq!(names("/foo/0"), Ok(vec!["foo".to_owned(), "0".to_owned()]));
        assert_eq!(names("/"), Ok(vec![String::new()]));
        assert_eq!(names("/a~1b"), Ok(vec!["a/b".to_owned()]));
        assert_eq!(names("/m~0n"), Ok(vec!["m~n".to_owned()]));
        assert_eq!(names("/~01"), Ok(vec!["~1".to_owned()]));
    }

    #[test]
    fn what_is_not_a_pointer_is_refused() {
        for text in ["user", "user/id", "#/user", "/a~2b", "/a~"] {
            assert_eq!(text.parse::<Pointer>(), Err(InvalidPointer), "{text}");
        }
    }
}
