//! Answers as one line for people.

use super::super::rules::OfRule;
use crate::lang::Lang;
use hutong_code::{
    ReasonText,
    foreign::{Coded, PersonShown, Reading, Record},
    verify::Format,
};
use hutong_model::Verdict;

/// The answer of a node as one line.
pub fn readable(answer: &Reading, lang: Lang) -> String {
    reading(answer, &[], lang)
}

/// The answer of the scanner as one line: the answer, whose it is, why, what it states.
pub(super) fn reading(reading: &Reading, rules: &[OfRule<'_>], lang: Lang) -> String {
    let mut line = verdict(reading.verdict, lang).to_owned();
    if let Some(issuer) = &reading.issuer {
        line.push_str(&format!(" [{issuer}]"));
    }
    if let Some(format) = format(reading.format, lang) {
        line.push_str(&format!(" {format}"));
    }
    let reasons = sentences(reading.reasons.iter().map(|why| &why.reason), lang);
    line.push_str(&format!(" {reasons}"));
    if let Some(at) = &reading.at {
        line.push_str(&format!(" ({at})"));
    }
    add_clears(&mut line, &reading.clears, lang);
    let said = reading.person.as_ref().map(person).into_iter();
    let said = said.chain(reading.records.iter().map(|of| record(of, lang)));
    for said in said.filter(|said| !said.is_empty()) {
        line.push_str(&format!(" | {said}"));
    }
    for rule in rules.iter().filter(|rule| rule.result != "passed") {
        let result = super::super::rules::word(rule.result, lang);
        line.push_str(&format!(" | {} {result}: {}", rule.identifier, rule.description));
    }
    line
}

fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Green => lang.pick("绿码", "green"),
        Verdict::Yellow => lang.pick("黄码", "yellow"),
        Verdict::Red => lang.pick("红码", "red"),
        Verdict::Valid => lang.pick("有效", "valid"),
        Verdict::Expired => lang.pick("已过期", "expired"),
        Verdict::Revoked => lang.pick("已撤销", "revoked"),
        Verdict::NotFound => lang.pick("查无此码", "not found"),
        Verdict::Invalid => lang.pick("无效", "invalid"),
        Verdict::Unverified => lang.pick("无法核验", "unverified"),
        Verdict::NotRecognised => lang.pick("不予互认（已备案）", "not recognised (filed)"),
    }
}

/// What kind of certificate it is; nothing of a code of ours or of nothing known.
fn format(format: Format, lang: Lang) -> Option<&'static str> {
    Some(match format {
        Format::Ht1 | Format::Other | Format::Unknown => return None,
        Format::Opaque => lang.pick("其他地区码", "code of another system"),
        Format::EuDcc => lang.pick("欧盟数字新冠证书", "EU Digital COVID Certificate"),
        Format::WhoDdcc => lang.pick("世卫组织数字证书", "WHO DDCC"),
        Format::WhoDvc => lang.pick("世卫组织疫苗接种证书", "WHO vaccination certificate"),
        Format::Icvp => lang.pick("国际预防接种证书", "international certificate of vaccination"),
        Format::Shc => lang.pick("SMART 健康卡", "SMART Health Card"),
        Format::Shlink => lang.pick("SMART 健康链接", "SMART Health Link"),
        Format::Divoc => lang.pick("DIVOC 证书", "DIVOC certificate"),
        Format::IcaoVdsNc => lang.pick("国际民航组织可视数字印章", "ICAO visible digital seal"),
    })
}

fn sentences<'r>(reasons: impl Iterator<Item = &'r ReasonText>, lang: Lang) -> String {
    reasons.map(|r| lang.pick(&*r.zh, &*r.en)).collect::<Vec<_>>().join(" ")
}

fn add_clears(line: &mut String, clears: &[ReasonText], lang: Lang) {
    if !clears.is_empty() {
        line.push_str(lang.pick(" 解除：", " Cleared by: "));
        line.push_str(&sentences(clears.iter(), lang));
    }
}

fn person(person: &PersonShown) -> String {
    let name = &person.name;
    let parts = [&name.text, &name.family, &name.given, &person.birth_date];
    let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    parts.join(" ")
}

fn record(record: &Record, lang: Lang) -> String {
    let named = |coded: &Option<Coded>| coded.as_ref().map(|coded| name(coded, lang));
    let given = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let parts = match record {
        Record::Vaccination(dose) => [
            Some(lang.pick("接种", "vaccination").to_owned()),
            named(&dose.product).or_else(|| named(&dose.vaccine)),
            dose.dose.map(|dose| lang.pick("第", "dose ").to_owned() + &dose.to_string()),
            given(&dose.date),
        ],
        Record::Test(test) => [
            Some(lang.pick("检测", "test").to_owned()),
            named(&test.test),
            named(&test.result),
            given(&test.sampled_at),
        ],
        Record::Recovery(recovery) => [
            Some(lang.pick("康复", "recovery").to_owned()),
            named(&recovery.target),
            given(&recovery.valid_from),
            given(&recovery.valid_until),
        ],
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Its name in the reader's language, else in the other, else the code.
fn name(coded: &Coded, lang: Lang) -> String {
    let names = lang.pick([&coded.zh, &coded.en], [&coded.en, &coded.zh]);
    let name = names.into_iter().find_map(Option::as_deref);
    name.unwrap_or(&coded.code).to_owned()
}
