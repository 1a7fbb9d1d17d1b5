//! What a forecast says to people: administrative guidance, recommended vaccines, sentences. Made
//! on demand, so that an assessment stays small.

use crate::assessment::{Assessment, GroupForecast, PatientSeries, SeriesStatus};
use crate::patient::Patient;
use crate::programme::Programme;
use crate::reason::Language;
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

impl GroupForecast {
    /// A sentence for people: the status, or what is due when.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let risk = self.kind == SeriesType::Risk;
        let chinese = language == Language::Chinese;
        let mut said = match (chinese, self.dates) {
            (_, None) => self.status.words(language).to_owned(),
            (true, Some(dates)) => format!(
                "第 {} 剂：最早 {}，推荐 {}",
                self.number.unwrap_or(1),
                dates.earliest,
                dates.recommended
            ),
            (false, Some(dates)) => format!(
                "dose {}: earliest {}, recommended {}",
                self.number.unwrap_or(1),
                dates.earliest,
                dates.recommended
            ),
        };
        if let Some(past_due) = self.dates.and_then(|dates| dates.past_due) {
            said.push_str(if chinese { "，逾期 " } else { ", past due " });
            said.push_str(&past_due.to_string());
        }
        match (risk, chinese) {
            (true, true) => said.push_str("（按风险情形）"),
            (true, false) => said.push_str(" (because of a risk)"),
            (false, _) => {}
        }
        said.push_str(if chinese { "。" } else { "." });
        said
    }
}
