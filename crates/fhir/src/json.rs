//! JSON as outsiders send it: checked, then parsed into borrowed types.
//!
//! One parser for everything, behind this module: `serde_json`. A vectorised one (sonic-rs) was
//! measured beside it and was no quicker on resources of a few hundred bytes. Errors name the
//! element (a `FHIRPath`), the line and the column, and never repeat the value.

mod path;

use hutong_model::{
    Issue, IssueCode,
    limits::{JSON_DEPTH_MAX, RESOURCE_PARTS_MAX},
};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use std::{borrow::Cow, fmt, ops::Deref};

/// A text, borrowed from the input where it holds no escapes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Str<'a>(Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(text)))
            }
        }
        d.deserialize_str(Text)
    }
}

/// A JSON value that is looked at later, as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The JSON text.
    pub(crate) const fn text(self) -> &'a str {
        self.0
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        <&'de serde_json::value::RawValue>::deserialize(d).map(|raw| Raw(raw.get()))
    }
}

/// A JSON number, with its digits as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Num<'a>(&'a str);

impl<'a> Num<'a> {
    /// The digits.
    pub(crate) const fn text(self) -> &'a str {
        self.0
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Num<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(d)?.0;
        let number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if number { Ok(Num(raw)) } else { Err(D::Error::custom("wrong type, expected a number")) }
    }
}

/// Checks bytes once: UTF-8 (a byte order mark is dropped), an object, not too deep.
pub(crate) fn check(bytes: &[u8]) -> Result<&str, Issue> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| not_utf8(bytes, e.valid_up_to()))?;
    let start = text.trim_start_matches([' ', '\t', '\r', '\n']);
    match start.as_bytes().first() {
        Some(b'{') => {}
        None => {
            return Err(structure("nothing was sent", "send one FHIR resource as a JSON object"));
        }
        Some(b'[') => {
            return Err(structure(
                "a JSON list is not a FHIR resource",
                "send several resources as a Bundle, or as NDJSON with one resource in each line",
            ));
        }
        Some(b'<') => {
            return Err(structure("this looks like XML", "send FHIR as JSON"));
        }
        Some(_) => {
            return Err(structure("this is not a JSON object", "send FHIR as JSON"));
        }
    }
    check_depth(text)?;
    Ok(start)
}

fn not_utf8(bytes: &[u8], at: usize) -> Issue {
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let reason = if utf16 {
        "the text is UTF-16, not UTF-8".to_owned()
    } else {
        format!("the text is not UTF-8 (first wrong byte at offset {at})")
    };
    structure(reason, "save it as UTF-8 (it may be GB18030 or UTF-16 now) and send it again")
}

/// Objects and lists within a text at most: brackets within strings are counted too.
fn brackets(text: &str) -> usize {
    // Brackets differ in one bit; counting in bytes, by pieces that cannot overflow, is done many
    // bytes at a time.
    let in_piece =
        |piece: &[u8]| piece.iter().fold(0_u8, |n, b| n.wrapping_add(u8::from(b & 0xdf == b'[')));
    text.as_bytes().chunks(255).map(|p| usize::from(in_piece(p))).sum()
}

/// Refuses a resource of very many parts: `{},` written often takes a hundred times its size.
pub(crate) fn check_parts(text: &str) -> Result<(), Issue> {
    // Each has two characters at least.
    if text.len() <= 2 * RESOURCE_PARTS_MAX || brackets(text) <= RESOURCE_PARTS_MAX {
        return Ok(());
    }
    Err(Issue::error(
        IssueCode::TooLong,
        "",
        format!("the resource has more than {RESOURCE_PARTS_MAX} objects and lists"),
        "leave out what does not belong to the record",
    ))
}

/// Refuses nesting beyond the limit. Few texts have more brackets than the limit at all, and
/// counting them is quicker than following strings.
fn check_depth(text: &str) -> Result<(), Issue> {
    if brackets(text) <= JSON_DEPTH_MAX || path::depth(text) <= JSON_DEPTH_MAX {
        return Ok(());
    }
    Err(Issue::error(
        IssueCode::TooLong,
        "",
        format!("the JSON is nested more than {JSON_DEPTH_MAX} levels deep"),
        "flatten it: FHIR resources that Hutong keeps are at most 20 levels deep",
    ))
}

/// What a resource says it is.
#[derive(serde::Deserialize)]
struct Head<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Option<Str<'a>>,
}

/// The `resourceType` of a checked text, without reading the rest where it comes first.
pub(crate) fn resource_type(text: &str) -> Result<Str<'_>, Issue> {
    if let Some(found) = first_key(text) {
        return Ok(Str(Cow::Borrowed(found)));
    }
    let head: Head<'_> = parse(text, "")?;
    head.resource_type.filter(|t| !t.is_empty()).ok_or_else(|| {
        Issue::error(
            IssueCode::Required,
            "resourceType",
            "the object does not say which resource it is",
            "give resourceType, for example \"resourceType\": \"Immunization\"",
        )
    })
}

fn first_key(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('{')?.trim_start().strip_prefix("\"resourceType\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let end = rest.bytes().take(64).position(|b| !b.is_ascii_alphanumeric())?;
    (end > 0 && rest.as_bytes()[end] == b'"').then(|| &rest[..end])
}

/// Parses a checked text. `root` begins the `FHIRPath` of an error.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str, root: &str) -> Result<T, Issue> {
    serde_json::from_str(text).map_err(|error| explain(&error, text, root))
}

/// Turns a parser's error into one for people, without any of the text that was sent.
fn explain(error: &serde_json::Error, text: &str, root: &str) -> Issue {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => structure(
            format!("the JSON is cut off: it ends at line {line} column {column}"),
            "send the whole text",
        ),
        Category::Data => {
            let field = path::at(text, path::offset(text, line, column), root);
            let message = error.to_string();
            // Only what follows the last "expected" is our own; before it stands the value.
            let (_, wanted) = message.rsplit_once("expected ").unwrap_or_default();
            let wanted = wanted.split(" at line").next().unwrap_or_default();
            let reason = if message.starts_with("duplicate field") {
                "an element of the same name comes twice in one object".to_owned()
            } else if wanted.is_empty() {
                format!("the value has the wrong JSON type (line {line} column {column})")
            } else {
                let wanted = in_words(wanted);
                format!("expected {wanted} here (line {line} column {column})")
            };
            Issue::error(IssueCode::Structure, field, reason, "mend it as HL7 FHIR R4 defines it")
        }
        Category::Syntax | Category::Io => {
            structure(format!("this is not well-formed JSON: {error}"), "mend the JSON")
        }
    }
}

/// The parser's words for types, in plainer ones.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn structure(reason: impl Into<Cow<'static, str>>, remedy: &'static str) -> Issue {
    Issue::error(IssueCode::Structure, "", reason, remedy)
}
