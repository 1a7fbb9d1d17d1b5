//! What differs between two versions of a programme, figure by figure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::codes::{CodeSet, Cvx};
use crate::date::Span;
use crate::supporting::{
    Age, Antigen, Condition, Effect, From, Interval, Series, SeriesDose, SeriesType, Skip,
    SupportingData, VaccineAges,
};

/// A figure that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// Antigen, series and dose; or a vaccine type.
    pub place: String,
    /// Which figure.
    pub figure: String,
    /// What it was; `None` where it is new.
    pub before: Option<String>,
    /// What it is; `None` where it is gone.
    pub after: Option<String>,
}

/// By place and figure.
type Figures = BTreeMap<(String, String), String>;

/// What differs between two versions, by antigen, series and dose.
#[must_use]
pub fn differences(before: &SupportingData, after: &SupportingData) -> Vec<Difference> {
    let (mut before, after) = (figures(before), figures(after));
    let mut found = Vec::new();
    for ((place, figure), now) in after {
        let was = before.remove(&(place.clone(), figure.clone()));
        if was.as_ref() != Some(&now) {
            found.push(Difference { place, figure, before: was, after: Some(now) });
        }
    }
    let gone = before.into_iter();
    found.extend(gone.map(|((place, figure), was)| Difference {
        place,
        figure,
        before: Some(was),
        after: None,
    }));
    found.sort_by(|one, other| (&one.place, &one.figure).cmp(&(&other.place, &other.figure)));
    found
}

/// All figures of a version.
struct All<'a> {
    data: &'a SupportingData,
    figures: Figures,
}

fn figures(data: &SupportingData) -> Figures {
    let mut all = All { data, figures: Figures::new() };
    for vaccine in &data.schedule.vaccines {
        let antigens: Vec<&str> = vaccine.antigens.iter().map(|it| it.0.as_str()).collect();
        let place = format!("vaccine type {}", all.vaccine(vaccine.cvx));
        all.put(&place, "antigens", antigens.join(", "));
    }
    for conflict in &data.schedule.conflicts {
        let place = format!("vaccine type {}", all.vaccine(conflict.current));
        let figure = format!("kept off by {}", all.vaccine(conflict.previous));
        all.put(&place, &figure, format!("{} to {}", conflict.begin, conflict.end));
    }
    data.antigens.iter().for_each(|antigen| all.antigen(antigen));
    all.figures
}

