//! An empty workbook to fill in.

use crate::columns::{Column, Known, Lang, Part};
use crate::fields::Field;
use crate::words::{Group, Words};
use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatBorder, Note, Workbook, Worksheet, XlsxError,
};

/// Rows that the drop-downs and the text format reach to.
const ROWS: u32 = 5000;

/// Makes a workbook with one sheet of headings for doses and results together, with notes and
/// drop-downs, and a second sheet that explains every column. Filled in, it is what
/// [`crate::SheetReader::xlsx`] reads.
///
/// # Errors
/// [`XlsxError`] where the workbook cannot be made.
pub fn template_xlsx(lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(match lang {
        Lang::Zh => "记录",
        Lang::En => "Records",
    })?;
    sheet.set_freeze_panes(1, 1)?;
    for (place, (field, column)) in (0_u16..).zip(Known::get().columns()) {
        write_column(sheet, place, field, column, lang)?;
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(match lang {
        Lang::Zh => "说明",
        Lang::En => "Notes",
    })?;
    write_notes(sheet, lang)?;
    workbook.save_to_buffer()
}

fn heading(column: &Column, lang: Lang) -> (&str, &str) {
    match lang {
        Lang::Zh => (&column.zh, &column.note_zh),
        Lang::En => (&column.en, &column.note_en),
    }
}

fn write_column(
    sheet: &mut Worksheet,
    place: u16,
    field: Field,
    column: &Column,
    lang: Lang,
) -> Result<(), XlsxError> {
    let (text, note) = heading(column, lang);
    let fill = match column.sheet {
        Part::Both => Color::RGB(0x00dd_ebf7),
        Part::Vaccination => Color::RGB(0x00e2_efda),
        Part::Test => Color::RGB(0x00ff_f2cc),
    };
    let head = Format::new().set_bold().set_background_color(fill).set_border(FormatBorder::Thin);
    // Text, so that no long number loses its last digits and no code its first zero.
    let body = Format::new().set_num_format(if field.is_time() { "General" } else { "@" });
    sheet.set_column_format(place, &body)?;
    sheet.set_column_width(place, 16)?;
    let star = if field == Field::OwnId { "*" } else { "" };
    sheet.write_string_with_format(0, place, format!("{text}{star}"), &head)?;
    if !note.is_empty() {
        sheet.insert_note(0, place, &Note::new(note).add_author_prefix(false))?;
    }
    if let Some(group) = group(field) {
        let choices: Vec<&str> = Words::get()
            .choices(group)
            .map(|(zh, en)| match lang {
                Lang::Zh => zh,
                Lang::En => en,
            })
            .collect();
        // A list within a validation holds 255 characters at most.
        if choices.iter().map(|choice| choice.chars().count() + 1).sum::<usize>() <= 255 {
            let list = DataValidation::new().allow_list_strings(&choices)?;
            sheet.add_data_validation(1, place, ROWS, place, &list)?;
        }
    }
    Ok(())
}

/// The words that a cell of a field may hold.
fn group(field: Field) -> Option<Group> {
    match field {
        Field::Action => Some(Group::Action),
        Field::Source => Some(Group::Source),
        Field::Sex => Some(Group::Sex),
        Field::DocumentType
        | Field::MotherDocumentType
        | Field::FatherDocumentType
        | Field::GuardianDocumentType => Some(Group::DocumentType),
        Field::RecordType => Some(Group::RecordType),
        Field::Result => Some(Group::Result),
        _ => None,
    }
}

fn write_notes(sheet: &mut Worksheet, lang: Lang) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let wrap = Format::new().set_text_wrap();
    let titles: [&str; 3] = match lang {
        Lang::Zh => ["列", "说明", "可选值"],
        Lang::En => ["Column", "What it is", "Words"],
    };
    for (place, (title, width)) in (0_u16..).zip(titles.into_iter().zip([24, 60, 80])) {
        sheet.set_column_width(place, width)?;
        sheet.write_string_with_format(0, place, title, &bold)?;
    }
    for (row, (field, column)) in (1_u32..).zip(Known::get().columns()) {
        let (text, note) = heading(column, lang);
        sheet.write_string(row, 0, text)?;
        sheet.write_string_with_format(row, 1, note, &wrap)?;
        let words = group(field).map(|group| Words::get().choices(group));
        let words: Vec<&str> = words
            .into_iter()
            .flatten()
            .map(|(zh, en)| if lang == Lang::Zh { zh } else { en })
            .collect();
        sheet.write_string_with_format(row, 2, words.join(" / "), &wrap)?;
    }
    Ok(())
}
