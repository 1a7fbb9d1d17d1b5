//! Reads CDC's supporting data as published: `ScheduleSupportingData.xml` and one
//! `AntigenSupportingData- … .xml` for each antigen.
//!
//! An empty element, "n/a" and a missing element mean the same. A value that is there and cannot
//! be read is an error: a programme is not guessed.

mod antigen;
mod dose;
mod schedule;

use roxmltree::{Document, Node, ParsingOptions};

use crate::codes::{CodeSet, Cvx};
use crate::date::{Day, Span};
use crate::error::LoadError;
use crate::supporting::{Schedule, SupportingData};

/// Nodes of one file.
const MOST_NODES: u32 = 1_000_000;

/// Reads files, each a name (for errors) and its text.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub fn read<'a, N: AsRef<str>>(
    files: impl IntoIterator<Item = (N, &'a str)>,
) -> Result<SupportingData, LoadError> {
    let mut data = SupportingData::default();
    let mut schedules: Vec<Schedule> = Vec::new();
    for (name, text) in files {
        let name = name.as_ref();
        let document = parse(name, text)?;
        let root = document.root_element();
        let at = At { file: name, place: String::new() };
        match root.tag_name().name() {
            "antigenSupportingData" => data.antigens.push(antigen::read(root, at)?),
            "scheduleSupportingData" => schedules.push(schedule::read(root, &at)?),
            other => {
                let root = other.chars().take(40).collect();
                return Err(LoadError::UnknownFile { file: name.into(), root });
            }
        }
    }
    let count = schedules.len();
    data.schedule = schedules.pop().filter(|_| count == 1).ok_or(LoadError::Schedule { count })?;
    Ok(data)
}

fn parse<'a>(name: &str, text: &'a str) -> Result<Document<'a>, LoadError> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let text = text.trim_start_matches('\u{feff}');
    Document::parse_with_options(text, options)
        .map_err(|error| LoadError::Malformed { file: name.into(), why: error.to_string() })
}

/// Where the reader is, for errors.
#[derive(Clone)]
struct At<'a> {
    file: &'a str,
    place: String,
}

impl<'a> At<'a> {
    fn inside(&self, place: &str) -> At<'a> {
        let place = match (self.place.as_str(), place) {
            ("", place) => place.to_owned(),
            (outer, "") => outer.to_owned(),
            (outer, place) => format!("{outer}, {place}"),
        };
        At { file: self.file, place }
    }

    fn missing(&self, element: &'static str) -> LoadError {
        LoadError::Missing { file: self.file.into(), place: self.place.clone(), element }
    }

    fn bad(&self, element: &'static str, value: &str) -> LoadError {
        LoadError::Value {
            file: self.file.into(),
            place: self.place.clone(),
            element,
            value: value.chars().take(60).collect(),
        }
    }

    /// A value of an element, if it has one.
    fn value<T>(
        &self,
        node: Node<'_, '_>,
        element: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, LoadError> {
        let Some(text) = text(node, element) else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.bad(element, text))
    }

    fn need<T>(
        &self,
        node: Node<'_, '_>,
        element: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, LoadError> {
        self.value(node, element, parse)?.ok_or_else(|| self.missing(element))
    }

    fn span(&self, node: Node<'_, '_>, element: &'static str) -> Result<Option<Span>, LoadError> {
        self.value(node, element, Span::parse)
    }

    fn day(&self, node: Node<'_, '_>, element: &'static str) -> Result<Option<Day>, LoadError> {
        self.value(node, element, Day::parse)
    }

    /// "Yes" and "Y"; anything of "No", "N" and nothing is false.
    fn flag(&self, node: Node<'_, '_>, element: &'static str) -> Result<bool, LoadError> {
        let flag = |text: &str| match text.to_ascii_lowercase().as_str() {
            "yes" | "y" | "true" => Some(true),
            "no" | "n" | "false" => Some(false),
            _ => None,
        };
        Ok(self.value(node, element, flag)?.unwrap_or(false))
    }

    /// Codes separated by semicolons or commas.
    fn codes(&self, node: Node<'_, '_>, element: &'static str) -> Result<CodeSet, LoadError> {
        let mut set = CodeSet::default();
        let Some(list) = text(node, element) else { return Ok(set) };
        for code in list.split([';', ',']).map(str::trim).filter(|code| !code.is_empty()) {
            let fits = Cvx::parse(code).is_some_and(|code| set.insert(code));
            if !fits {
                return Err(self.bad(element, list));
            }
        }
        Ok(set)
    }
}

/// Elements with a name.
fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

/// The first element with a name.
fn child<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> Option<Node<'a, 'input>> {
    children(node, name).next()
}

/// Text of a node, if there is any.
fn own_text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let text = node.text()?.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("n/a")).then_some(text)
}

/// Text of the first element with a name, if there is any.
fn text<'a>(node: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    child(node, name).and_then(own_text)
}

fn string(node: Node<'_, '_>, name: &'static str) -> String {
    text(node, name).unwrap_or_default().to_owned()
}

fn small(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number| *number < 100)
}

fn cvx(text: &str) -> Option<Cvx> {
    Cvx::parse(text).filter(|code| code.0 < Cvx::LIMIT)
}
