//! A person with everything that is recorded of them.

use crate::config::Config;
use crate::dice::Dice;
use crate::divisions::{Division, divisions, province_name};
use crate::doses::doses;
use crate::identity::{DICE_LIFE, Identity, identity, mother};
use crate::mistakes::{Mistake, spoil};
use crate::results::results;
use hutong_model::{
    Action, Date, Demographics, Document, DocumentKind, Fact, Guardian, IdError, MemberId,
    OriginId, RegionCode, Source, Subject, Submission, Times, When, person::Relation,
};
use std::fmt;

/// What a reporting organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReporterKind {
    /// Gives doses.
    Clinic,
    /// Tests samples.
    Lab,
}

/// An organisation that reports records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reporter {
    /// The region of [`Config::regions`] that it lies in.
    pub region: RegionCode,
    /// What it is.
    pub kind: ReporterKind,
    /// From 1, within its region and kind.
    pub number: u16,
}

impl Reporter {
    /// Its name as a member: `clinic-3`.
    pub fn name(&self) -> String {
        let kind = match self.kind {
            ReporterKind::Clinic => "clinic",
            ReporterKind::Lab => "lab",
        };
        format!("{kind}-{}", self.number)
    }

    /// Its id as a member of its region's node: `330000.clinic-3`.
    ///
    /// # Errors
    /// Never in practice: the name has the form of a member's.
    pub fn member(&self) -> Result<MemberId, IdError> {
        MemberId::parse(&self.to_string())
    }

    /// What people call it.
    pub fn title(&self) -> String {
        let (place, number) = (province_name(&self.region), self.number);
        match self.kind {
            ReporterKind::Clinic => format!("{place}第{number}预防接种门诊"),
            ReporterKind::Lab => format!("{place}第{number}医学检验所"),
        }
    }
}

impl fmt::Display for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.region, self.name())
    }
}

/// A record of a person, as one organisation reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who reports it.
    pub reporter: Reporter,
    /// The reporter's own id for it.
    pub own_id: OriginId,
    /// First hand, or from the booklet.
    pub source: Source,
    /// When.
    pub times: Times,
    /// What.
    pub fact: Fact,
    /// What was made wrong on purpose.
    pub mistake: Option<Mistake>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their number in the population, from 0.
    pub index: u64,
    /// The id that reporters know them by: `p0000042`.
    pub local_id: String,
    /// Documents; guardians of a small child; name, birth and home.
    pub subject: Subject,
    /// For a child without a document of its own: none of `subject.documents` is written out.
    pub newborn: bool,
    /// Where they lived before they moved, and the day on which they moved.
    pub moved: Option<(RegionCode, Date)>,
    /// Everything that is recorded, by time.
    pub records: Vec<Record>,
}

impl Person {
    /// A record as it is submitted.
    pub fn submission(&self, record: &Record) -> Submission {
        Submission {
            own_id: Some(record.own_id.clone()),
            action: Action::New,
            subject: self.subject.clone(),
            source: record.source,
            times: record.times,
            fact: Some(record.fact.clone()),
        }
    }

    /// Everybody who reports something about them, each once.
    pub fn reporters(&self) -> Vec<Reporter> {
        let mut reporters: Vec<Reporter> = self.records.iter().map(|r| r.reporter).collect();
        reporters.sort_unstable();
        reporters.dedup();
        reporters
    }
}

/// All persons of a population, one after the other.
pub fn persons(config: &Config) -> impl Iterator<Item = Person> + '_ {
    (0..config.persons).map(|index| person(config, index))
}

