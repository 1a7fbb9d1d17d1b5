//! What a row says: a dose, a result, a retraction, or who somebody is.

use crate::cells::Row;
use crate::columns::Headings;
use crate::dates::Dates;
use crate::fields::Field;
use crate::reader::{Accepted, ReadContext};
use crate::row::RecordKind;
use crate::subject::read_subject;
use crate::words::Group;
use hutong_model::{
    Action, Coding, Fact, Issue, IssueCode, OriginId, Severity, Source, Subject, Submission,
    TestKind, Times, Vaccination,
    catalogue::{CN_VACCINE, CVX, Vaccine},
    limits::{CODE_BYTES_MAX, URI_BYTES_MAX},
};

/// Reads a row.
pub(crate) fn read_row(
    ctx: &ReadContext<'_>,
    dates: Dates,
    headings: &Headings,
    cells: &[String],
) -> Result<Accepted, Vec<Issue>> {
    let mut row = Row { ctx, dates, headings, cells, issues: Vec::new() };
    row.check_cells();
    let submission = row.submission();
    let issues = row.issues;
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(issues);
    }
    // INVARIANT: a submission is missing only where an error says why.
    submission.map(|submission| Accepted { submission, warnings: issues }).ok_or_else(Vec::new)
}

impl<'a> Row<'a> {
    fn submission(&mut self) -> Option<Submission> {
        let kind = self.kind();
        let own_id = self.own_id(Field::OwnId);
        let action = self.action(own_id.as_ref());
        let retracts = matches!(action, Some(Action::Retract(..)));
        if own_id.is_none() && kind != Some(RecordKind::Person) && self.get(Field::OwnId).is_none()
        {
            self.error(
                Field::OwnId,
                IssueCode::Required,
                "the record has no id of your own",
                "give each record an id that you never use for another",
            );
        }
        let source = match self.word(Field::Source, Group::Source) {
            Some("historical") => Source::Historical,
            Some("declared") => Source::Declared,
            _ => Source::FirstHand,
        };
        let subject = read_subject(self, !retracts);
        let (times, fact) = match kind {
            _ if retracts => (Times::default(), None),
            None | Some(RecordKind::Person) => (Times::default(), None),
            Some(RecordKind::Vaccination) => self.vaccination(),
            Some(RecordKind::NucleicAcid) => self.test(TestKind::NucleicAcid),
            Some(RecordKind::Antigen) => self.test(TestKind::Antigen),
            Some(RecordKind::Antibody) => self.test(TestKind::Antibody),
        };
        self.check_birth(&subject, &times);
        let own_id = match &action {
            // A retraction is an entry of its own and needs an id of its own.
            Some(Action::Retract(target, _)) if own_id.as_ref() == Some(target) => {
                OriginId::parse(&format!("{target}:retraction")).ok()
            }
            _ => own_id,
        };
        Some(Submission { own_id, action: action?, subject, source, times, fact })
    }

    fn own_id(&mut self, field: Field) -> Option<OriginId> {
        let id = OriginId::parse(self.get(field)?);
        if id.is_err() {
            self.error(
                field,
                IssueCode::Value,
                "an id has 1 to 128 visible characters",
                "shorten the id",
            );
        }
        id.ok()
    }

    fn action(&mut self, own_id: Option<&OriginId>) -> Option<Action> {
        let replaces = self.own_id(Field::Replaces);
        match self.word(Field::Action, Group::Action) {
            Some("retract") => {
                let target = replaces.or_else(|| own_id.cloned())?;
                let reason = self.text(Field::Reason).unwrap_or_default();
                Some(Action::Retract(target, reason))
            }
            Some("correct") if replaces.is_none() => {
                self.error(
                    Field::Replaces,
                    IssueCode::Required,
                    "a correction must say which record it replaces",
                    "write the id of the earlier record here, and a new id for this one",
                );
                None
            }
            None if self.get(Field::Action).is_some() => None,
            Some("correct") | None if replaces.is_some() && replaces.as_ref() != own_id => {
                replaces.map(Action::Correct)
            }
            Some("correct") | None if replaces.is_some() => {
                self.error(
                    Field::Replaces,
                    IssueCode::BusinessRule,
                    "a correction needs an id of its own, other than that of the record it replaces",
                    "write a new id into the column of ids",
                );
                None
            }
            _ => Some(Action::New),
        }
    }

    /// What the row is: as it says, else as its cells show.
    fn kind(&mut self) -> Option<RecordKind> {
        if self.get(Field::RecordType).is_some() {
            return match self.word(Field::RecordType, Group::RecordType)? {
                "vaccination" => Some(RecordKind::Vaccination),
                "nucleic-acid" => Some(RecordKind::NucleicAcid),
                "antigen" => Some(RecordKind::Antigen),
                "antibody" => Some(RecordKind::Antibody),
                _ => Some(RecordKind::Person),
            };
        }
        let any = |fields: &[Field]| fields.iter().any(|field| self.get(*field).is_some());
        if any(&[Field::VaccineCode, Field::VaccineName, Field::VaccinatedAt, Field::DoseNumber]) {
            return Some(RecordKind::Vaccination);
        }
        if let Some(test) = self.known_test() {
            return Some(kind_of(test.kind));
        }
        let name = self.get(Field::TestName).unwrap_or_default();
        for (part, kind) in [
            ("核酸", RecordKind::NucleicAcid),
            ("抗原", RecordKind::Antigen),
            ("抗体", RecordKind::Antibody),
        ] {
            if name.contains(part) {
                return Some(kind);
            }
        }
        let tested = any(&[Field::Result, Field::Collected, Field::Value, Field::Tube]);
        let pooled = any(&[Field::Tube, Field::PoolSize]);
        match self.ctx.kind {
            Some(kind) => Some(kind),
            // Only samples for nucleic acid are pooled.
            None if pooled => Some(RecordKind::NucleicAcid),
            None if tested => {
                self.error(
                    Field::RecordType,
                    IssueCode::Required,
                    "the row does not say whether it is a nucleic-acid, antigen or antibody result",
                    "add the column, and write 核酸, 抗原 or 抗体 (nucleic acid, antigen, antibody)",
                );
                None
            }
            None => Some(RecordKind::Person),
        }
    }

