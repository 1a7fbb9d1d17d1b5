//! The content of an EU Digital COVID Certificate: JSON schema 1.3.3 of the eHealth Network, whose
//! rules hold for versions 1.0.0 to 1.3.x alike (later ones only loosened what is required).

use super::cbor::{Map, Value};
use super::record::{
    Coded, Name, PersonShown, Provenance, Record, Recovery, TestResult, Vaccination,
};
use super::refusal::Refusal;
use super::value_sets::Set;
use super::wire_time::{is_date, is_date_time, is_partial_date};

/// Most characters of a text (`maxLength` in the schema).
const TEXT_CHARACTERS_MAX: usize = 80;

/// The three groups, by the name of the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Vaccination,
    Test,
    Recovery,
}

/// What was read.
pub(crate) struct Dcc {
    pub(crate) group: Group,
    pub(crate) person: PersonShown,
    pub(crate) record: Record,
}

impl Dcc {
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, Refusal> {
        let map = value.as_map().ok_or(Refusal::schema("dcc"))?;
        let top = Fields { map, group: "dcc" };
        check_version(top.text("ver", usize::MAX)?)?;
        let person = person(&top)?;
        let (group, entry) = the_one_entry(&top)?;
        let record = match group {
            Group::Vaccination => vaccination(&Fields { map: entry, group: "v" })?,
            Group::Test => test(&Fields { map: entry, group: "t" })?,
            Group::Recovery => recovery(&Fields { map: entry, group: "r" })?,
        };
        Ok(Self { group, person, record })
    }
}

/// The members of one object, and what the object is called.
struct Fields<'v> {
    map: &'v Map<'v>,
    group: &'static str,
}

impl<'v> Fields<'v> {
    fn wrong(&self, name: &str) -> Refusal {
        Refusal::schema(format!("{}/{name}", self.group))
    }
    fn value(&self, name: &str) -> Option<&'v Value<'v>> {
        self.map.text(name)
    }
    fn text_if(&self, name: &str, most: usize) -> Result<Option<&'v str>, Refusal> {
        let Some(mut value) = self.value(name) else { return Ok(None) };
        // A date may be marked as one (RFC 8949 section 3.4.1).
        if let Value::Tag(0, inner) = value {
            value = inner;
        }
        let text = value.as_text().ok_or_else(|| self.wrong(name))?;
        // Bytes are counted first: most texts have no more of them than characters are permitted.
        if text.len() > most && text.chars().count() > most {
            return Err(self.wrong(name));
        }
        Ok(Some(text))
    }
    fn text(&self, name: &str, most: usize) -> Result<&'v str, Refusal> {
        self.text_if(name, most)?.ok_or_else(|| self.wrong(name))
    }
    fn coded(&self, set: Set, name: &str) -> Result<Option<Coded>, Refusal> {
        Ok(Some(Coded::of(set, self.text(name, usize::MAX)?)))
    }
    /// A text that passes a test of its form.
    fn formed(&self, name: &str, form: fn(&str) -> bool) -> Result<Option<Box<str>>, Refusal> {
        let text = self.text(name, usize::MAX)?;
        if form(text) { Ok(Some(text.into())) } else { Err(self.wrong(name)) }
    }
    /// A complete date. The schema's `format` is a remark and not a rule (JSON Schema 2020-12,
    /// Validation, section 7.2.1), and some states write the time of day after it: it is dropped.
    fn date(&self, name: &str) -> Result<Option<Box<str>>, Refusal> {
        let text = self.text(name, usize::MAX)?;
        match text.split_at_checked(10) {
            Some((date, "")) if is_date(date) => Ok(Some(date.into())),
            Some((date, time)) if is_date(date) && time.starts_with('T') => Ok(Some(date.into())),
            _ => Err(self.wrong(name)),
        }
    }
    fn positive(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let number = match self.value(name) {
            Some(Value::Int(number)) => *number,
            // JSON schema: a number without a fraction is an integer.
            Some(Value::Float(number)) if number.fract() == 0.0 => *number as i128,
            _ => return Err(self.wrong(name)),
        };
        match u32::try_from(number) {
            Ok(number) if number >= 1 => Ok(Some(number)),
            _ => Err(self.wrong(name)),
        }
    }
    fn provenance(&self, performer: Option<&str>) -> Result<Provenance, Refusal> {
        let country = self.text("co", usize::MAX)?;
        // The pattern [A-Z]{1,10} is not anchored: one capital letter satisfies it.
        if !country.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(self.wrong("co"));
        }
        Ok(Provenance {
            country: Some(country.into()),
            authority: Some(self.text("is", TEXT_CHARACTERS_MAX)?.into()),
            certificate: Some(self.text("ci", TEXT_CHARACTERS_MAX)?.into()),
            performer: performer.map(Into::into),
        })
    }
}

