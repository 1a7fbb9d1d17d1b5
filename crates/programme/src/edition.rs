//! Editions of a programme, side by side: which one holds on a day, what a region adds, and which
//! figures nobody has checked yet.
//!
//! An edition is written in TOML (`docs/programme.md` says how) and becomes the same
//! [`SupportingData`] as CDC's files. It names the one that it is based on and says only what
//! differs; an antigen that it describes replaces that antigen as a whole.

mod build;
mod layer;
mod text;
mod unverified;

use serde::{Deserialize, Serialize};

use crate::date::Day;
use crate::error::LoadError;
use crate::programme::Programme;
use crate::reason::Language;
use crate::supporting::{Effect, SupportingData};
use text::Sheet;

/// Code system of the vaccines that editions name: the project's catalogue of China's vaccines.
pub const VACCINES: &str = "urn:hutong:cs:cn-vaccine";
/// Code system of the special health states that editions name.
pub const STATES: &str = "urn:hutong:cs:cn-health-state";

/// Files of an edition set, and bytes of each.
const MOST_FILES: usize = 200;
const MOST_BYTES: usize = 1 << 20;

/// How sure a figure is that was not found alike in two transcriptions of its source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// One transcription has it.
    Single,
    /// Another edition has it; whether this one does was not seen.
    Carried,
    /// From memory.
    Memory,
    /// The source is silent or open; this is how we read it.
    Reading,
}

impl Mark {
    /// The mark in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::Chinese, Mark::Single) => "仅一处转录",
            (Language::Chinese, Mark::Carried) => "取自另一版本，未见本版原文",
            (Language::Chinese, Mark::Memory) => "凭记忆",
            (Language::Chinese, Mark::Reading) => "原文未明，按我们的理解",
            (Language::English, Mark::Single) => "one transcription only",
            (Language::English, Mark::Carried) => "of another edition, not seen in this one",
            (Language::English, Mark::Memory) => "from memory",
            (Language::English, Mark::Reading) => "the source is open, our reading",
        }
    }
}

/// A figure that nobody has checked yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unverified {
    /// The edition whose text has it.
    pub edition: String,
    /// Antigen, series and dose.
    pub place: String,
    /// Which figure; "*" for all of the place.
    pub figure: String,
    /// How sure it is.
    pub mark: Mark,
    /// Where it should stand.
    pub source: String,
}

/// An edition, ready to assess people.
#[derive(Debug)]
pub struct Edition {
    /// Its id: that of the programme and of the edition ("cn-2026"), and of a region's additions.
    pub id: String,
    /// Its name in Chinese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// Days of assessment that it is for.
    pub effect: Effect,
    /// The programme.
    pub programme: Programme,
    /// Figures of its own text that nobody has checked yet.
    pub unverified: Vec<Unverified>,
    sheet: Sheet,
}

/// Editions of a programme, side by side, in the order in which they begin.
#[derive(Debug)]
pub struct Editions(Vec<Edition>);

/// What a region adds to a national programme. It is filed with the root and published by it.
#[derive(Debug)]
pub struct Pack {
    /// The region, a GB/T 2260 code.
    pub region: String,
    /// Its name in Chinese.
    pub name: String,
    /// Days of assessment that it is for.
    pub effect: Effect,
    /// Figures that nobody has checked yet.
    pub unverified: Vec<Unverified>,
    sheet: Sheet,
}

impl Editions {
    /// China's National Immunization Programme for children, as it comes with this release.
    ///
    /// # Errors
    ///
    /// None that a release has: its tests read the data.
    pub fn china() -> Result<Editions, LoadError> {
        Editions::parse(crate::china::FILES)
    }

    /// Reads editions: names (for errors) and texts of files, in any order.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with edition, series and dose.
    pub fn parse<'a, N: AsRef<str>>(
        files: impl IntoIterator<Item = (N, &'a str)>,
    ) -> Result<Editions, LoadError> {
        let sheets = layer::gather(files)?;
        let mut editions = Vec::new();
        for sheet in sheets.values() {
            // What has no first day is there to be based on.
            let Some(head) = sheet.edition.as_ref().filter(|head| head.from.is_some()) else {
                continue;
            };
            let full = layer::resolve(&sheets, &head.id)?;
            let unverified = unverified::list(sheet, &head.id, &full.sources);
            editions.push(edition(full, unverified)?);
        }
        editions.sort_by_key(|edition| edition.effect.from);
        close(&mut editions)?;
        Ok(Editions(editions))
    }

