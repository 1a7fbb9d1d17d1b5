//! What a row says of a test and its result.

use crate::cells::Row;
use crate::fields::Field;
use crate::words::{Group, Words};
use hutong_model::{
    Coding, Fact, IssueCode, TestKind, TestOutcome, TestResult, Times,
    catalogue::{LOINC, SNOMED, TEST, Test},
    limits::CODE_BYTES_MAX,
};

impl<'a> Row<'a> {
    /// The test that the row names, if the catalogue knows it.
    pub(crate) fn known_test(&self) -> Option<&'a Test> {
        let catalogue = self.ctx.catalogue;
        let by_code = self.get(Field::TestCode).and_then(|code| {
            [LOINC, TEST, SNOMED].iter().find_map(|system| catalogue.test(system, code))
        });
        by_code.or_else(|| catalogue.test_by_name(self.get(Field::TestName)?))
    }

    /// The times and the result of a test.
    pub(crate) fn test(&mut self, kind: TestKind) -> (Times, Option<Fact>) {
        let times = Times {
            collected: self.when(Field::Collected),
            received: self.when(Field::Received),
            performed: self.when(Field::Performed),
            reported: self.when(Field::Reported),
            ..Times::default()
        };
        if times.occurred().is_none() && self.all_empty(Field::Collected) {
            self.error(
                Field::Collected,
                IssueCode::Required,
                "the row has no time at all",
                "write at least the time at which the sample was taken",
            );
        }
        if let (Some(from), Some(to)) = (times.collected, times.reported)
            && from.date() > to.date()
        {
            self.warning(
                Field::Reported,
                "the result was released before the sample was taken",
                "correct the time that is wrong",
            );
        }
        let value = self.quantity(Field::Value, Some(Field::Unit));
        let known = self.known_test();
        if known.is_some_and(|test| test.kind != kind) {
            self.warning(
                Field::RecordType,
                "the type of record and the test differ; the type of record is taken",
                "correct the one that is wrong",
            );
        }
        let agent = match self.text(Field::Agent) {
            Some(text) => Words::get().code(Group::Agent, &text).map(Box::from).unwrap_or(text),
            None => known.map_or_else(|| "sars-cov-2".into(), |test| test.agent.clone()),
        };
        let fact = TestResult {
            kind,
            code: self.test_code(kind, known, &agent),
            outcome: self.outcome(value.is_some()),
            value,
            agent: Some(agent),
            specimen: self.coded(Field::Specimen),
            tube: self.text(Field::Tube),
            pool_size: self.count(Field::PoolSize),
            method: self.coded(Field::Method),
            performer: self.text(Field::Performer),
            place: self.region(Field::Place),
            note: self.text(Field::Note),
        };
        (times, Some(Fact::TestResult(fact)))
    }

    /// Whether none of the times of a test is filled in.
    fn all_empty(&self, first: Field) -> bool {
        let times = [first, Field::Received, Field::Performed, Field::Reported];
        times.into_iter().all(|field| self.get(field).is_none())
    }

    fn test_code(&mut self, kind: TestKind, known: Option<&Test>, agent: &str) -> Vec<Coding> {
        let name = self.text(Field::TestName);
        if let Some(test) = known.filter(|test| test.kind == kind) {
            let mut code = Coding::new(&test.system, &test.code);
            code.display = name;
            return vec![code];
        }
        if let Some(code) = self.limited(Field::TestCode, CODE_BYTES_MAX) {
            self.warning(
                Field::TestCode,
                "the code is not in the catalogue; it is kept as written",
                "use a code of LOINC that the catalogue knows",
            );
            return vec![Coding { system: "".into(), code, display: name }];
        }
        let loinc = match (kind, agent) {
            (TestKind::NucleicAcid, "sars-cov-2") => "94500-6",
            (TestKind::Antigen, "sars-cov-2") => "94558-4",
            (TestKind::Antibody, "sars-cov-2") => "94563-4",
            _ => return name.map(|name| Coding::text(&name)).into_iter().collect(),
        };
        vec![Coding { display: name, ..Coding::new(LOINC, loinc) }]
    }

    fn outcome(&mut self, measured: bool) -> TestOutcome {
        if self.get(Field::Result).is_none() {
            if measured {
                return TestOutcome::Measured;
            }
            self.error(
                Field::Result,
                IssueCode::Required,
                "the result is missing",
                "write 阴性, 阳性, 可疑, 检测中 or 样本不合格 (negative, positive, inconclusive, \
                 pending, invalid)",
            );
        }
        match self.word(Field::Result, Group::Result) {
            Some("negative") => TestOutcome::Negative,
            Some("positive") => TestOutcome::Positive,
            Some("pending") => TestOutcome::Pending,
            Some("invalid") => TestOutcome::Invalid,
            _ => TestOutcome::Inconclusive,
        }
    }
}
