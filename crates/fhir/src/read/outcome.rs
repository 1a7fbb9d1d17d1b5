//! What a test found, from codes and words.

use super::elements::Concept;
use crate::urls;
use hutong_model::TestOutcome;

/// Codes that mean an outcome, by code system.
const CODES: &[(&str, &[(&str, TestOutcome)])] = {
    use TestOutcome::{Inconclusive, Invalid, Measured, Negative, Pending, Positive};
    &[
        (
            urls::CS_SNOMED,
            &[
                ("260373001", Positive),      // detected
                ("10828004", Positive),       // positive
                ("52101004", Positive),       // present
                ("11214006", Positive),       // reactive
                ("260415000", Negative),      // not detected
                ("260385009", Negative),      // negative
                ("2667000", Negative),        // absent
                ("131194007", Negative),      // non-reactive
                ("895231008", Negative),      // not detected in pooled specimen
                ("419984006", Inconclusive),  // inconclusive
                ("42425007", Inconclusive),   // equivocal
                ("82334004", Inconclusive),   // indeterminate
                ("280416009", Inconclusive),  // indeterminate result
                ("720735008", Inconclusive),  // presumptive positive
                ("373121007", Invalid),       // test not done
                ("455371000124106", Invalid), // invalid result
                ("125154007", Invalid),       // specimen unsatisfactory
            ],
        ),
        (
            urls::CS_LOINC,
            &[
                ("LA6576-8", Positive),
                ("LA11882-0", Positive),
                ("LA9633-4", Positive),
                ("LA6577-6", Negative),
                ("LA11883-8", Negative),
                ("LA9634-2", Negative),
                ("LA11884-6", Inconclusive),
            ],
        ),
        (
            urls::CS_INTERPRETATION,
            &[
                ("POS", Positive),
                ("DET", Positive),
                ("RR", Positive),
                ("NEG", Negative),
                ("ND", Negative),
                ("NR", Negative),
                ("IND", Inconclusive),
                ("E", Inconclusive),
                ("WR", Inconclusive),
            ],
        ),
        (
            urls::CS_OUTCOME,
            &[
                ("positive", Positive),
                ("negative", Negative),
                ("inconclusive", Inconclusive),
                ("pending", Pending),
                ("invalid", Invalid),
                ("measured", Measured),
            ],
        ),
    ]
};

/// Words that mean an outcome, in lower case.
const WORDS: &[(TestOutcome, &[&str])] = &[
    (
        TestOutcome::Positive,
        &["positive", "pos", "detected", "present", "reactive", "+", "阳性", "检出", "阳"],
    ),
    (
        TestOutcome::Negative,
        &[
            "negative",
            "neg",
            "not detected",
            "undetected",
            "absent",
            "non-reactive",
            "nonreactive",
            "non reactive",
            "none detected",
            "-",
            "阴性",
            "未检出",
            "阴",
        ],
    ),
    (
        TestOutcome::Inconclusive,
        &[
            "inconclusive",
            "equivocal",
            "indeterminate",
            "borderline",
            "suspect",
            "弱阳性",
            "可疑",
            "可疑阳性",
            "灰区",
            "不确定",
            "待复查",
            "待复检",
        ],
    ),
    (TestOutcome::Pending, &["pending", "in progress", "待出", "待检", "检测中"]),
    (
        TestOutcome::Invalid,
        &["invalid", "rejected", "unsatisfactory", "not done", "无效", "不合格", "样本不合格"],
    ),
];

/// The outcome that one of a concept's codes, else its words, mean.
pub(super) fn of_concept(concept: &Concept<'_>) -> Option<TestOutcome> {
    let by_code = concept.coding.iter().find_map(|coding| {
        let (system, code) = (coding.system.as_deref()?, coding.code.as_deref()?);
        let system = match system {
            "http://hl7.org/fhir/v3/ObservationInterpretation"
            | "http://hl7.org/fhir/v2/0078"
            | "http://terminology.hl7.org/CodeSystem/v2-0078" => urls::CS_INTERPRETATION,
            other => other,
        };
        let (_, codes) = CODES.iter().find(|(name, _)| *name == system)?;
        codes.iter().find(|(known, _)| *known == code).map(|(_, outcome)| *outcome)
    });
    let by_words = || {
        let displays = concept.coding.iter().filter_map(|coding| coding.display.as_deref());
        concept.text.as_deref().into_iter().chain(displays).find_map(of_words)
    };
    by_code.or_else(by_words)
}

/// The outcome that a word means, in Chinese or English.
pub(super) fn of_words(text: &str) -> Option<TestOutcome> {
    let text = text.trim().trim_matches(['(', ')', '（', '）', '.', '。']).trim().to_lowercase();
    WORDS.iter().find(|(_, words)| words.contains(&text.as_str())).map(|(outcome, _)| *outcome)
}
