//! What one line shows, and what is answered.

use crate::lang::Lang;
use hutong_model::limits::CERTIFICATES_PER_PERSON_MAX;
use hutong_rules::{
    acceptance::{Certificate, OpenReason, Outcome, Over, RuleVerdict, Selection, Verdict},
    certlogic::{Bump, Value},
};
use serde::Serialize;
use std::fmt::Write;

/// Certificates that one line shows.
pub(in crate::commands) struct Shown<'a>(Vec<Certificate<'a>>);

/// No more certificates of one person than permitted.
pub(super) fn check_count(count: usize) -> Result<(), String> {
    if count <= CERTIFICATES_PER_PERSON_MAX {
        return Ok(());
    }
    Err(format!("more than {CERTIFICATES_PER_PERSON_MAX} certificates of one person"))
}

impl<'a> Shown<'a> {
    /// Reads a payload, or an array of them; each as it is, or as the `payload` of an object.
    pub(in crate::commands) fn read(
        line: &str,
        issuer: Option<&'a str>,
        arena: &'a Bump,
    ) -> Result<Self, String> {
        let shown = Value::from_json(line, arena).map_err(|error| error.to_string())?;
        let one = [shown];
        let shown = if let Value::List(items) = shown { items } else { &one };
        check_count(shown.len())?;
        let certificate = |shown: &Value<'a>| {
            let payload = match shown.field("payload") {
                Value::Null => *shown,
                payload => payload,
            };
            if !matches!(payload, Value::Object(_)) {
                return Err("a payload is a JSON object".to_owned());
            }
            let issuers = issuer.map_or_else(|| issuers(payload), |issuer| vec![issuer]);
            Ok(Certificate { payload, issuers: arena.alloc_slice_copy(&issuers) })
        };
        shown.iter().map(certificate).collect::<Result<_, _>>().map(Self)
    }

    /// Each certificate's verdict.
    pub(in crate::commands) fn judge<'r>(
        &self,
        selection: &Selection<'r>,
        arena: &Bump,
    ) -> Vec<Verdict<'r>> {
        self.0.iter().map(|certificate| selection.judge(certificate, arena)).collect()
    }
}

/// The countries that a payload's entries name as theirs (`co`).
fn issuers<'a>(payload: Value<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for field in ["v", "t", "r"] {
        let Value::List(entries) = payload.field(field) else { continue };
        for country in entries.iter().filter_map(|entry| entry.field("co").as_text()) {
            if !found.contains(&country) {
                found.push(country);
            }
        }
    }
    found
}

/// The answer to a line.
#[derive(Serialize)]
pub(super) struct Answer<'r> {
    result: &'static str,
    /// Which certificate it rests on, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<usize>,
    /// Identifiers of that certificate's rules, by what came of them.
    passed: Vec<&'r str>,
    failed: Vec<&'r str>,
    open: Vec<&'r str>,
    certificates: Vec<OfCertificate<'r>>,
}

#[derive(Serialize)]
struct OfCertificate<'r> {
    result: &'static str,
    rules: Vec<OfRule<'r>>,
}

/// What one rule makes of a certificate.
#[derive(Serialize)]
pub(in crate::commands) struct OfRule<'r> {
    pub(in crate::commands) identifier: &'r str,
    version: String,
    r#type: &'static str,
    country: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'r str>,
    certificate_type: &'static str,
    pub(in crate::commands) result: &'static str,
    /// Why it could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<OfReason>,
    /// In the language named beside it: not always the reader's.
    pub(in crate::commands) description: &'r str,
    language: &'r str,
}

#[derive(Serialize)]
struct OfReason {
    code: &'static str,
    text: String,
}

impl<'r> Answer<'r> {
    pub(super) fn new(over: Over<'r>, lang: Lang) -> Self {
        let deciding = over.decided_by.and_then(|at| over.certificates.get(at));
        let named = |outcome: Outcome| {
            let rules = deciding.into_iter().flat_map(|verdict| &verdict.rules);
            rules.filter(|rule| rule.outcome == outcome).map(|r| r.rule.identifier()).collect()
        };
        Self {
            result: over.outcome.as_str(),
            decided_by: over.decided_by,
            passed: named(Outcome::Passed),
            failed: named(Outcome::Failed),
            open: named(Outcome::Open),
            certificates: over
                .certificates
                .iter()
                .map(|verdict| OfCertificate {
                    result: verdict.outcome.as_str(),
                    rules: verdict.rules.iter().map(|rule| OfRule::new(rule, lang)).collect(),
                })
                .collect(),
        }
    }

    /// The same for people: the result, then each certificate's rules.
    pub(super) fn readable(&self, lang: Lang) -> String {
        let mut text = word(self.result, lang).to_owned();
        for (at, certificate) in self.certificates.iter().enumerate() {
            let (number, result) = (at + 1, word(certificate.result, lang));
            // Writing to a String does not fail.
            let _ = match lang {
                Lang::Zh => write!(text, "\n  证书 {number}：{result}"),
                Lang::En => write!(text, "\n  certificate {number}: {result}"),
            };
            if certificate.rules.is_empty() {
                text.push_str(lang.pick("（没有适用的规则）", " (no rule applies)"));
            }
            for rule in &certificate.rules {
                let (result, why) = (word(rule.result, lang), rule.reason.as_ref());
                let _ = write!(text, "\n    {result} {} {}", rule.identifier, rule.description);
                if let Some(why) = why {
                    let _ = write!(text, " [{}]", why.text);
                }
            }
        }
        text
    }
}

impl<'r> OfRule<'r> {
    pub(in crate::commands) fn new(verdict: &RuleVerdict<'r>, lang: Lang) -> Self {
        let rule = verdict.rule;
        let said = rule.description(lang.pick(&["zh-CN", "zh"], &["en"]));
        Self {
            identifier: rule.identifier(),
            version: rule.version().to_string(),
            r#type: rule.rule_type().as_str(),
            country: rule.country(),
            region: rule.region(),
            certificate_type: rule.certificate_type().as_str(),
            result: verdict.outcome.as_str(),
            reason: verdict
                .open
                .map(|open| OfReason { code: open.as_str(), text: why(open, lang) }),
            description: said.map_or("", |said| &said.text),
            language: said.map_or("", |said| &said.language),
        }
    }
}

pub(in crate::commands) fn word(result: &'static str, lang: Lang) -> &'static str {
    match (lang, result) {
        (Lang::En, _) => result,
        (Lang::Zh, "passed") => "通过",
        (Lang::Zh, "failed") => "不通过",
        (Lang::Zh, _) => "无法判定",
    }
}

fn why(open: OpenReason, lang: Lang) -> String {
    match open {
        OpenReason::Engine => {
            lang.pick("规则用其他引擎编写", "the rule is written for another engine").into()
        }
        OpenReason::EngineVersion => {
            let en = "the rule is written for a later version of CertLogic";
            lang.pick("规则用更新版本的 CertLogic 编写", en).into()
        }
        OpenReason::Logic => {
            lang.pick("规则的逻辑不是 CertLogic", "the rule's logic is not CertLogic").into()
        }
        OpenReason::SchemaVersion => {
            let en = "the certificate follows another or an older schema than the rule";
            lang.pick("证书的格式版本与规则不符", en).into()
        }
        OpenReason::Evaluation(what) => {
            format!("{}{what}", lang.pick("规则无法计算：", "the rule cannot be evaluated: "))
        }
    }
}