/// Makes one person, the same each time.
pub fn person(config: &Config, index: u64) -> Person {
    let identity = identity(config, index);
    let mut dice = Dice::new(config.seed, index, DICE_LIFE);
    let homes = Homes::draw(config, &identity, &mut dice);
    let (subject, newborn) = subject(config, &identity, &homes, &mut dice);
    let mut life = Life { config, identity: &identity, homes: &homes, records: Vec::new() };
    for given in doses(config, &identity, &mut dice) {
        let times = Times { performed: Some(When::day(given.on)), ..Times::default() };
        life.add_dose(&mut dice, given.on, times, given.fact);
    }
    for tested in results(config, &identity, &mut dice) {
        let on = tested.times.collected.map_or(config.as_of, When::date);
        let reporter = homes.reporter(config, ReporterKind::Lab, on, &mut dice);
        life.add(&mut dice, reporter, Source::FirstHand, tested.times, |place, title| {
            let mut fact = tested.fact;
            fact.place = Some(place);
            fact.performer = Some(title.into());
            Fact::TestResult(fact)
        });
    }
    let mut records = life.records;
    records.sort_by_key(|record| record.times.occurred().map(When::start));
    let moved = homes.before.map(|(home, on)| (home.region, on));
    Person { index, local_id: format!("p{index:07}"), subject, newborn, moved, records }
}

struct Life<'a> {
    config: &'a Config,
    identity: &'a Identity,
    homes: &'a Homes,
    records: Vec<Record>,
}

impl Life<'_> {
    fn add(
        &mut self,
        dice: &mut Dice,
        reporter: Reporter,
        source: Source,
        mut times: Times,
        fact: impl FnOnce(RegionCode, String) -> Fact,
    ) {
        let on = times.occurred().map_or(self.config.as_of, When::date);
        let mut fact = fact(self.homes.on(on).place, reporter.title());
        let mistake = spoil(&self.config.mistakes, dice, self.identity, &mut times, &mut fact);
        let letter = if reporter.kind == ReporterKind::Clinic { 'V' } else { 'T' };
        let text = format!("{letter}{:07}-{}", self.identity.index, self.records.len() + 1);
        // INVARIANT: the text is a dozen visible characters.
        if let Ok(own_id) = OriginId::parse(&text) {
            self.records.push(Record { reporter, own_id, source, times, fact, mistake });
        }
    }

    /// A dose, and often enough the same dose once more from another clinic's booklet.
    fn add_dose(
        &mut self,
        dice: &mut Dice,
        on: Date,
        times: Times,
        dose: hutong_model::Vaccination,
    ) {
        let first = self.homes.reporter(self.config, ReporterKind::Clinic, on, dice);
        let again = dice.chance(self.config.mistakes.duplicate).then(|| dose.clone());
        self.add(dice, first, Source::FirstHand, times, |place, title| {
            let mut dose = dose;
            dose.place = Some(place);
            dose.performer = Some(title.into());
            Fact::Vaccination(dose)
        });
        let Some(mut again) = again else { return };
        // The clinic of a new home, else the next one of the same region.
        let mut second =
            self.homes.reporter(self.config, ReporterKind::Clinic, self.config.as_of, dice);
        if second == first {
            second.number = second.number % self.config.clinics_per_region.max(1) + 1;
        }
        // Booklets are read with a day's difference now and then, and seldom the lot.
        let shift = if dice.chance(0.15) { 1 } else { 0 };
        let on = on.plus_days(shift).min(self.config.as_of);
        again.lot = again.lot.filter(|_| dice.chance(0.3));
        again.lot_expires = None;
        (again.site, again.route) = (None, None);
        let times = Times { performed: Some(When::day(on)), ..Times::default() };
        self.add(dice, second, Source::Historical, times, |_, _| Fact::Vaccination(again));
    }
}

/// Where somebody lives.
#[derive(Clone, Copy)]
struct Home {
    region: RegionCode,
    place: RegionCode,
    clinic: u16,
}

/// Where somebody has lived.
struct Homes {
    now: Home,
    before: Option<(Home, Date)>,
}

impl Homes {
    fn draw(config: &Config, identity: &Identity, dice: &mut Dice) -> Self {
        let native = identity.native;
        let own = config.regions.iter().find(|region| region.contains(&native.code));
        // INVARIANT: `Config::check` has seen to it that there is a region; without one, the
        // nation is where they live.
        let any = |dice: &mut Dice| match config.regions.as_slice() {
            [] => RegionCode::NATION,
            regions => *dice.pick(regions),
        };
        let stays = dice.chance(0.8);
        let region = own.copied().filter(|_| stays).unwrap_or_else(|| any(dice));
        let now = Home::draw(config, region, native, dice);
        let moved = config.regions.len() > 1 && dice.chance(config.moved);
        let days = config.as_of.days_since(identity.born);
        let before = moved.then(|| {
            let others: Vec<RegionCode> =
                config.regions.iter().copied().filter(|other| *other != region).collect();
            let from = if others.is_empty() { region } else { *dice.pick(&others) };
            let ago = dice.between(1, days.clamp(1, 2200));
            (Home::draw(config, from, native, dice), config.as_of.plus_days(-ago))
        });
        Self { now, before }
    }