/// A version of the first schema: three numbers, of which the first is 1.
fn check_version(text: &str) -> Result<(), Refusal> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('.');
    let version = [parts.next(), parts.next(), parts.next()];
    if parts.next().is_some() || !version.iter().all(|part| part.is_some_and(digits)) {
        return Err(Refusal::schema("dcc/ver"));
    }
    if version[0] == Some("1") { Ok(()) } else { Err(Refusal::schema("dcc/ver")) }
}

fn person(top: &Fields<'_>) -> Result<PersonShown, Refusal> {
    let map = top.value("nam").and_then(Value::as_map).ok_or_else(|| top.wrong("nam"))?;
    let names = Fields { map, group: "nam" };
    let latin = |name: &str| -> Result<Option<Box<str>>, Refusal> {
        let text = names.text_if(name, TEXT_CHARACTERS_MAX)?;
        let formed = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b == b'<');
        if text.is_some_and(|text| !formed(text)) {
            return Err(names.wrong(name));
        }
        Ok(text.map(Into::into))
    };
    let plain = |name: &str| -> Result<Option<Box<str>>, Refusal> {
        Ok(names.text_if(name, TEXT_CHARACTERS_MAX)?.map(Into::into))
    };
    let name = Name {
        text: None,
        family: plain("fn")?,
        given: plain("gn")?,
        family_latin: latin("fnt")?,
        given_latin: latin("gnt")?,
    };
    if name.family_latin.is_none() && name.given_latin.is_none() {
        return Err(names.wrong("fnt"));
    }
    let birth_date = top.formed("dob", |text| text.is_empty() || is_partial_date(text))?;
    let birth_date = birth_date.filter(|text| !text.is_empty());
    Ok(PersonShown { name, birth_date, ..PersonShown::default() })
}

/// The one entry of the one group (`oneOf`, `minItems` and `maxItems` of the schema).
fn the_one_entry<'v>(top: &Fields<'v>) -> Result<(Group, &'v Map<'v>), Refusal> {
    let groups = [("v", Group::Vaccination), ("t", Group::Test), ("r", Group::Recovery)];
    let mut found = groups.iter().filter(|(name, _)| top.value(name).is_some());
    let (Some((name, group)), None) = (found.next(), found.next()) else {
        return Err(Refusal::schema("dcc/v|t|r"));
    };
    let entries = top.value(name).and_then(Value::as_list).ok_or_else(|| top.wrong(name))?;
    match entries {
        [Value::Map(entry)] => Ok((*group, entry)),
        _ => Err(top.wrong(name)),
    }
}

fn vaccination(entry: &Fields<'_>) -> Result<Record, Refusal> {
    let mut vaccination = Vaccination {
        target: entry.coded(Set::Agents, "tg")?,
        vaccine: entry.coded(Set::Prophylaxes, "vp")?,
        product: entry.coded(Set::Products, "mp")?,
        maker: entry.coded(Set::Makers, "ma")?,
        dose: entry.positive("dn")?,
        doses: entry.positive("sd")?,
        date: entry.date("dt")?,
        provenance: entry.provenance(None)?,
        ..Vaccination::default()
    };
    vaccination.find_in_catalogue();
    Ok(Record::Vaccination(Box::new(vaccination)))
}

fn test(entry: &Fields<'_>) -> Result<Record, Refusal> {
    let device = entry.text_if("ma", usize::MAX)?.filter(|code| !code.is_empty());
    let reported = entry.text_if("dr", usize::MAX)?.filter(|text| !text.is_empty());
    let mut test = TestResult {
        target: entry.coded(Set::Agents, "tg")?,
        test: entry.coded(Set::Tests, "tt")?,
        name: entry.text_if("nm", TEXT_CHARACTERS_MAX)?.map(Into::into),
        device: device.map(|code| Coded { code: code.into(), ..Coded::default() }),
        sampled_at: entry.formed("sc", is_date_time)?,
        reported_at: reported.map(Into::into),
        result: entry.coded(Set::Results, "tr")?,
        provenance: entry.provenance(entry.text_if("tc", TEXT_CHARACTERS_MAX)?)?,
        ..TestResult::default()
    };
    test.find_in_value_sets();
    Ok(Record::Test(Box::new(test)))
}

fn recovery(entry: &Fields<'_>) -> Result<Record, Refusal> {
    Ok(Record::Recovery(Box::new(Recovery {
        target: entry.coded(Set::Agents, "tg")?,
        first_positive: entry.date("fr")?,
        valid_from: entry.date("df")?,
        valid_until: entry.date("du")?,
        provenance: entry.provenance(None)?,
    })))
}