impl All<'_> {
    fn put(&mut self, place: &str, figure: &str, value: String) {
        if !value.is_empty() {
            self.figures.insert((place.to_owned(), figure.to_owned()), value);
        }
    }

    /// The code by which people know a vaccine type.
    fn vaccine(&self, cvx: Cvx) -> String {
        let found = self.data.schedule.vaccines.iter().find(|it| it.cvx == cvx);
        let code = found.and_then(|it| it.coded.first()).map(|(_, code)| code.clone());
        code.unwrap_or_else(|| cvx.to_string())
    }

    fn set(&self, codes: &CodeSet) -> String {
        let all = (0..Cvx::LIMIT).map(Cvx).filter(|code| codes.contains(*code));
        all.map(|code| self.vaccine(code)).collect::<Vec<_>>().join(" ")
    }

    fn observation(&self, code: crate::ObservationCode) -> String {
        let found = self.data.schedule.observations.iter().find(|it| it.code == code);
        found.map_or_else(|| code.to_string(), |it| it.title.clone())
    }

    fn antigen(&mut self, antigen: &Antigen) {
        for item in &antigen.contraindications {
            let kind = if item.precaution { "precaution" } else { "contraindication" };
            let figure = format!("{kind}: {}", self.observation(item.observation));
            let vaccines = item.vaccines.iter().flatten().copied();
            let vaccines: Vec<String> = vaccines.map(|it| self.used(it)).collect();
            let of = if item.vaccines.is_none() { "all".into() } else { vaccines.join(" ") };
            self.put(&antigen.name, &figure, of);
        }
        for series in &antigen.series {
            self.series(series, &format!("{}, {}", antigen.name, series.name));
        }
    }

    fn series(&mut self, series: &Series, place: &str) {
        let kind = match series.kind {
            SeriesType::Standard => "standard",
            SeriesType::Risk => "risk",
            SeriesType::EvaluationOnly => "evaluation only",
        };
        self.put(place, "kind", kind.to_owned());
        self.put(place, "vaccine group", series.vaccine_group.clone());
        self.put(place, "born", days(&series.born));
        let genders: Vec<String> = series.genders.iter().map(|it| format!("{it:?}")).collect();
        self.put(place, "genders", genders.join(", "));
        let for_whom = series.indications.iter();
        let for_whom: Vec<_> = for_whom.map(|it| self.observation(it.observation)).collect();
        self.put(place, "indications", for_whom.join(", "));
        self.put(place, "guidance", series.guidance.join("; "));
        for (number, dose) in series.doses.iter().enumerate() {
            let mut place = format!("{place}, {}", dose.id);
            // Forms of one dose share its id.
            let before = series.doses[..number].iter().filter(|it| it.id == dose.id).count();
            if before > 0 {
                let _ = write!(place, " ({})", before + 1);
            }
            self.dose(dose, &place);
        }
    }

    fn dose(&mut self, dose: &SeriesDose, place: &str) {
        for age in &dose.ages {
            self.age(age, place);
        }
        for interval in dose.intervals.iter().chain(&dose.allowable_intervals) {
            self.interval(interval, place);
        }
        let preferable = dose.preferable.iter().map(|vaccine| self.used(vaccine.ages));
        let preferable: Vec<String> = preferable.collect();
        self.put(place, "vaccines", preferable.join(" "));
        let allowable: Vec<String> = dose.allowable.iter().map(|it| self.used(*it)).collect();
        self.put(place, "allowed", allowable.join(" "));
        let skips: Vec<String> = dose.skips.iter().map(|skip| self.skip(skip)).collect();
        self.put(place, "passed over", skips.join("; or "));
    }

    fn age(&mut self, age: &Age, place: &str) {
        let when = match days(&age.effect).as_str() {
            "" => String::new(),
            days => format!(" ({days})"),
        };
        let spans =
            [("min", age.min), ("recommended", age.earliest), ("by", age.latest), ("max", age.max)];
        for (figure, span) in spans {
            let value = span.map(|span| span.to_string()).unwrap_or_default();
            self.put(place, &format!("{figure}{when}"), value);
        }
    }

    fn interval(&mut self, interval: &Interval, place: &str) {
        let from = match &interval.from {
            From::Previous => "the dose before".to_owned(),
            From::Target(number) => format!("dose {number}"),
            From::MostRecent(types) => self.set(types),
            From::Observation(code) => self.observation(*code),
        };
        let min = interval.min.or(interval.absolute_min);
        for (figure, span) in [("min", min), ("by", interval.latest)] {
            let value = span.map(|span| span.to_string()).unwrap_or_default();
            self.put(place, &format!("{figure} after {from}"), value);
        }
    }

    fn used(&self, ages: VaccineAges) -> String {
        let code = self.vaccine(ages.cvx);
        match ages_of(ages.begin, ages.end).as_str() {
            "" => code,
            ages => format!("{code} ({ages})"),
        }
    }

    fn skip(&self, skip: &Skip) -> String {
        let conditions = skip.sets.iter().flat_map(|set| &set.conditions);
        let conditions = conditions.map(|condition| match condition {
            Condition::Age { begin, end } => ages_of(*begin, *end),
            Condition::Completed { groups } => format!("series groups {groups:?} complete"),
            Condition::Interval(span) => format!("{span} after the dose before"),
            Condition::Count(count) => {
                let of = self.set(&count.vaccines);
                let logic = match count.logic {
                    std::cmp::Ordering::Less => "fewer than",
                    std::cmp::Ordering::Equal => "exactly",
                    std::cmp::Ordering::Greater => "more than",
                };
                format!("{logic} {} doses {of}", count.count).trim_end().to_owned()
            }
        });
        let joined = conditions.collect::<Vec<_>>().join(" and ");
        format!(
            "{joined}{}",
            if skip.context == crate::supporting::Context::Both { "" } else { " (one context)" }
        )
    }
}

fn ages_of(begin: Option<Span>, end: Option<Span>) -> String {
    match (begin, end) {
        (None, None) => String::new(),
        (Some(begin), None) => format!("from {begin}"),
        (None, Some(end)) => format!("before {end}"),
        (Some(begin), Some(end)) => format!("from {begin} before {end}"),
    }
}

fn days(effect: &Effect) -> String {
    match (effect.from, effect.to) {
        (None, None) => String::new(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    }
}
