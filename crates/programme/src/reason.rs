//! Reasons, in the specification's terms, and as sentences in Chinese and English.

use serde::Serialize;

use crate::assessment::{Evaluation, EvaluationStatus, SeriesStatus};

/// Language of a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

/// Why a dose has its evaluation status (chapter 6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum EvaluationReason {
    /// Table 6-3: administered after the lot number expiration date.
    Expired,
    /// Table 6-3: the dose condition flag is set.
    DoseCondition,
    /// Table 6-13: inadvertent administration.
    Inadvertent,
    /// Table 6-15: before the absolute minimum age date.
    AgeTooYoung,
    /// Table 6-15: on or after the absolute minimum age date, before the minimum age date.
    AgeGrace,
    /// Table 6-15: on or after the maximum age date.
    AgeTooOld,
    /// Tables 6-18 and 6-21: before the absolute minimum interval date.
    IntervalTooSoon,
    /// Table 6-18: on or after the absolute minimum, before the minimum interval date.
    IntervalGrace,
    /// Table 6-21: a preferable interval was not satisfied, the allowable intervals were.
    AllowableInterval,
    /// CONFLICT-3: impacted by a vaccine given shortly before.
    VaccineConflict,
    /// Table 6-26: preferable vaccine.
    PreferableVaccine,
    /// Table 6-26: less than the recommended volume.
    VolumeLess,
    /// Table 6-29: allowable vaccine.
    AllowableVaccine,
    /// Tables 6-26 and 6-29: not a preferable or allowable vaccine.
    NotPreferableOrAllowable,
    /// Tables 6-26 and 6-29: out of the age range of the vaccine.
    VaccineAge,
    /// Table 6-26: another product than the preferable vaccine.
    OtherProduct,
    /// 4.4, step 6a: no target dose was left.
    SeriesComplete,
}

impl EvaluationReason {
    /// All reasons, in the order of the chapter.
    pub const ALL: [EvaluationReason; 17] = [
        Self::Expired,
        Self::DoseCondition,
        Self::Inadvertent,
        Self::AgeTooYoung,
        Self::AgeGrace,
        Self::AgeTooOld,
        Self::IntervalTooSoon,
        Self::IntervalGrace,
        Self::AllowableInterval,
        Self::VaccineConflict,
        Self::PreferableVaccine,
        Self::VolumeLess,
        Self::AllowableVaccine,
        Self::NotPreferableOrAllowable,
        Self::VaccineAge,
        Self::OtherProduct,
        Self::SeriesComplete,
    ];

    /// The reason in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (chinese, english) = self.both();
        if language == Language::Chinese { chinese } else { english }
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => ("接种时疫苗批次已过有效期", "the lot had expired"),
            Self::DoseCondition => {
                ("该剂次疫苗质量存在问题（召回、冷链中断等）", "the dose was recalled or unfit")
            }
            Self::Inadvertent => ("误种了不应使用的疫苗", "the vaccine was given inadvertently"),
            Self::AgeTooYoung => ("接种时未达最小年龄", "given before the minimum age"),
            Self::AgeGrace => ("接种年龄在宽限期内", "the age was within the grace period"),
            Self::AgeTooOld => ("接种时已超过最大年龄", "given at or after the maximum age"),
            Self::IntervalTooSoon => ("与参照剂次的间隔过短", "given before the minimum interval"),
            Self::IntervalGrace => {
                ("接种间隔在宽限期内", "the interval was within the grace period")
            }
            Self::AllowableInterval => ("接种间隔符合可接受间隔", "an allowable interval was met"),
            Self::VaccineConflict => (
                "与此前接种的疫苗间隔不足（减毒活疫苗冲突）",
                "too soon after a conflicting vaccine",
            ),
            Self::PreferableVaccine => ("使用了首选疫苗", "a preferable vaccine was used"),
            Self::VolumeLess => ("接种剂量少于推荐剂量", "the volume was less than recommended"),
            Self::AllowableVaccine => ("使用了可接受的疫苗", "an allowable vaccine was used"),
            Self::NotPreferableOrAllowable => (
                "所用疫苗不是该剂次的首选或可接受疫苗",
                "the vaccine is neither preferable nor allowable for this dose",
            ),
            Self::VaccineAge => {
                ("接种年龄不在该疫苗的适用年龄范围内", "the age was out of the vaccine's range")
            }
            Self::OtherProduct => ("不是首选的疫苗产品", "another product than the preferable one"),
            Self::SeriesComplete => {
                ("此前已完成该程序，无需此剂", "no further dose of the series was due")
            }
        }
    }
}

/// A set of reasons.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u32);

impl Reasons {
    pub(crate) fn add(&mut self, reason: EvaluationReason) {
        self.0 |= 1 << reason as u8;
    }

    /// Whether a reason is among them.
    #[must_use]
    pub fn has(self, reason: EvaluationReason) -> bool {
        self.0 & (1 << reason as u8) != 0
    }

