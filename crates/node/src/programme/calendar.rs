//! A person's due dates as a calendar (iCalendar, RFC 5545): the next dose of each vaccine group,
//! and those after it as they would follow. It names nobody: calendars are passed on.

use super::{DueWish, PROGRAMME, editions, is_dose, patient, plan};
use crate::{Node, NodeError, history::Reader, ledger::digest};
use hutong_model::{Date, PersonId, Timestamp};
use hutong_rules::Text;
use plan::Planned;

/// Longest line of a calendar, in bytes (RFC 5545 §3.1).
const LINE_BYTES_MAX: usize = 75;

impl Node {
    /// The due dates of a person, as a calendar; read as a history, and recorded as one.
    ///
    /// # Errors
    /// As [`Node::doses_due`].
    pub async fn due_calendar(
        &self,
        person: PersonId,
        reader: Reader,
        wish: DueWish,
    ) -> Result<String, NodeError> {
        let history = self.history(person, Reader { what: PROGRAMME, ..reader }).await?;
        let region = wish.region.unwrap_or_else(|| self.region_of(&history.identity));
        let on = wish.on.unwrap_or_else(|| self.today());
        let all = self.programme_editions(region)?;
        let edition = editions::on(&all, on)?;
        let records = history.records.iter().filter(|record| !record.superseded);
        let doses = records.map(|record| &record.entry).filter(|entry| is_dose(&entry.fact));
        let taken = patient::take(&edition.programme, &history.identity, doses)?;
        let planned = plan::plan(&edition.programme, &taken.patient, patient::day(on));
        let mut calendar = Calendar::begin();
        for dose in &planned {
            let uid = self.uid(person, dose);
            calendar.event(dose, &uid, &edition.id, self.now());
        }
        Ok(calendar.end())
    }

    /// The same for the same dose of the same person whenever it is made, so that a calendar that
    /// is taken in again moves what it has; and says nothing of the person.
    fn uid(&self, person: PersonId, dose: &Planned) -> String {
        let number = dose.number.unwrap_or_default();
        let name = format!("{person}/{}/{}/{number}", dose.group, dose.doses.join("+"));
        let digest = digest(name.as_bytes());
        format!("{}@{}.hutong", hex::encode(&digest.as_bytes()[..16]), self.settings.region)
    }
}

/// A calendar in the making.
struct Calendar(String);

impl Calendar {
    fn begin() -> Self {
        let mut calendar = Self(String::with_capacity(16 * 1024));
        calendar.line("BEGIN", "VCALENDAR");
        calendar.line("VERSION", "2.0");
        calendar.line("PRODID", "-//Hutong//Immunization programme//ZH");
        calendar.line("CALSCALE", "GREGORIAN");
        calendar.line("METHOD", "PUBLISH");
        calendar.line("X-WR-CALNAME", "接种计划 Vaccinations");
        calendar
    }

    fn event(&mut self, dose: &Planned, uid: &str, edition: &str, now: Timestamp) {
        let summary = summary(dose);
        self.line("BEGIN", "VEVENT");
        self.line("UID", uid);
        self.line("DTSTAMP", &utc(now));
        self.line("DTSTART;VALUE=DATE", &compact(dose.on));
        self.line("DTEND;VALUE=DATE", &compact(dose.on.plus_days(1)));
        self.text("SUMMARY", &format!("{} / {}", summary.zh, summary.en));
        self.text("DESCRIPTION", &description(dose, edition));
        self.line("STATUS", if dose.next { "CONFIRMED" } else { "TENTATIVE" });
        self.line("TRANSP", "TRANSPARENT");
        self.line("CLASS", "PRIVATE");
        if dose.next {
            self.line("BEGIN", "VALARM");
            self.line("ACTION", "DISPLAY");
            self.line("TRIGGER", "-P7D");
            self.text("DESCRIPTION", &format!("{} / {}", summary.zh, summary.en));
            self.line("END", "VALARM");
        }
        self.line("END", "VEVENT");
    }

    fn end(mut self) -> String {
        self.line("END", "VCALENDAR");
        self.0
    }

    /// A property whose value is a text (§3.3.11).
    fn text(&mut self, name: &str, text: &str) {
        let mut escaped = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            match character {
                '\\' | ';' | ',' => escaped.extend(['\\', character]),
                '\n' => escaped.push_str("\\n"),
                other if other.is_control() => {}
                other => escaped.push(other),
            }
        }
        self.line(name, &escaped);
    }

    /// A content line, folded where it is long (§3.1), never within a character.
    fn line(&mut self, name: &str, value: &str) {
        let mut room = LINE_BYTES_MAX;
        for character in name.chars().chain([':']).chain(value.chars()) {
            if character.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = LINE_BYTES_MAX - 1;
            }
            room -= character.len_utf8();
            self.0.push(character);
        }
        self.0.push_str("\r\n");
    }
}

fn summary(dose: &Planned) -> Text {
    let number = dose.number.unwrap_or(1);
    let one = dose.vaccines.first();
    let zh = one.map_or(&*dose.group, |vaccine| &vaccine.name.zh);
    let en = one.map_or(&*dose.group, |vaccine| &vaccine.name.en);
    Text {
        zh: format!("接种{zh}（第 {number} 剂）").into(),
        en: format!("Vaccination: {en} (dose {number})").into(),
    }
}

fn description(dose: &Planned, edition: &str) -> String {
    let (zh, en) = if dose.next {
        (dose.sentence.zh.to_string(), dose.sentence.en.to_string())
    } else {
        (
            "预计日期：以此前各剂按推荐日期接种为前提。".to_owned(),
            "Expected: if the doses before it are given on their recommended days.".to_owned(),
        )
    };
    format!("{zh}\n{en}\n免疫程序版本 / edition: {edition}")
}

fn compact(day: Date) -> String {
    let (year, month, day) = day.year_month_day();
    format!("{year:04}{month:02}{day:02}")
}

fn utc(at: Timestamp) -> String {
    let text = at.to_rfc3339();
    // 2027-03-01T08:00:00.000Z, without what RFC 5545 §3.3.5 has not.
    let kept = text.iter().take(19).filter(|byte| !matches!(byte, b'-' | b':'));
    kept.map(|byte| char::from(*byte)).chain(['Z']).collect()
}