    /// The edition for an assessment on a day.
    #[must_use]
    pub fn on(&self, day: Day) -> Option<&Edition> {
        self.0.iter().find(|edition| edition.effect.holds(day))
    }

    /// An edition by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Edition> {
        self.0.iter().find(|edition| edition.id == id)
    }

    /// All of them, in the order in which they begin.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Edition> {
        self.0.iter()
    }

    /// The same programme with what a region adds, from the pack's first day to its last. National
    /// first: a pack adds, and changes nothing that the national editions say.
    ///
    /// # Errors
    ///
    /// What the pack would change, or what does not make sense in it.
    pub fn with(&self, pack: &Pack) -> Result<Editions, LoadError> {
        let mut editions = Vec::new();
        for national in &self.0 {
            for (effect, inside) in layer::split(national.effect, pack.effect) {
                let mut sheet = national.sheet.clone();
                let mut unverified = national.unverified.clone();
                if inside {
                    layer::add(&mut sheet, &pack.sheet, &pack.region)?;
                    unverified.extend(pack.unverified.iter().cloned());
                }
                let mut edition = edition(sheet, unverified)?;
                edition.effect = effect;
                editions.push(edition);
            }
        }
        Ok(Editions(editions))
    }
}

impl Pack {
    /// Reads a pack: its name (for errors) and its text.
    ///
    /// # Errors
    ///
    /// A text that is no pack. Whether it fits a programme shows when it is added to one.
    pub fn parse(file: &str, text: &str) -> Result<Pack, LoadError> {
        let sheet = layer::read(file, text)?;
        let wrong = |why: &str| LoadError::Unreadable { file: file.to_owned(), why: why.into() };
        let head = sheet.edition.as_ref().ok_or_else(|| wrong("no [edition]"))?;
        let region = head.region.clone().ok_or_else(|| wrong("no region"))?;
        if region.len() != 6 || !region.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("a region is six digits"));
        }
        let (name, id) = (head.name.clone(), head.id.clone());
        let effect = build::effect(&id, head.from.as_deref(), head.to.as_deref())?;
        let unverified = unverified::list(&sheet, &id, &sheet.sources);
        Ok(Pack { region, name, effect, unverified, sheet })
    }

    /// The vaccine types that it adds: code, number and antigens.
    pub fn vaccines(&self) -> impl Iterator<Item = (&str, u16, &[String])> {
        self.sheet.vaccine.iter().map(|it| (it.code.as_str(), it.number, it.antigens.as_slice()))
    }
}

impl Edition {
    /// The supporting data.
    #[must_use]
    pub fn data(&self) -> &SupportingData {
        self.programme.data()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        if language == Language::Chinese { &self.name } else { &self.name_en }
    }
}

fn edition(sheet: Sheet, unverified: Vec<Unverified>) -> Result<Edition, LoadError> {
    let head = sheet.edition.as_ref().ok_or(LoadError::Schedule { count: 0 })?;
    let (id, name, name_en) = (head.id.clone(), head.name.clone(), head.name_en.clone());
    let effect = build::effect(&id, head.from.as_deref(), head.to.as_deref())?;
    let programme = Programme::new(build::data(&sheet, &id)?)?;
    Ok(Edition { id, name, name_en, effect, programme, unverified, sheet })
}

/// An edition ends on the day before the next begins.
fn close(editions: &mut [Edition]) -> Result<(), LoadError> {
    for place in 1..editions.len() {
        let next = editions[place].effect.from;
        let (before, id) = (&mut editions[place - 1], next.map(Day::before));
        if before.effect.from == next {
            return Err(LoadError::Repeated {
                place: before.id.clone(),
                what: "first day of editions",
                name: next.map(|day| day.to_string()).unwrap_or_default(),
            });
        }
        before.effect.to = match (before.effect.to, id) {
            (Some(to), Some(last)) => Some(to.min(last)),
            (to, last) => to.or(last),
        };
    }
    Ok(())
}