    /// The reasons, in the order of the chapter.
    pub fn iter(self) -> impl Iterator<Item = EvaluationReason> {
        EvaluationReason::ALL.into_iter().filter(move |reason| self.has(*reason))
    }
}

impl std::fmt::Debug for Reasons {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

/// Why a forecast is what it is (Table 7-10), and what set its earliest date (FORECASTDTCAN-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForecastReason {
    /// "Patient series is complete".
    Complete,
    /// "Not recommended at this time due to past immunization history".
    History,
    /// "Patient has evidence of immunity".
    Immunity,
    /// "Patient has a contraindication": of the antigen.
    Contraindication,
    /// "Patient has a contraindication": of every preferable vaccine.
    VaccineContraindication,
    /// "Past seasonal recommendation end date".
    Season,
    /// "Patient has exceeded the maximum age".
    MaximumAge,
    /// "Patient is unable to finish the series prior to the maximum age".
    UnableToFinish,
    /// Another dose: earliest by age.
    ByAge,
    /// Another dose: earliest by interval.
    ByInterval,
    /// Another dose: earliest after a vaccine conflict.
    ByConflict,
    /// Another dose: earliest when the season starts.
    BySeason,
    /// Another dose: earliest on the day of the last dose.
    ByLastDose,
}

impl ForecastReason {
    /// The reason in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (chinese, english) = self.both();
        if language == Language::Chinese { chinese } else { english }
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Complete => ("已完成全程接种", "the series is complete"),
            Self::History => (
                "根据既往接种史，目前不推荐接种",
                "not recommended at this time because of past immunizations",
            ),
            Self::Immunity => ("有免疫力证据", "there is evidence of immunity"),
            Self::Contraindication => ("存在接种禁忌", "there is a contraindication"),
            Self::VaccineContraindication => {
                ("所有可用疫苗均属禁忌", "every suitable vaccine is contraindicated")
            }
            Self::Season => ("本季推荐接种期已过", "the recommended season is over"),
            Self::MaximumAge => ("已超过最大年龄", "the maximum age has passed"),
            Self::UnableToFinish => {
                ("在最大年龄之前无法完成", "it cannot be finished before the maximum age")
            }
            Self::ByAge => ("按年龄推荐", "recommended by age"),
            Self::ByInterval => ("按与前剂的间隔推荐", "recommended by interval"),
            Self::ByConflict => ("须与其他疫苗间隔", "put off by a conflicting vaccine"),
            Self::BySeason => ("自推荐季节开始", "recommended from the start of the season"),
            Self::ByLastDose => ("自上一剂接种日起", "recommended from the day of the last dose"),
        }
    }
}

impl EvaluationStatus {
    /// The specification's term.
    #[must_use]
    pub fn term(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::NotValid => "Not Valid",
            Self::Extraneous => "Extraneous",
            Self::SubStandard => "Sub-standard",
        }
    }

    /// The status in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::Chinese, Self::Valid) => "有效",
            (Language::Chinese, Self::NotValid) => "无效",
            (Language::Chinese, Self::Extraneous) => "多余",
            (Language::Chinese, Self::SubStandard) => "不合格",
            (Language::English, Self::Valid) => "valid",
            (Language::English, Self::NotValid) => "not valid",
            (Language::English, Self::Extraneous) => "extraneous",
            (Language::English, Self::SubStandard) => "sub-standard",
        }
    }
}

impl SeriesStatus {
    /// The specification's term.
    #[must_use]
    pub fn term(self) -> &'static str {
        match self {
            Self::AgedOut => "Aged Out",
            Self::Complete => "Complete",
            Self::Contraindicated => "Contraindicated",
            Self::Immune => "Immune",
            Self::NotComplete => "Not Complete",
            Self::NotRecommended => "Not Recommended",
        }
    }

    /// The status in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::English, status) => status.term(),
            (Language::Chinese, Self::AgedOut) => "超龄",
            (Language::Chinese, Self::Complete) => "已完成",
            (Language::Chinese, Self::Contraindicated) => "禁忌",
            (Language::Chinese, Self::Immune) => "已有免疫力",
            (Language::Chinese, Self::NotComplete) => "未完成",
            (Language::Chinese, Self::NotRecommended) => "不推荐",
        }
    }
}

impl Evaluation {
    /// A sentence for people: status, reasons, and from when on the dose would have counted.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let status = self.status.words(language);
        let mut reasons = String::new();
        let chinese = language == Language::Chinese;
        for reason in self.reasons.iter() {
            reasons.push_str(if reasons.is_empty() {
                ""
            } else if chinese {
                "；"
            } else {
                "; "
            });
            reasons.push_str(reason.words(language));
        }
        match (chinese, self.due) {
            (true, None) => format!("该剂{status}：{reasons}。"),
            (true, Some(due)) => format!("该剂{status}：{reasons}。最早可于 {due} 接种。"),
            (false, None) => format!("This dose is {status}: {reasons}."),
            (false, Some(due)) => {
                format!("This dose is {status}: {reasons}. It could be given from {due} on.")
            }
        }
    }
}
