//! What a forecast says to people: administrative guidance, recommended vaccines, sentences. Made
//! on demand, so that an assessment stays small.

use crate::assessment::{
    Assessment, Dates, Forecast, GroupForecast, Note, PatientSeries, SeriesStatus,
};
use crate::patient::Patient;
use crate::programme::Programme;
use crate::reason::{ForecastReason, Language};
use crate::supporting::{SeriesType, Vaccine};

/// Administrative guidance and its source (FORECASTGUIDANCE-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guidance<'a> {
    /// Of a series of a recommended antigen (FORECASTVG-8).
    Series(&'a str),
    /// Of an indication with an active observation: its text and guidance.
    Indication(&'a str, &'a str),
    /// Of a contraindication with an active observation: its text and guidance.
    Contraindication(&'a str, &'a str),
}

impl Programme {
    /// Administrative guidance of a vaccine group forecast (FORECASTGUIDANCE-1), each once.
    #[must_use]
    pub fn guidance<'a>(
        &'a self,
        patient: &Patient,
        assessment: &Assessment,
        forecast: &GroupForecast,
    ) -> Vec<Guidance<'a>> {
        let mut found = Vec::new();
        let mut add = |guidance| {
            if !found.contains(&guidance) {
                found.push(guidance);
            }
        };
        let active = |code| {
            let mut all = patient.observations.iter();
            all.any(|it| it.code == code && it.certain && it.active(assessment.on))
        };
        for contained in assessment.contained(forecast) {
            let antigen = self.antigen(contained.antigen);
            let series = &antigen.series[usize::from(contained.series)];
            if contained.forecast.status == SeriesStatus::NotComplete {
                series.guidance.iter().for_each(|text| add(Guidance::Series(text)));
            }
            let indications = series.indications.iter().filter(|it| active(it.observation));
            indications.for_each(|it| add(Guidance::Indication(&it.text, &it.guidance)));
            let against = antigen.contraindications.iter().filter(|it| active(it.observation));
            against.for_each(|it| add(Guidance::Contraindication(&it.text, &it.guidance)));
        }
        found
    }

    /// Recommended vaccines of a patient series forecast (FORECASTRECVAC-1, FORECASTVG-9).
    pub fn recommended<'a>(
        &'a self,
        series: &PatientSeries,
    ) -> impl Iterator<Item = &'a Vaccine> + 'a {
        let doses = &self.antigen(series.antigen).series[usize::from(series.series)].doses;
        let target = series.forecast.target.and_then(|target| doses.get(usize::from(target)));
        let vaccines = series.forecast.vaccines;
        let all = target.into_iter().flat_map(|dose| dose.preferable.iter().enumerate());
        all.filter(move |(place, _)| *place < 64 && vaccines & (1 << place) != 0).map(|it| it.1)
    }
}

impl Forecast {
    /// A sentence for people: the status or what is due when, and why.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let number = self.dates.map(|_| self.number);
        let said = outlook(self.status, number, self.dates, language);
        finish(said, [self.reason].into_iter(), language)
    }
}

impl Assessment {
    /// Why a forecast of a vaccine group is what it is (FORECASTVG-7): the reasons of the series
    /// that it contains.
    pub fn reasons(&self, forecast: &GroupForecast) -> impl Iterator<Item = ForecastReason> {
        self.contained(forecast).map(|series| series.forecast.reason)
    }

    /// A sentence for people about a vaccine group: what is due when, and why.
    #[must_use]
    pub fn sentence(&self, forecast: &GroupForecast, language: Language) -> String {
        let mut reasons: Vec<ForecastReason> = self.reasons(forecast).collect();
        reasons.dedup();
        finish(forecast.outlook(language), reasons.into_iter(), language)
    }
}

impl GroupForecast {
    /// A sentence for people: the status, or what is due when.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let end = if language == Language::Chinese { "。" } else { "." };
        self.outlook(language) + end
    }

    fn outlook(&self, language: Language) -> String {
        let mut said = outlook(self.status, self.number, self.dates, language);
        if self.kind == SeriesType::Risk {
            let chinese = language == Language::Chinese;
            said.push_str(if chinese { "（按风险情形）" } else { " (because of a risk)" });
        }
        said
    }
}

/// A status, or the dates that there are.
fn outlook(
    status: SeriesStatus,
    number: Option<u16>,
    dates: Option<Dates>,
    language: Language,
) -> String {
    let Some(Dates { earliest, recommended, past_due, .. }) = dates else {
        return status.words(language).to_owned();
    };
    let number = number.unwrap_or(1);
    let chinese = language == Language::Chinese;
    let mut said = if chinese {
        format!("第 {number} 剂：最早 {earliest}，推荐 {recommended}")
    } else {
        format!("Dose {number}: earliest {earliest}, recommended {recommended}")
    };
    if let Some(past_due) = past_due {
        said.push_str(if chinese { "，逾期 " } else { ", past due " });
        said.push_str(&past_due.to_string());
    }
    said
}

/// Adds reasons and the end of the sentence.
fn finish(
    mut said: String,
    reasons: impl Iterator<Item = ForecastReason>,
    language: Language,
) -> String {
    let chinese = language == Language::Chinese;
    for (place, reason) in reasons.enumerate() {
        said.push_str(match (chinese, place) {
            (true, 0) => "：",
            (true, _) => "；",
            (false, 0) => " – ",
            (false, _) => "; ",
        });
        said.push_str(reason.words(language));
    }
    said.push_str(if chinese { "。" } else { "." });
    said
}

impl Note {
    /// The note in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (chinese, english) = match self {
            Note::BeforeBirth(_) => ("接种日期早于出生日期，未评价", "before birth: not evaluated"),
            Note::Future(_) => {
                ("接种日期晚于评估日期，未评价", "after the assessment date: not evaluated")
            }
            Note::UnknownVaccine(_) => ("疫苗编码未知，未评价", "unknown vaccine: not evaluated"),
            Note::SameDay(_) => {
                ("同日重复接种同种疫苗", "the same vaccine was given twice on one day")
            }
            Note::TooManyDoses(_) => {
                ("接种记录过多，其余未评价", "too many doses: the rest was not evaluated")
            }
            Note::TooManyObservations(_) => {
                ("健康状况记录过多，其余未采用", "too many observations: the rest was not used")
            }
            Note::NotBorn => ("评估日期早于出生日期", "the assessment date is before birth"),
            Note::PossibleIndication(..) => {
                ("可能符合接种指征，须人工判断", "a possible indication: to be decided by a person")
            }
            Note::PossibleContraindication(..) => (
                "可能存在接种禁忌，须人工判断",
                "a possible contraindication: to be decided by a person",
            ),
        };
        if language == Language::Chinese { chinese } else { english }
    }
}
