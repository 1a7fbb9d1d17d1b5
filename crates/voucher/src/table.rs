//! The table of records on A4. Rows are not divided between pages.

use crate::{
    Line as Record, Outcome, VoucherError,
    a4::{BOTTOM, LEFT, RIGHT, next_page, section},
    desk::{Desk, Looks},
    page::{Ink, Node, mm},
    setting::{Line, Style, height},
    words::{self, Word},
};
use krilla::tagging::{TableHeaderScope, Tag};

/// The columns: heading, left edge and width.
const COLUMNS: [(Word, f32, f32); 5] = [
    (words::DATE, LEFT, mm(20.0)),
    (words::WHAT, LEFT + mm(23.0), mm(54.0)),
    (words::OUTCOME, LEFT + mm(80.0), mm(26.0)),
    (words::LOT, LEFT + mm(109.0), mm(19.0)),
    (words::PLACE, LEFT + mm(131.0), mm(43.0)),
];
/// Space over and under the text of a row.
const PAD: f32 = mm(1.7);
/// Height of the heading of the section and of the columns.
const HEADS: f32 = mm(18.0);

const HEAD: Looks = [Style::bold(8.0, Ink::Navy), Style::regular(7.0, Ink::Grey)];
const DATE: Style = Style::regular(9.0, Ink::Text);
const WHAT: Looks = [Style::bold(9.5, Ink::Text), Style::regular(8.5, Ink::Text)];
const PRODUCT: Looks = [Style::regular(8.0, Ink::Grey), Style::regular(8.0, Ink::Grey)];
const OUTCOME: Looks = [Style::regular(9.0, Ink::Text), Style::regular(8.0, Ink::Grey)];
const LOT: Style = Style::regular(8.5, Ink::Text);

/// Draws the section of records, over as many pages as they take.
pub(crate) fn records(desk: &mut Desk<'_>, y: f32) -> Result<f32, VoucherError> {
    let voucher = desk.voucher;
    let first = voucher.records.first().map_or(0.0, |record| row_height(&cells(desk, record)).1);
    // A heading is not left without a row.
    let mut y = if y + HEADS + first > BOTTOM { next_page(desk)? } else { y };
    y = section(desk, y, words::RECORDS);
    if voucher.records.is_empty() {
        let none = desk.label(words::NO_RECORDS, OUTCOME, RIGHT - LEFT);
        let node = desk.element(None, Tag::P);
        return Ok(desk.put(Some(node), LEFT, y, none));
    }
    let table = desk.element(None, Tag::Table);
    let head = desk.element(Some(table), Tag::THead);
    let row = desk.element(Some(head), Tag::TR);
    y = heads(desk, Some(row), y);
    let body = desk.element(Some(table), Tag::TBody);
    for record in &voucher.records {
        let cells = cells(desk, record);
        let (line, high) = row_height(&cells);
        if y + high > BOTTOM {
            y = next_page(desk)?;
            // Said once is enough for a reading machine.
            y = heads(desk, None, y);
        }
        let row = desk.element(Some(body), Tag::TR);
        for (lines, (_, x, _)) in cells.into_iter().zip(COLUMNS) {
            let cell = desk.element(Some(row), Tag::TD);
            desk.put(Some(cell), x, y + PAD + line - stands(&lines), lines);
        }
        y += high;
        desk.fill([LEFT, y, RIGHT - LEFT, 0.5], Ink::Rule);
    }
    Ok(y)
}

/// Where the letters of a row stand, and how high it is. All its cells stand on one line, whatever
/// the size of their letters.
fn row_height(cells: &[Vec<Line>]) -> (f32, f32) {
    let line = cells.iter().map(|lines| stands(lines)).fold(0.0, f32::max);
    let tall = |lines: &[Line]| line - stands(lines) + height(lines);
    (line, cells.iter().map(|lines| tall(lines)).fold(0.0, f32::max) + 2.0 * PAD)
}

/// Where the letters of a cell stand.
fn stands(lines: &[Line]) -> f32 {
    lines.first().map_or(0.0, Line::baseline)
}

/// The headings of the columns.
fn heads(desk: &mut Desk<'_>, row: Option<Node>, y: f32) -> f32 {
    let mut low = y;
    for ((zh, en), x, width) in COLUMNS {
        let cell = row.map(|row| desk.element(Some(row), Tag::TH(TableHeaderScope::Column)));
        let lines = desk.stack_of(zh, en, HEAD, width);
        low = low.max(desk.put(cell, x, y + mm(1.0), lines));
    }
    desk.fill([LEFT, low + mm(1.5), RIGHT - LEFT, 0.8], Ink::Navy);
    low + mm(1.5) + 0.8
}

fn cells(desk: &Desk<'_>, record: &Record) -> [Vec<Line>; 5] {
    let [date, what, outcome, lot, place] = COLUMNS.map(|(_, _, width)| width);
    let mut described = desk.stack(&record.what, WHAT, what);
    described.extend(desk.stack(&record.product, PRODUCT, what));
    let outcome = match &record.outcome {
        Outcome::Dose { number, of } => {
            let (zh, en) = words::dose(*number, *of);
            desk.stack_of(&zh, &en, OUTCOME, outcome)
        }
        Outcome::Result(text) => desk.stack(text, OUTCOME, outcome),
    };
    let lot_text = if record.lot.is_empty() { "—" } else { &record.lot };
    [
        desk.plain(&record.date, DATE, date),
        described,
        outcome,
        desk.plain(lot_text, LOT, lot),
        desk.stack(&record.place, OUTCOME, place),
    ]
}
