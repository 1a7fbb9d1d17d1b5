//! The form of an edition as people write it: TOML, every value a word, a number or a list.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Mark;

/// Marks of figures that nobody has checked yet: which figure, and how sure it is.
pub(super) type Marks = BTreeMap<String, Mark>;

/// A file, or all files of an edition, or an edition with all that it is based on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sheet {
    pub(super) part_of: Option<String>,
    pub(super) edition: Option<HeadText>,
    pub(super) sources: BTreeMap<String, SourceText>,
    pub(super) vaccine: Vec<VaccineText>,
    pub(super) group: Vec<GroupText>,
    pub(super) apart: Vec<ApartText>,
    pub(super) observation: Vec<ObservationText>,
    pub(super) antigen: Vec<AntigenText>,
}

/// A document; with a mark where all that is taken from it is no surer than that.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceText {
    pub(super) title: String,
    pub(super) mark: Option<Mark>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadText {
    pub(super) id: String,
    pub(super) base: Option<String>,
    pub(super) region: Option<String>,
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) unverified: Marks,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VaccineText {
    pub(super) code: String,
    pub(super) number: u16,
    pub(super) name: String,
    #[serde(default)]
    pub(super) antigens: Vec<String>,
    #[serde(default)]
    pub(super) cvx: Vec<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupText {
    pub(super) name: String,
    pub(super) antigens: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApartText {
    pub(super) previous: Vec<String>,
    pub(super) current: Vec<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) unverified: Marks,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservationText {
    pub(super) code: u16,
    pub(super) key: String,
    pub(super) title: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AntigenText {
    pub(super) name: String,
    #[serde(default)]
    pub(super) contraindication: Vec<ContraindicationText>,
    #[serde(default)]
    pub(super) series: Vec<SeriesText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContraindicationText {
    pub(super) observation: String,
    pub(super) text: String,
    pub(super) vaccines: Option<Vec<String>>,
    #[serde(default)]
    pub(super) precaution: bool,
    pub(super) source: String,
    #[serde(default)]
    pub(super) unverified: Marks,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KindText {
    #[default]
    Standard,
    Risk,
    EvaluationOnly,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BornText {
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesText {
    pub(super) name: String,
    pub(super) group: String,
    #[serde(default)]
    pub(super) kind: KindText,
    pub(super) series_group: u8,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) product: bool,
    pub(super) preference: Option<u8>,
    #[serde(default)]
    pub(super) equivalent: Vec<u8>,
    #[serde(default)]
    pub(super) genders: Vec<String>,
    #[serde(default)]
    pub(super) born: BornText,
    #[serde(default)]
    pub(super) indications: Vec<String>,
    #[serde(default)]
    pub(super) guidance: Vec<String>,
    /// What doses have that say nothing else.
    pub(super) max: Option<String>,
    #[serde(default)]
    pub(super) vaccines: Vec<UseText>,
    #[serde(default)]
    pub(super) allow: Vec<UseText>,
    pub(super) source: String,
    #[serde(default)]
    pub(super) unverified: Marks,
    #[serde(default)]
    pub(super) dose: Vec<DoseText>,
}

/// A vaccine, by code alone or with ages.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum UseText {
    Code(String),
    Ages(UseAges),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UseAges {
    pub(super) code: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DoseText {
    pub(super) id: String,
    pub(super) min: Option<String>,
    pub(super) recommended: Option<String>,
    pub(super) by: Option<String>,
    pub(super) max: Option<String>,
    /// In place of the four above, where they change on a day.
    #[serde(default)]
    pub(super) ages: Vec<AgeText>,
    pub(super) after: Option<String>,
    pub(super) after_by: Option<String>,
    #[serde(default)]
    pub(super) intervals: Vec<IntervalText>,
    pub(super) vaccines: Option<Vec<UseText>>,
    pub(super) allow: Option<Vec<UseText>>,
    #[serde(default)]
    pub(super) skip: Vec<SkipText>,
    #[serde(default)]
    pub(super) recurring: bool,
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) unverified: Marks,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgeText {
    pub(super) min: Option<String>,
    pub(super) recommended: Option<String>,
    pub(super) by: Option<String>,
    pub(super) max: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntervalText {
    pub(super) dose: Option<String>,
    pub(super) vaccines: Option<Vec<String>>,
    pub(super) observation: Option<String>,
    pub(super) min: String,
    pub(super) by: Option<String>,
}

/// Passed over where all of this holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkipText {
    pub(super) context: Option<ContextText>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    #[serde(default)]
    pub(super) doses: Vec<String>,
    pub(super) at_least: Option<u16>,
    pub(super) fewer_than: Option<u16>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ContextText {
    Evaluation,
    Forecast,
}
