//! What a history shows: corrections applied, the same dose reported twice shown once. Pure; what
//! is stored never changes.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use hutong_fhir::{ShownRecord, Voucher};
use hutong_model::{
    Catalogue, Entry, EntryId, Fact, Issue, IssueCode, Source, TestResult, Vaccination,
    claim::{Claim, ClaimAnswer},
};
use std::collections::VecDeque;

/// Records as shown: each original with its corrections, equal doses and samples merged, newest
/// first. `entries` may come in any order and with repetitions (the same entry from two nodes).
pub fn shown(entries: impl IntoIterator<Item = Entry>, catalogue: &Catalogue) -> Vec<ShownRecord> {
    let entries: Vec<Entry> = entries.into_iter().collect();
    let vouchers = vouchers(&entries);
    let mut records = corrected(entries);
    if !vouchers.is_empty() {
        for record in &mut records {
            let mut forms = std::iter::once(&record.entry).chain(&record.corrections);
            record.voucher = forms.find_map(|entry| vouchers.get(&entry.id)).cloned();
        }
    }
    records.sort_by_key(preference);
    let mut merged: Vec<ShownRecord> = Vec::with_capacity(records.len());
    for record in records {
        match merged.iter_mut().find(|kept| same_event(&kept.entry, &record.entry, catalogue)) {
            Some(kept) if !record.superseded && !kept.superseded => {
                kept.also.push(record.entry);
                kept.corrections.extend(record.corrections);
            }
            _ => merged.push(record),
        }
    }
    warn_repeated_numbers(&mut merged, catalogue);
    merged.sort_by(|a, b| newest_first(&a.entry, &b.entry));
    merged
}

/// Which records were brought in by which claim.
fn vouchers(entries: &[Entry]) -> HashMap<EntryId, Box<Voucher>> {
    let claim_of = |id: EntryId| {
        entries.iter().find_map(|entry| match &entry.fact {
            Fact::Claim(claim) if entry.id == id => Some(claim),
            _ => None,
        })
    };
    let answers = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::ClaimAnswer(answer) => Some((answer, claim_of(answer.claim)?)),
        _ => None,
    });
    let marked = |(answer, claim): (&ClaimAnswer, &Claim)| {
        let voucher = Voucher {
            claim: answer.claim,
            certificate: claim.certificate.clone(),
            statement: claim.statement.clone(),
        };
        let records = answer.records.clone();
        records.into_iter().map(move |record| (record, Box::new(voucher.clone())))
    };
    answers.flat_map(marked).collect()
}

/// The records that count: not withdrawn, corrected ones in their corrected form, merged.
pub fn effective(entries: impl IntoIterator<Item = Entry>, catalogue: &Catalogue) -> Vec<Entry> {
    shown(entries, catalogue).into_iter().filter(|r| !r.superseded).map(|r| r.entry).collect()
}

/// Applies corrections and retractions: the entry shown is the newest correction; the original and
/// the earlier corrections go along. A withdrawn record stays, marked superseded.
fn corrected(entries: impl IntoIterator<Item = Entry>) -> Vec<ShownRecord> {
    let mut shown: Vec<ShownRecord> = Vec::new();
    let mut changes: HashMap<EntryId, Vec<Entry>> = HashMap::new();
    let mut seen = HashSet::new();
    for entry in entries {
        if !entry.fact.is_record() || !seen.insert(entry.id) {
            continue;
        }
        match entry.replaces {
            Some(target) => changes.entry(target).or_default().push(entry),
            None => shown.push(ShownRecord::plain(entry)),
        }
    }
    // Few have ever been changed.
    if changes.is_empty() {
        return shown;
    }
    let changed = |record: ShownRecord| {
        let mut chain = Vec::new();
        collect_chain(record.entry.id, &mut changes, &mut chain);
        // Stable: of changes admitted in the same millisecond, the one that arrived last counts.
        chain.sort_by_key(|entry| entry.times.admitted);
        apply(record.entry, chain)
    };
    shown.into_iter().map(changed).collect()
}

/// All changes of a record, and changes of those changes.
fn collect_chain(id: EntryId, changes: &mut HashMap<EntryId, Vec<Entry>>, chain: &mut Vec<Entry>) {
    let mut next = VecDeque::from([id]);
    while let Some(id) = next.pop_front() {
        for change in changes.remove(&id).unwrap_or_default() {
            next.push_back(change.id);
            chain.push(change);
        }
    }
}

fn apply(original: Entry, mut chain: Vec<Entry>) -> ShownRecord {
    let last = chain.iter().rposition(|entry| !matches!(entry.fact, Fact::Retraction(_)));
    let withdrawn = matches!(chain.last().map(|e| &e.fact), Some(Fact::Retraction(_)));
    let (entry, corrections) = match last {
        Some(at) => {
            let newest = chain.remove(at);
            let mut earlier = vec![original];
            earlier.append(&mut chain);
            (newest, earlier)
        }
        None => (original, chain),
    };
    ShownRecord { corrections, superseded: withdrawn, ..ShownRecord::plain(entry) }
}

