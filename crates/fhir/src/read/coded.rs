//! Codes, amounts and references, into the model's types.

use super::elements::{self, Concept, Extension, Identifier, Named, Quantity, Reference};
use super::findings::Findings;
use crate::json::{self, Raw};
use hutong_model::{Coding, IssueCode, RegionCode, limits::CODINGS_MAX};

/// Fields of one coded element, named once.
pub(super) struct Fields {
    /// `X.coding.system`
    pub(super) system: &'static str,
    /// `X.coding.code`
    pub(super) code: &'static str,
    /// `X.text` and displays
    pub(super) text: &'static str,
}

/// Names the fields of a coded element.
macro_rules! fields {
    ($path:literal) => {
        crate::read::coded::Fields {
            system: concat!($path, ".coding.system"),
            code: concat!($path, ".coding.code"),
            text: concat!($path, ".text"),
        }
    };
}
pub(super) use fields;

/// One coding; None where it says nothing.
fn coding(f: &mut Findings, fields: &Fields, c: &elements::Coding<'_>) -> Option<Coding> {
    let code = f.code(fields.code, c.code.as_deref());
    let display = f.words(fields.text, c.display.as_deref());
    let system = match &code {
        Some(_) => f.uri(fields.system, c.system.as_deref()),
        None => None,
    };
    if code.is_none() && display.is_none() {
        return None;
    }
    Some(Coding { system: system.unwrap_or_default(), code: code.unwrap_or_default(), display })
}

/// Every coding of a concept, then its text where no coding says the same.
pub(super) fn codings(f: &mut Findings, fields: &Fields, concept: &Concept<'_>) -> Vec<Coding> {
    let mut list: Vec<Coding> = Vec::with_capacity(concept.coding.len() + 1);
    for c in &concept.coding {
        // One more than is kept, so that it is known that there are more.
        if list.len() > CODINGS_MAX {
            break;
        }
        match coding(f, fields, c) {
            Some(found) if !list.contains(&found) => list.push(found),
            _ => {}
        }
    }
    let text = f.words(fields.text, concept.text.as_deref());
    let said = |text: &str| list.iter().any(|c| c.display.as_deref() == Some(text));
    if let Some(text) = text.filter(|text| !said(text)) {
        list.push(Coding::text(&text));
    }
    if list.len() > CODINGS_MAX {
        let reason = format!("only {CODINGS_MAX} codings are kept");
        f.warning(IssueCode::TooLong, fields.code, reason, "send the codings that matter");
        list.truncate(CODINGS_MAX);
    }
    list
}

/// The one coding that says most: the first with a code, named by the concept's text where it
/// has no name of its own; else the text.
pub(super) fn one(
    f: &mut Findings,
    fields: &Fields,
    concept: Option<&Concept<'_>>,
) -> Option<Coding> {
    let concept = concept?;
    let first = concept.coding.iter().find(|c| c.code.is_some()).or(concept.coding.first());
    let text = |f: &mut Findings| f.words(fields.text, concept.text.as_deref());
    match first.and_then(|c| coding(f, fields, c)) {
        Some(mut found) => {
            if found.display.is_none() {
                found.display = text(f);
            }
            Some(found)
        }
        None => text(f).map(|text| Coding::text(&text)),
    }
}

/// An amount with its digits as written; a comparator (`<`) goes before them.
pub(super) fn quantity(
    f: &mut Findings,
    field: &'static str,
    q: Option<&Quantity<'_>>,
) -> Option<hutong_model::Quantity> {
    let q = q?;
    let digits = q.value?.text();
    let sign = match q.comparator.as_deref() {
        None => "",
        Some(sign @ ("<" | "<=" | ">" | ">=")) => sign,
        Some(_) => {
            let remedy = "use <, <=, > or >=";
            f.error(IssueCode::CodeInvalid, field, "the comparator is not known", remedy);
            return None;
        }
    };
    let unit = f.words(field, q.unit.as_deref().or(q.code.as_deref()));
    let value = if sign.is_empty() {
        f.text(field, Some(digits))
    } else {
        f.text(field, Some(&format!("{sign}{digits}")))
    };
    Some(hutong_model::Quantity { value: value?, unit })
}

/// A count from 1, of at most four digits.
pub(super) fn count(f: &mut Findings, field: &'static str, text: Option<&str>) -> Option<u16> {
    let text = text?.trim();
    match text.parse::<u16>() {
        Ok(n) if n > 0 && n < 10_000 => Some(n),
        _ => {
            let remedy = "give a whole number from 1";
            f.error(IssueCode::Value, field, "this is not a whole number from 1 to 9999", remedy);
            None
        }
    }
}

/// What to call the thing a reference points to: its display, its name where it is contained, its
/// identifier, else the reference itself.
pub(super) fn name_of<'x>(
    reference: &'x Reference<'_>,
    contained: &'x [Raw<'_>],
) -> Option<std::borrow::Cow<'x, str>> {
    use std::borrow::Cow;
    if let Some(display) = reference.display.as_deref() {
        return Some(Cow::Borrowed(display));
    }
    let target = reference.reference.as_deref();
    if let Some(raw) = target.and_then(|t| find_contained(contained, t))
        && let Ok(named) = json::parse::<Named<'_>>(raw.text(), "")
        && let Some(name) = named.name.as_deref()
    {
        return Some(Cow::Owned(name.to_owned()));
    }
    let identifier = reference.identifier.as_ref().and_then(|i| i.value.as_deref());
    identifier.or(target).map(Cow::Borrowed)
}

/// The resource that `#id` points to within the same resource.
pub(super) fn find_contained<'x, 'a>(
    contained: &'x [Raw<'a>],
    reference: &str,
) -> Option<&'x Raw<'a>> {
    let wanted = reference.strip_prefix('#')?;
    contained.iter().find(|raw| {
        json::parse::<elements::AnyResource<'_>>(raw.text(), "")
            .is_ok_and(|any| any.id.as_deref() == Some(wanted))
    })
}

/// An identifier as one text: `system|value`, or the value alone.
pub(super) fn identifier_text(identifier: &Identifier<'_>, own_system: &str) -> Option<String> {
    let value = identifier.value.as_deref().filter(|value| !value.trim().is_empty())?;
    Some(match identifier.system.as_deref() {
        Some(system) if !system.is_empty() && system != own_system => format!("{system}|{value}"),
        _ => value.to_owned(),
    })
}

/// The division in an extension of a record.
pub(super) fn place(
    f: &mut Findings,
    field: &'static str,
    extensions: &[Extension<'_>],
    url: &str,
) -> Option<RegionCode> {
    let extension = elements::extension(extensions, url)?;
    let text = extension.value_code.as_deref().or(extension.value_string.as_deref())?;
    match RegionCode::parse(text.trim()) {
        Ok(code) => Some(code),
        Err(error) => {
            f.error(IssueCode::Value, field, error.to_string(), "give a GB/T 2260 code");
            None
        }
    }
}
