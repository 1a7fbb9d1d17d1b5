//! Printable vouchers of a person's records: a paper that verifies, by the certificates on it.

use crate::{
    Node, NodeError,
    certificates::{CertificateFormat, Ground, Issued, IssuedCertificate},
    history::Reader,
};
use hutong_code::{
    foreign::{Record, TestResult, Vaccination},
    issue::LatinName,
};
use hutong_model::{Catalogue, EntryId, PersonId, Timestamp};
use hutong_voucher::{Code, Fonts, Lang, Line, Outcome, Person, Size, Text, Voucher, limits};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct VoucherWish {
    /// Which records; all where empty.
    pub records: Vec<EntryId>,
    /// Which certificates are on it.
    pub formats: Vec<CertificateFormat>,
    /// What it is printed on.
    pub size: Size,
    /// In which languages.
    pub lang: Lang,
}

/// The fonts, read when the first voucher is made.
#[derive(Default)]
pub(crate) struct FontPlace(OnceLock<Arc<Fonts>>);

impl Node {
    /// Prints a voucher, as PDF; read as a history, and recorded as one.
    ///
    /// # Errors
    /// [`NodeError::Conflict`] where there is nothing to print, more than fits, or a code is too
    /// dense for a card; [`NodeError::Setup`] where no font is there or the node has no key.
    pub async fn print_voucher(
        &self,
        person: PersonId,
        reader: Reader,
        wish: &VoucherWish,
    ) -> Result<Vec<u8>, NodeError> {
        let ground = self.certificate_ground(person, reader, &wish.records).await?;
        let voucher = self.voucher(&ground, &wish.formats)?;
        let (size, lang) = (wish.size, wish.lang);
        let fonts = self.fonts()?;
        // Typesetting takes tens of milliseconds.
        let made = tokio::task::spawn_blocking(move || {
            hutong_voucher::render(&voucher, size, lang, &fonts)
        });
        let made = made.await.map_err(|error| NodeError::Setup(error.to_string()))?;
        made.map_err(|error| NodeError::Conflict(format!("the voucher cannot be printed: {error}")))
    }

    fn fonts(&self) -> Result<Arc<Fonts>, NodeError> {
        if let Some(fonts) = self.fonts.0.get() {
            return Ok(fonts.clone());
        }
        let found = Fonts::find(self.settings.font_file.as_deref().map(Path::new))
            .map_err(|error| NodeError::Setup(error.to_string()))?;
        Ok(self.fonts.0.get_or_init(|| Arc::new(found)).clone())
    }

    fn voucher(
        &self,
        ground: &Ground,
        formats: &[CertificateFormat],
    ) -> Result<Voucher, NodeError> {
        let mut certificates = Vec::new();
        for format in formats {
            let Issued { certificates: issued, .. } = self.issue_from(ground.clone(), *format)?;
            certificates.extend(issued);
        }
        let codes: Vec<Code> = certificates.iter().flat_map(codes).collect();
        if codes.is_empty() {
            let why = "none of the records can be stated by these certificates";
            return Err(NodeError::Conflict(why.into()));
        }
        let now = self.now();
        let expires_at = certificates.iter().filter_map(|issued| issued.expires_at).min();
        let name = self.settings.name.as_str();
        Ok(Voucher {
            person: self.printed_person(ground)?,
            records: ground.records.iter().map(|one| line(&one.record)).collect(),
            codes,
            issuer: Text::new(name, name),
            issued_at: now.utc_date().to_string(),
            expires_at: expires_at.map(|at| at.utc_date().to_string()).unwrap_or_default(),
            reference: hex::encode(self.entropy.bytes16()),
            how_to_verify: how_to_verify(),
            made_at: instant(now),
        })
    }

    fn printed_person(&self, ground: &Ground) -> Result<Person, NodeError> {
        let name = ground.shown.name.text.as_deref();
        let masked = ground.masked.as_ref().map_err(|why| NodeError::Conflict(why.clone()))?;
        let latin = LatinName::of(&ground.shown.name).unwrap_or_default();
        let latin = [latin.family_latin, latin.given_latin].into_iter().flatten();
        let latin: Vec<String> = latin.map(|part| part.replace('<', " ")).collect();
        Ok(Person {
            name: name.unwrap_or_default().into(),
            latin_name: latin.join(", "),
            birth_date: ground.shown.birth_date.as_deref().unwrap_or_default().into(),
            document: masked.document().into(),
        })
    }
}

