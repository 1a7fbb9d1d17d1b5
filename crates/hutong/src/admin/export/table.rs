//! Records as a Parquet file: one row a record, columns for what is counted. Persons are the node's
//! own meaningless ids; names, documents and places of living are left out.

use hutong_fhir::ShownRecord;
use hutong_model::{Coding, Fact, When};
use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use std::{fs::File, io, sync::Arc};

/// Rows of a group, which is held in memory.
const GROUP_ROWS: usize = 65_536;

/// The columns. `occurred` and `admitted` are UTC; a day alone is its midnight in China.
const SCHEMA: &str = "message record {
    required binary id (STRING);
    required binary person (STRING);
    required binary kind (STRING);
    required binary member (STRING);
    required binary region (STRING);
    required boolean withdrawn;
    required int32 corrections;
    required int32 reports;
    optional int64 occurred (TIMESTAMP(MILLIS, true));
    required int64 admitted (TIMESTAMP(MILLIS, true));
    optional binary system (STRING);
    optional binary code (STRING);
    optional int32 dose_number;
    optional int32 series_doses;
    optional binary lot (STRING);
    optional boolean not_done;
    optional binary outcome (STRING);
    optional binary place (STRING);
}";

/// A column of optional values: those that are there, and where.
struct Column<T: DataType> {
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Default for Column<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T: DataType> Column<T> {
    fn push(&mut self, value: Option<T::T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

/// The columns of a group, in the order of the schema.
#[derive(Default)]
struct Group {
    texts: [Column<ByteArrayType>; 10],
    numbers: [Column<Int32Type>; 4],
    times: [Column<Int64Type>; 2],
    flags: [Column<BoolType>; 2],
    rows: usize,
}

/// Where the columns of the schema lie in a [`Group`].
#[derive(Clone, Copy)]
enum Place {
    Text(usize),
    Number(usize),
    Time(usize),
    Flag(usize),
}

/// In the order of the schema; the second says whether values may be absent.
const PLACES: [(Place, bool); 18] = [
    (Place::Text(0), false),
    (Place::Text(1), false),
    (Place::Text(2), false),
    (Place::Text(3), false),
    (Place::Text(4), false),
    (Place::Flag(0), false),
    (Place::Number(0), false),
    (Place::Number(1), false),
    (Place::Time(0), true),
    (Place::Time(1), false),
    (Place::Text(5), true),
    (Place::Text(6), true),
    (Place::Number(2), true),
    (Place::Number(3), true),
    (Place::Text(7), true),
    (Place::Flag(1), true),
    (Place::Text(8), true),
    (Place::Text(9), true),
];

/// A Parquet file that is being written.
pub(super) struct Table {
    writer: SerializedFileWriter<File>,
    group: Group,
}

impl Table {
    /// A new one.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(failed)?);
        let compression = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let writer = SerializedFileWriter::new(file, schema, Arc::new(properties));
        Ok(Self { writer: writer.map_err(failed)?, group: Group::default() })
    }

    /// Adds a record; false where it is none that is exported.
    pub(super) fn record(&mut self, record: &ShownRecord) -> io::Result<bool> {
        if !self.group.push(record) {
            return Ok(false);
        }
        if self.group.rows == GROUP_ROWS {
            self.write_group()?;
        }
        Ok(true)
    }

    /// Writes what is left, and the foot.
    pub(super) fn finish(mut self) -> io::Result<File> {
        if self.group.rows > 0 {
            self.write_group()?;
        }
        self.writer.into_inner().map_err(failed)
    }

    fn write_group(&mut self) -> io::Result<()> {
        let group = std::mem::take(&mut self.group);
        let mut out = self.writer.next_row_group().map_err(failed)?;
        for (place, optional) in PLACES {
            let mut column = out.next_column().map_err(failed)?.ok_or_else(unfit)?;
            match place {
                Place::Text(at) => put(&mut column, &group.texts[at], optional),
                Place::Number(at) => put(&mut column, &group.numbers[at], optional),
                Place::Time(at) => put(&mut column, &group.times[at], optional),
                Place::Flag(at) => put(&mut column, &group.flags[at], optional),
            }
            .map_err(failed)?;
            column.close().map_err(failed)?;
        }
        out.close().map(drop).map_err(failed)
    }
}

fn put<T: DataType>(
    writer: &mut parquet::file::writer::SerializedColumnWriter<'_>,
    column: &Column<T>,
    optional: bool,
) -> Result<(), ParquetError> {
    let levels = optional.then_some(column.levels.as_slice());
    writer.typed::<T>().write_batch(&column.values, levels, None).map(drop)
}

impl Group {
    fn push(&mut self, record: &ShownRecord) -> bool {
        let entry = &record.entry;
        let Some(kind) = record.resource_type() else { return false };
        let [id, person, kinds, member, region, system, code, lot, outcome, place] =
            &mut self.texts;
        let [corrections, reports, dose_number, series] = &mut self.numbers;
        let [occurred, admitted] = &mut self.times;
        let [withdrawn, not_done] = &mut self.flags;
        id.push(text(entry.id));
        person.push(text(entry.person));
        kinds.push(text(kind));
        member.push(text(&entry.member));
        region.push(text(entry.region));
        withdrawn.push(Some(record.superseded));
        corrections.push(count(record.corrections.len()));
        reports.push(count(record.also.len() + 1));
        occurred.push(entry.times.occurred().map(|when: When| when.start().unix_ms()));
        admitted.push(Some(entry.times.admitted.unix_ms()));
        let (coding, given, tested): (Option<&Coding>, _, _) = match &entry.fact {
            Fact::Vaccination(dose) => (dose.vaccine.first(), Some(dose), None),
            Fact::TestResult(test) => (test.code.first(), None, Some(test)),
            _ => (None, None, None),
        };
        system.push(coding.and_then(|coding| text(&coding.system)));
        code.push(coding.and_then(|coding| text(&coding.code)));
        dose_number.push(given.and_then(|dose| dose.dose_number).map(i32::from));
        series.push(given.and_then(|dose| dose.series_doses).map(i32::from));
        lot.push(given.and_then(|dose| dose.lot.as_ref()).and_then(text));
        not_done.push(given.map(|dose| dose.not_done));
        outcome.push(tested.and_then(|test| text(test.outcome.as_str())));
        let at = given.map_or(tested.and_then(|test| test.place), |dose| dose.place);
        place.push(at.and_then(text));
        self.rows += 1;
        true
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a column takes what may be absent")]
fn text(value: impl std::fmt::Display) -> Option<ByteArray> {
    Some(ByteArray::from(value.to_string().into_bytes()))
}

fn count(number: usize) -> Option<i32> {
    Some(i32::try_from(number).unwrap_or(i32::MAX))
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

fn unfit() -> io::Error {
    io::Error::other("the table has more columns than its schema")
}