    fn on(&self, day: Date) -> Home {
        match self.before {
            Some((home, moved)) if day < moved => home,
            _ => self.now,
        }
    }

    fn reporter(
        &self,
        config: &Config,
        kind: ReporterKind,
        day: Date,
        dice: &mut Dice,
    ) -> Reporter {
        let home = self.on(day);
        let clinics = config.clinics_per_region.max(1);
        let number = match kind {
            // Now and then at another clinic than one's own.
            ReporterKind::Clinic if dice.chance(0.07) => {
                u16::try_from(dice.below(u64::from(clinics))).unwrap_or(0) + 1
            }
            ReporterKind::Clinic => home.clinic,
            ReporterKind::Lab => {
                u16::try_from(dice.below(u64::from(clinics.div_ceil(2)))).unwrap_or(0) + 1
            }
        };
        Reporter { region: home.region, kind, number }
    }
}

impl Home {
    fn draw(config: &Config, region: RegionCode, native: &Division, dice: &mut Dice) -> Self {
        let stays = region.contains(&native.code) && dice.chance(0.6);
        let place = if stays {
            native.code
        } else {
            let within = || divisions().iter().filter(|d| region.contains(&d.code));
            let count = within().count() as u64;
            let nth = usize::try_from(dice.below(count)).unwrap_or(0);
            within().nth(nth).map_or(region, |division| division.code)
        };
        let clinics = u64::from(config.clinics_per_region.max(1));
        let clinic = u16::try_from(dice.below(clinics)).unwrap_or(0) + 1;
        Self { region, place, clinic }
    }
}

/// Who the person is, as reporters state it; and whether it is a child without a document.
fn subject(
    config: &Config,
    identity: &Identity,
    homes: &Homes,
    dice: &mut Dice,
) -> (Subject, bool) {
    let born = identity.born;
    let place = homes.now.place;
    let division = divisions().iter().find(|division| division.code == place);
    let street = dice.pick(&["人民路", "解放路", "建设路", "文化路", "中山路", "和平路", "新华路"]);
    let address = format!(
        "{}{}{street}{}号",
        province_name(&place),
        division.map_or("", |division| division.zh),
        dice.between(1, 400)
    );
    let phone = format!("1{}{:09}", dice.pick(&["3", "5", "7", "8"]), dice.below(1_000_000_000));
    let demographics = Demographics {
        name: Some(identity.name.as_str().into()),
        sex: Some(identity.sex),
        birth_date: Some(born),
        phone: Some(phone.into()),
        residence: Some(place),
        address: Some(address.into()),
        nationality: Some(identity.nationality.into()),
        died: None,
    };
    let small = config.as_of.days_since(born) < 7 * 365;
    let mother = (small || identity.document.is_none()).then(|| mother(config, identity)).flatten();
    let guardians: Vec<Guardian> = mother
        .into_iter()
        .filter_map(|mother| {
            let (document, name) = (mother.document?, Some(mother.name.into()));
            Some(Guardian { document, relation: Relation::Mother, name })
        })
        .collect();
    let (own, newborn) = match (&identity.document, guardians.first()) {
        (Some(document), _) => (Some(document.clone()), false),
        (None, Some(mother)) => (Some(Document::newborn(&mother.document, born, 1)), true),
        // The mother is not of the population: the birth certificate, a letter and nine digits.
        (None, None) => {
            let number = format!("T{:09}", identity.index % 1_000_000_000);
            (Document::parse(DocumentKind::BirthCertificate, "", &number).ok(), false)
        }
    };
    (Subject { documents: own.into_iter().collect(), demographics, guardians }, newborn)
}