/// First-hand before historical before declared, then the earlier admitted: who is shown when two
/// report the same.
fn preference(record: &ShownRecord) -> (bool, u8, hutong_model::Timestamp, EntryId) {
    let source = match record.entry.source {
        Source::FirstHand => 0,
        Source::Historical => 1,
        Source::Declared => 2,
    };
    (record.superseded, source, record.entry.times.admitted, record.entry.id)
}

/// Whether two entries report one and the same dose or sample.
fn same_event(a: &Entry, b: &Entry, catalogue: &Catalogue) -> bool {
    match (&a.fact, &b.fact) {
        (Fact::Vaccination(x), Fact::Vaccination(y)) => same_dose(a, x, b, y, catalogue),
        (Fact::TestResult(x), Fact::TestResult(y)) => same_sample(a, x, b, y),
        _ => false,
    }
}

fn same_dose(
    a: &Entry,
    x: &Vaccination,
    b: &Entry,
    y: &Vaccination,
    catalogue: &Catalogue,
) -> bool {
    // Most doses of a life lie far apart: that is seen without looking anything up.
    let far = !within_days(a, b, i32::from(catalogue.merge_window_days_max()));
    if far || x.not_done || y.not_done {
        return false;
    }
    let (Some(families), Some(others)) = (families(x, catalogue), families(y, catalogue)) else {
        return false; // an unknown vaccine never merges
    };
    if families != others {
        return false;
    }
    // Two clinics that each gave a dose themselves, of different lots, gave two doses.
    let both_first_hand = a.source == Source::FirstHand && b.source == Source::FirstHand;
    let lots_differ = matches!((&x.lot, &y.lot), (Some(l), Some(m)) if l != m);
    if both_first_hand && lots_differ {
        return false;
    }
    let window = families.iter().map(|f| catalogue.merge_window_days(f)).min().unwrap_or(0);
    let window = if both_first_hand { 0 } else { i32::from(window) };
    within_days(a, b, window)
}

fn same_sample(a: &Entry, x: &TestResult, b: &Entry, y: &TestResult) -> bool {
    if (x.kind, &x.agent, x.outcome) != (y.kind, &y.agent, y.outcome) || x.agent.is_none() {
        return false;
    }
    if let (Some(tube), Some(other)) = (&x.tube, &y.tube) {
        return tube == other && within_days(a, b, 0);
    }
    match (a.times.collected, b.times.collected) {
        (Some(s), Some(t)) => {
            s.start() == t.start() && s.precision() == t.precision() && x.value == y.value
        }
        _ => false,
    }
}

fn within_days(a: &Entry, b: &Entry, days: i32) -> bool {
    use hutong_model::Precision;
    match (a.times.occurred(), b.times.occurred()) {
        (Some(s), Some(t))
            if s.precision() >= Precision::Day && t.precision() >= Precision::Day =>
        {
            (s.epoch_day() - t.epoch_day()).abs() <= days
        }
        _ => false,
    }
}

/// The families of a dose; None where the catalogue knows none of its codes.
fn families<'c>(dose: &Vaccination, catalogue: &'c Catalogue) -> Option<&'c [Box<str>]> {
    dose.vaccine
        .iter()
        .find_map(|coding| catalogue.vaccine(&coding.system, &coding.code))
        .map(|vaccine| vaccine.families.as_slice())
}

/// A dose number stated for two doses of a family is worth attention, never a refusal.
fn warn_repeated_numbers(records: &mut [ShownRecord], catalogue: &Catalogue) {
    let mut seen: HashMap<(&[Box<str>], u16), usize> = HashMap::new();
    let mut repeated = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let Fact::Vaccination(dose) = &record.entry.fact else { continue };
        let (Some(families), Some(number)) = (families(dose, catalogue), dose.dose_number) else {
            continue;
        };
        if record.superseded || dose.not_done {
            continue;
        }
        if let Some(first) = seen.insert((families, number), at) {
            repeated.extend([first, at]);
        }
    }
    for at in repeated {
        if records[at].notes.is_empty() {
            records[at].notes.push(Issue::warning(
                IssueCode::BusinessRule,
                "doseNumber",
                "another dose of this vaccine carries the same dose number",
                "count the doses by their dates; the numbers are as the clinics stated them",
            ));
        }
    }
}

fn newest_first(a: &Entry, b: &Entry) -> std::cmp::Ordering {
    let time = |entry: &Entry| {
        entry.times.occurred().map_or(entry.times.admitted, hutong_model::When::start)
    };
    time(b).cmp(&time(a)).then_with(|| b.id.cmp(&a.id))
}