fn codes(certificate: &IssuedCertificate) -> impl Iterator<Item = Code> + '_ {
    let (zh, en) = match certificate.format {
        CertificateFormat::EuDcc => ("欧盟数字新冠证书", "EU Digital COVID Certificate"),
        CertificateFormat::Shc => ("SMART 健康卡", "SMART Health Card"),
        CertificateFormat::Hutong => ("互通凭证", "Hutong certificate"),
    };
    let count = certificate.codes.len();
    certificate.codes.iter().enumerate().map(move |(at, text)| {
        let part = if count > 1 { format!(" {}/{count}", at + 1) } else { String::new() };
        Code {
            text: text.clone(),
            caption: Text::new(format!("{zh}{part}"), format!("{en}{part}")),
        }
    })
}

/// A record as a row of the table.
fn line(record: &Record) -> Line {
    match record {
        Record::Vaccination(dose) => dose_line(dose),
        Record::Test(test) => test_line(test),
        Record::Recovery(recovery) => Line {
            date: recovery.first_positive.as_deref().unwrap_or_default().into(),
            what: Text::new("康复", "recovery"),
            product: Text::default(),
            outcome: Outcome::Result(Text::new("首次阳性", "first positive")),
            lot: String::new(),
            place: place(None),
        },
    }
}

fn dose_line(dose: &Vaccination) -> Line {
    let known = dose
        .catalogue
        .as_ref()
        .and_then(|place| Catalogue::builtin().vaccine(&place.system, &place.code));
    let stated = dose.vaccine.as_ref();
    let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
    let what = match known {
        Some(vaccine) => Text::new(&*vaccine.name_zh, &*vaccine.name_en),
        None => Text::new(
            word(stated.and_then(|coded| coded.zh.as_deref())),
            word(stated.and_then(|coded| coded.en.as_deref())),
        ),
    };
    let maker = dose.maker.as_ref();
    let maker = maker.and_then(|maker| maker.zh.as_deref().or(maker.en.as_deref()));
    Line {
        date: dose.date.as_deref().unwrap_or_default().into(),
        what: cut(what),
        product: cut(Text::new(word(maker), word(maker))),
        outcome: match dose.dose {
            Some(number) => Outcome::Dose { number, of: dose.doses },
            None => Outcome::Result(Text::new("已接种", "given")),
        },
        lot: short(dose.lot.as_deref().unwrap_or_default(), limits::SHORT_CHARACTERS_MAX),
        place: place(dose.provenance.performer.as_deref()),
    }
}

fn test_line(test: &TestResult) -> Line {
    let (zh, en) = match test.kind.as_deref() {
        Some("antigen") => ("抗原检测", "antigen test"),
        _ => ("核酸检测", "nucleic-acid test"),
    };
    let outcome = match test.outcome.as_deref() {
        Some("negative") => Text::new("阴性", "negative"),
        Some("positive") => Text::new("阳性", "positive"),
        _ => Text::new("可疑", "inconclusive"),
    };
    let sampled = test.sampled_at.as_deref().unwrap_or_default();
    Line {
        date: sampled.get(..10).unwrap_or(sampled).into(),
        what: Text::new(zh, en),
        product: Text::default(),
        outcome: Outcome::Result(outcome),
        lot: String::new(),
        place: place(test.provenance.performer.as_deref()),
    }
}

fn place(performer: Option<&str>) -> Text {
    let performer = performer.unwrap_or_default();
    cut(Text::new(performer, performer))
}

/// A paper has less room than a record.
fn cut(text: Text) -> Text {
    let max = limits::TEXT_CHARACTERS_MAX;
    Text::new(short(&text.zh, max), short(&text.en, max))
}

fn short(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

fn how_to_verify() -> Text {
    Text::new(
        "文字仅供阅读，以二维码为准。请用任一可核验该类证书的程序扫描；也可用 hutong verify 核验。",
        "The words are for reading; the codes are what counts. Scan each with any verifier of its \
         kind, or with hutong verify.",
    )
}

fn instant(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(now.unix_ms()).unwrap_or_default()
}
