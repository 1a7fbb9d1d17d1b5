//! What regions add to the national immunization programme: filed with the root before it takes
//! effect (Vaccine Administration Law, article 41), public, with a first and a last day. National
//! first: a pack adds, and changes nothing that the national editions say.

use super::Document;
use crate::{
    Node, NodeError,
    programme::{editions::national, patient::date},
};
use hutong_model::{Date, RegionCode, Timestamp, limits};
use hutong_programme::Pack;
use serde::{Deserialize, Serialize};

/// What a region files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProgrammePack {
    /// The region: a division of province level.
    pub region: RegionCode,
    /// By what law, and the act that says so.
    pub legal_basis: Box<str>,
    /// What the addition rests on: burden of disease, safety, supply; where it can be read.
    pub evidence: Box<str>,
    /// The text of the pack (docs/programme.md). It names its first and its last day.
    pub source: Box<str>,
}

/// A pack, as it was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FiledProgrammePack {
    /// Its id: the region and the first day.
    pub id: Box<str>,
    /// The first day of assessments that it is for.
    pub first_day: Date,
    /// The last one.
    pub last_day: Date,
    /// What was filed.
    #[serde(flatten)]
    pub filed: NewProgrammePack,
    /// The member that filed it.
    pub by: Box<str>,
    /// When.
    pub filed_at: Timestamp,
}

impl Document for FiledProgrammePack {
    const KIND: &'static str = "programme-pack";
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl FiledProgrammePack {
    /// The pack of its text.
    pub(crate) fn pack(&self) -> Option<Pack> {
        let read = Pack::parse(&self.id, &self.filed.source);
        read.inspect_err(|error| tracing::error!(pack = &*self.id, %error, "left out")).ok()
    }
}

impl Node {
    /// Every pack that was ever filed, the oldest filing first.
    pub fn programme_packs(&self) -> Vec<FiledProgrammePack> {
        self.rulebook().programmes.clone()
    }

    /// At the root: files a pack.
    pub(super) async fn file_programme_pack(
        &self,
        new: NewProgrammePack,
        by: &str,
    ) -> Result<FiledProgrammePack, NodeError> {
        check_words(&new)?;
        let pack = self.checked(&new)?;
        let (first_day, last_day) = self.days(&pack)?;
        let id = format!("{}/{first_day}", new.region);
        let known = self.programme_packs();
        if known.iter().any(|filed| *filed.id == *id) {
            return Err(NodeError::not_permitted(
                "source",
                "a pack of this region that begins on this day was filed before",
            ));
        }
        if known.iter().filter(|filed| filed.filed.region == new.region).count()
            >= limits::PROGRAMME_PACKS_MAX
        {
            return Err(NodeError::Conflict("64 packs of this region were filed".into()));
        }
        one_meaning(&pack, &known)?;
        let filed = FiledProgrammePack {
            id: id.into(),
            first_day,
            last_day,
            filed: new,
            by: by.into(),
            filed_at: self.now(),
        };
        self.publish_document(&filed).await?;
        Ok(filed)
    }

    /// The pack of a filing: its text is one, of the region that files it, and it only adds.
    fn checked(&self, new: &NewProgrammePack) -> Result<Pack, NodeError> {
        let wrong = |why: String| NodeError::not_permitted("source", why);
        let name = format!("the pack of {}", new.region);
        let pack = Pack::parse(&name, &new.source).map_err(|error| wrong(error.to_string()))?;
        if *pack.region != *new.region.as_str() {
            return Err(wrong(format!("it is of {}, and filed for {}", pack.region, new.region)));
        }
        if new.region.name().is_none() || new.region == RegionCode::NATION {
            return Err(NodeError::not_permitted(
                "region",
                "provinces, autonomous regions and municipalities add to the programme",
            ));
        }
        national()?.with(&pack).map_err(|error| wrong(error.to_string()))?;
        Ok(pack)
    }

    /// First and last day of a pack that begins after it is filed.
    fn days(&self, pack: &Pack) -> Result<(Date, Date), NodeError> {
        let wrong = |why: &'static str| NodeError::not_permitted("source", why);
        let (Some(first), Some(last)) = (pack.effect.from, pack.effect.to) else {
            return Err(wrong("a pack names its first and its last day (from, to)"));
        };
        let (first, last) = (date(first), date(last));
        if first <= self.today() {
            return Err(wrong("a pack begins on a day after it is filed"));
        }
        let days = last.days_since(first) + 1;
        if !(1..=limits::PROGRAMME_PACK_DAYS_MAX).contains(&days) {
            return Err(wrong("a pack lasts from one day to ten years; then it is filed anew"));
        }
        Ok((first, last))
    }
}

fn check_words(new: &NewProgrammePack) -> Result<(), NodeError> {
    let within = |text: &str, most: usize| !text.trim().is_empty() && text.len() <= most;
    if !within(&new.legal_basis, limits::TEXT_BYTES_MAX) {
        return Err(NodeError::not_permitted(
            "legalBasis",
            "name law, article and act in 1 to 512 bytes",
        ));
    }
    if !within(&new.evidence, limits::PROGRAMME_EVIDENCE_BYTES_MAX) {
        return Err(NodeError::not_permitted(
            "evidence",
            "say in 1 to 4096 bytes what the addition rests on, and where it can be read",
        ));
    }
    if new.source.len() > limits::PROGRAMME_PACK_BYTES_MAX {
        return Err(NodeError::not_permitted("source", "a pack has at most 256 KiB"));
    }
    Ok(())
}

/// Codes and numbers of vaccine types mean the same in every region: a child takes them along.
fn one_meaning(pack: &Pack, known: &[FiledProgrammePack]) -> Result<(), NodeError> {
    let taken: Vec<(String, u16, Vec<String>)> = known
        .iter()
        .filter_map(FiledProgrammePack::pack)
        .flat_map(|other| other.vaccines().map(owned).collect::<Vec<_>>())
        .collect();
    for vaccine in pack.vaccines() {
        let (code, number, antigens) = owned(vaccine);
        let clash = |(other, its_number, its_antigens): &&(String, u16, Vec<String>)| {
            let same_code = *other == code;
            (same_code != (*its_number == number)) || (same_code && *its_antigens != antigens)
        };
        if let Some((other, ..)) = taken.iter().find(clash) {
            let why = format!(
                "vaccine type {code:?}, number {number}, is not what a filed pack has as {other:?}: \
                 codes and numbers are nation-wide"
            );
            return Err(NodeError::not_permitted("source", why));
        }
    }
    Ok(())
}

fn owned((code, number, antigens): (&str, u16, &[String])) -> (String, u16, Vec<String>) {
    let mut antigens = antigens.to_vec();
    antigens.sort_unstable();
    (code.to_owned(), number, antigens)
}