    fn vaccination(&mut self) -> (Times, Option<Fact>) {
        let vaccine = self.vaccine();
        let performed = self.when(Field::VaccinatedAt);
        if self.get(Field::VaccinatedAt).is_none() {
            self.error(
                Field::VaccinatedAt,
                IssueCode::Required,
                "the day of the vaccination is missing",
                "write the day on which the dose was given",
            );
        }
        let dose_number = match self.get(Field::DoseNumber) {
            Some(text) if text.contains("加强") || text.eq_ignore_ascii_case("booster") => {
                self.warning(
                    Field::DoseNumber,
                    "a booster without a number is kept without a dose number",
                    "write the number of the dose where it is known",
                );
                None
            }
            _ => self.count(Field::DoseNumber),
        };
        let fact = Vaccination {
            vaccine,
            dose_number,
            series_doses: self.count(Field::SeriesDoses),
            lot: self.text(Field::Lot),
            lot_expires: self.date(Field::LotExpires),
            manufacturer: self.coded(Field::Manufacturer),
            site: self.coded(Field::Site),
            route: self.coded(Field::Route),
            amount: self.quantity(Field::Amount, None),
            trace_code: self.text(Field::TraceCode),
            performer: self.text(Field::Performer),
            vaccinator: self.text(Field::Vaccinator),
            place: self.region(Field::Place),
            not_done: false,
            not_done_reason: None,
            note: self.text(Field::Note),
            subpotent: false,
        };
        (Times { performed, ..Times::default() }, Some(Fact::Vaccination(fact)))
    }

    /// The vaccine by code, by name, or by both, which must then agree.
    fn vaccine(&mut self) -> Vec<Coding> {
        let catalogue = self.ctx.catalogue;
        let code = self.limited(Field::VaccineCode, CODE_BYTES_MAX);
        let name = self.text(Field::VaccineName);
        let system = self.limited(Field::VaccineSystem, URI_BYTES_MAX);
        let by_code = code.as_deref().and_then(|code| match system.as_deref() {
            Some(system) => catalogue.vaccine(system, code),
            None => catalogue.vaccine(CN_VACCINE, code).or_else(|| catalogue.vaccine(CVX, code)),
        });
        let by_name = name.as_deref().and_then(|name| catalogue.vaccine_by_name(name));
        let unknown = |row: &mut Self, field: Field, text: &str| {
            let short: String = text.chars().take(60).collect();
            let reason = format!("the vaccine \"{short}\" is not in the catalogue");
            let remedy = "use a code or name of the catalogue, or ask the \
                          authority of your region to add it";
            row.error(field, IssueCode::CodeInvalid, reason, remedy);
            Vec::new()
        };
        match (code, by_code, name, by_name) {
            (Some(code), None, ..) => unknown(self, Field::VaccineCode, &code),
            (Some(_), Some(vaccine), name, by_name) => {
                if by_name.is_some_and(|other| !vaccine.shares_family(other)) {
                    self.warning(
                        Field::VaccineName,
                        "code and name mean different vaccines; the code is taken",
                        "correct the one that is wrong",
                    );
                }
                vec![coding(vaccine, name)]
            }
            (None, _, Some(name), Some(vaccine)) => vec![coding(vaccine, Some(name))],
            (None, _, Some(name), None) => unknown(self, Field::VaccineName, &name),
            (None, _, None, _) => {
                self.error(
                    Field::VaccineName,
                    IssueCode::Required,
                    "the vaccine is missing",
                    "write the vaccine's code or name",
                );
                Vec::new()
            }
        }
    }

    /// Nothing happens to a person before birth.
    fn check_birth(&mut self, subject: &Subject, times: &Times) {
        let Some(born) = subject.demographics.birth_date else { return };
        let (field, when) = match (times.performed, times.collected) {
            (_, Some(when)) => (Field::Collected, when),
            (Some(when), None) if self.get(Field::VaccinatedAt).is_some() => {
                (Field::VaccinatedAt, when)
            }
            (Some(when), None) => (Field::Performed, when),
            (None, None) => return,
        };
        let full = when.precision() >= hutong_model::Precision::Day;
        let before = if full {
            when.date() < born
        } else {
            when.date().civil().year() < born.civil().year()
        };
        if before {
            self.error(
                field,
                IssueCode::BusinessRule,
                "the date lies before the person's birth",
                "correct this date or the date of birth",
            );
        }
    }
}

fn coding(vaccine: &Vaccine, name: Option<Box<str>>) -> Coding {
    Coding { display: name, ..Coding::new(&vaccine.system, &vaccine.code) }
}

fn kind_of(kind: TestKind) -> RecordKind {
    match kind {
        TestKind::NucleicAcid => RecordKind::NucleicAcid,
        TestKind::Antigen => RecordKind::Antigen,
        TestKind::Antibody => RecordKind::Antibody,
    }
}
