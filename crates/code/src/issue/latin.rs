//! Names in the letters of a machine-readable passport, `A` to `Z` and `<` (ICAO Doc 9303 part 3,
//! sections 4.6 and 6).

use super::IssueError;
use super::hanzi;
use crate::foreign::Name;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name as it stands in certificates of the EU: as it is written, and in Latin letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LatinName {
    /// Family names as they are written.
    pub family: Option<Box<str>>,
    /// Given names as they are written.
    pub given: Option<Box<str>>,
    /// Family names in Latin letters.
    pub family_latin: Option<Box<str>>,
    /// Given names in Latin letters.
    pub given_latin: Option<Box<str>>,
}

impl LatinName {
    /// Transliterates a name. What the name itself has in Latin letters counts. Otherwise Latin
    /// letters go by the table of Doc 9303, and a Chinese name goes by its pinyin, in the spelling
    /// of Chinese passports; where it is one text, the family name is split off, compound ones
    /// whole. One text in Latin letters, which nobody knows how to split, is all primary
    /// identifier (Doc 9303 part 3 section 4.6).
    ///
    /// # Errors
    /// [`IssueError::Missing`] of `nam` where there is no name, [`IssueError::NotStatable`] of
    /// `fnt` or `gnt` where it is in another script, or a reading is not known.
    pub fn of(name: &Name) -> Result<Self, IssueError> {
        let kept = |text: &Option<Box<str>>| {
            text.as_ref().map(|text| text.trim().nfc().collect::<String>().into_boxed_str())
        };
        let (mut family, mut given) = (kept(&name.family), kept(&name.given));
        family = family.filter(|text| !text.is_empty());
        given = given.filter(|text| !text.is_empty());
        if family.is_none() && given.is_none() {
            (family, given) = split(kept(&name.text).as_deref().unwrap_or_default());
        }
        let family_latin = match stated(&name.family_latin, "fnt")? {
            Some(latin) => Some(latin),
            None => family.as_deref().map(family_of).transpose()?,
        };
        let given_latin = match stated(&name.given_latin, "gnt")? {
            Some(latin) => Some(latin),
            None => given.as_deref().map(given_of).transpose()?,
        };
        if family_latin.is_none() && given_latin.is_none() {
            return Err(IssueError::Missing("nam"));
        }
        Ok(Self { family, given, family_latin, given_latin })
    }
}

/// Splits a name that is one text.
fn split(text: &str) -> (Option<Box<str>>, Option<Box<str>>) {
    let some = |text: &str| (!text.is_empty()).then(|| text.into());
    match hanzi::split(text) {
        Some((family, given)) => (some(family), some(given)),
        None => (some(text), None),
    }
}

fn stated(text: &Option<Box<str>>, field: &'static str) -> Result<Option<Box<str>>, IssueError> {
    let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    transliterate(text).map(Some).ok_or(IssueError::Malformed(field))
}

fn family_of(text: &str) -> Result<Box<str>, IssueError> {
    transliterate(text).or_else(|| hanzi::family(text)).ok_or(IssueError::NotStatable("fnt"))
}

fn given_of(text: &str) -> Result<Box<str>, IssueError> {
    transliterate(text).or_else(|| hanzi::given(text)).ok_or(IssueError::NotStatable("gnt"))
}

/// Latin letters by the table of Doc 9303 part 3 section 6 A: capital letters without marks;
/// spaces and hyphens are `<`, apostrophes and other punctuation are left out (section 4.6). None
/// where another character occurs, or no letter.
pub fn transliterate(text: &str) -> Option<Box<str>> {
    let mut out = String::with_capacity(text.len());
    for character in text.nfc() {
        if is_separator(character) {
            // Components are separated once, and never at an end.
            if !out.is_empty() && !out.ends_with('<') {
                out.push('<');
            }
        } else if !is_left_out(character) {
            out.push_str(&letter(character)?);
        }
    }
    let name = out.trim_end_matches('<');
    (!name.is_empty()).then(|| name.into())
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '<' | '-' | '\u{2010}' | '\u{2011}' | '–')
}

fn is_left_out(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '.' | ',')
}

/// The letters for one letter. Those that are more than a base letter with marks stand in the
/// table; of several that it permits, the first.
fn letter(character: char) -> Option<String> {
    let special = match character {
        'Ä' | 'ä' | 'Æ' | 'æ' => "AE",
        'Å' | 'å' => "AA",
        'Ö' | 'ö' | 'Ø' | 'ø' | 'Œ' | 'œ' => "OE",
        'Ü' | 'ü' => "UE",
        'ß' | 'ẞ' => "SS",
        'Þ' | 'þ' => "TH",
        'Đ' | 'đ' | 'Ð' | 'ð' => "D",
        'Ħ' | 'ħ' => "H",
        'ı' => "I",
        '\u{132}' | '\u{133}' => "IJ",
        'ĸ' => "Q",
        'Ł' | 'ł' | '\u{13f}' | '\u{140}' => "L",
        'Ŋ' | 'ŋ' => "N",
        'Ŧ' | 'ŧ' => "T",
        _ => "",
    };
    if !special.is_empty() {
        return Some(special.to_owned());
    }
    let mut parts = std::iter::once(character).nfd().filter(|part| !is_combining_mark(*part));
    match (parts.next(), parts.next()) {
        (Some(base), None) if base.is_ascii_alphabetic() => Some(base.to_ascii_uppercase().into()),
        // A mark by itself, left over by composition: it belongs to the letter before.
        (None, _) => Some(String::new()),
        _ => None,
    }
}
