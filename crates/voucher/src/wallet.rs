//! Cards (ISO/IEC 7810, ID-1): one with the person and the newest records, one for each code.

use crate::{
    Code, Lang, Outcome, VoucherError,
    desk::{Desk, Looks, quiet},
    limits::MODULE_MM_MIN,
    page::{Book, Ink, Node, mm},
    setting::{Line, Style, height},
    symbol::Symbol,
    words,
};
use krilla::tagging::Tag;
use std::num::NonZeroU16;

/// Width and height of a card, in points.
pub(crate) const PAGE: (f32, f32) = (mm(85.60), mm(53.98));
/// Space that text keeps from the edges.
const MARGIN: f32 = mm(4.0);
/// Where text ends at the right.
const RIGHT: f32 = PAGE.0 - MARGIN;
/// Space that a quiet zone keeps from the edges, so that cutting does not hurt it.
const TRIM: f32 = mm(0.8);
/// Widest symbol with its quiet zone.
const SYMBOL: f32 = PAGE.1 - 2.0 * TRIM;
/// Where content ends, above the foot.
const BOTTOM: f32 = PAGE.1 - mm(7.0);

const TITLE: Looks = [Style::bold(7.5, Ink::Navy), Style::regular(5.5, Ink::Grey)];
const SMALL: Style = Style::regular(5.0, Ink::Grey);
const LATIN: Style = Style::regular(7.0, Ink::Text);
const RECORD: Style = Style::regular(6.5, Ink::Text);
const CAPTION: Looks = [Style::bold(7.5, Ink::Text), Style::regular(6.5, Ink::Grey)];
/// Sizes of a name, the first that suits.
const NAME_SIZES: [f32; 3] = [14.0, 11.5, 9.0];

/// Lays out the voucher.
pub(crate) fn lay_out(mut desk: Desk<'_>) -> Result<Book, VoucherError> {
    let voucher = desk.voucher;
    front(&mut desk);
    for (index, code) in voucher.codes.iter().enumerate() {
        code_card(&mut desk, code, index + 1)?;
    }
    Ok(desk.book)
}

/// The card with the person.
fn front(desk: &mut Desk<'_>) {
    desk.book.pages.push(Vec::new());
    let voucher = desk.voucher;
    let width = RIGHT - MARGIN;
    let said = desk.said(words::TITLE.0, words::TITLE.1);
    desk.book.bookmark(said.clone(), 0.0);
    let heading = desk.element(None, Tag::Hn(NonZeroU16::MIN, Some(said)));
    let title = desk.label(words::TITLE, TITLE, width);
    let mut y = desk.put(Some(heading), MARGIN, mm(3.2), title) + mm(0.8);
    desk.fill([MARGIN, y, width, 0.8], Ink::Navy);
    let node = desk.element(None, Tag::P);
    let name = name(desk, width);
    y = desk.put(Some(node), MARGIN, y + mm(1.6), name);
    let person = &voucher.person;
    let facts = [(words::BIRTH_DATE, &person.birth_date), (words::DOCUMENT, &person.document)];
    let mut low = y;
    for (index, (label, value)) in facts.into_iter().enumerate() {
        let x = MARGIN + index as f32 * (width / 2.0);
        let node = desk.element(None, Tag::P);
        let label = desk.label(label, [SMALL; 2], width / 2.0);
        let below = desk.put(Some(node), x, y + mm(1.0), label);
        let value = one(desk, value, RECORD, width / 2.0 - mm(2.0));
        low = low.max(desk.put(Some(node), x, below, value));
    }
    newest(desk, low + mm(1.4));
    foot(desk);
}

/// The name on one line or two, as large as there is room for, and the other script under it.
fn name(desk: &Desk<'_>, width: f32) -> Vec<Line> {
    let person = &desk.voucher.person;
    let latin_first = desk.lang == Lang::En && !person.latin_name.is_empty();
    let latin_first = latin_first || person.name.is_empty();
    let (first, second) = if latin_first {
        (&person.latin_name, &person.name)
    } else {
        (&person.name, &person.latin_name)
    };
    let look = |size: f32| Style::bold(size, Ink::Text);
    let set = |size: f32| desk.plain(first, look(size), width);
    let smallest = NAME_SIZES[NAME_SIZES.len() - 1];
    let mut lines = NAME_SIZES
        .into_iter()
        .map(set)
        .find(|lines| lines.len() <= 1)
        .unwrap_or_else(|| one(desk, first, look(smallest), width));
    if !second.is_empty() && second != first {
        lines.extend(one(desk, second, LATIN, width));
    }
    lines
}

/// A text on one line, cut short where need be.
fn one(desk: &Desk<'_>, text: &str, look: Style, width: f32) -> Vec<Line> {
    vec![Line(vec![desk.setter.cut(text, look, desk.first(), width)])]
}

/// The newest records, as many as there is room for.
fn newest(desk: &mut Desk<'_>, y: f32) {
    let mut records: Vec<_> = desk.voucher.records.iter().collect();
    // Dates of ISO 8601 sort as texts.
    records.sort_by(|one, other| other.date.cmp(&one.date));
    let step = RECORD.line() + mm(0.5);
    let head = SMALL.line() + mm(0.6);
    // Truncation is meant: as many whole lines as there is room for.
    let room = ((BOTTOM - y - head) / step).max(0.0) as usize;
    let shown = records.len().min(room);
    let (zh, en) = words::newest(shown, records.len());
    let lines = desk.beside(&zh, &en, [SMALL; 2], RIGHT - MARGIN);
    let node = desk.element(None, Tag::P);
    desk.fill([MARGIN, y, RIGHT - MARGIN, 0.4], Ink::Rule);
    let mut y = desk.put(Some(node), MARGIN, y + mm(0.6), lines);
    for record in records.into_iter().take(shown) {
        let what = desk.said(&record.what.zh, &record.what.en);
        let outcome = outcome(desk, &record.outcome);
        let node = desk.element(None, Tag::P);
        let date = one(desk, &record.date, RECORD, mm(15.0));
        desk.put(Some(node), MARGIN, y, date);
        let what = one(desk, &what, RECORD, mm(43.0));
        desk.put(Some(node), MARGIN + mm(16.0), y, what);
        let outcome = one(desk, &outcome, RECORD, mm(17.0));
        desk.put_right(Some(node), RIGHT, y, outcome);
        y += step;
    }
}

/// What came of it, in few characters.
fn outcome(desk: &Desk<'_>, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Dose { number, of: Some(of) } => format!("{number}/{of}"),
        Outcome::Dose { number, of: None } => format!("{number}"),
        Outcome::Result(text) => desk.said(&text.zh, &text.en),
    }
}

/// Issuer, reference and validity.
fn foot(desk: &mut Desk<'_>) {
    let voucher = desk.voucher;
    let y = PAGE.1 - mm(6.0);
    desk.fill([MARGIN, y, RIGHT - MARGIN, 0.4], Ink::Rule);
    let issuer = desk.said(&voucher.issuer.zh, &voucher.issuer.en);
    let node = desk.element(None, Tag::P);
    let issuer = one(desk, &issuer, SMALL, mm(45.0));
    desk.put(Some(node), MARGIN, y + mm(0.8), issuer);
    let node = desk.element(None, Tag::P);
    let reference = one(desk, &voucher.reference, SMALL, mm(30.0));
    desk.put_right(Some(node), RIGHT, y + mm(0.8), reference);
}

/// A card for one code: the symbol as large as the card permits, and beside it what it is.
fn code_card(desk: &mut Desk<'_>, code: &Code, number: usize) -> Result<(), VoucherError> {
    let symbol = Symbol::encode(&code.text).ok_or(VoucherError::CodeTooLong { number })?;
    let module = SYMBOL / (symbol.size() as f32 + 2.0 * quiet(1.0));
    if module < mm(MODULE_MM_MIN) {
        return Err(VoucherError::CodeTooDense { number });
    }
    desk.book.pages.push(Vec::new());
    let corner = TRIM + quiet(module);
    let x = (TRIM + SYMBOL).max(corner + symbol.size() as f32 * module + mm(2.0));
    let node = desk.element(None, Tag::Div);
    desk.symbol(node, (corner, corner), module, symbol, &code.caption);
    let width = RIGHT - x;
    desk.fill([x, corner, mm(6.0), 1.1], Ink::Navy);
    let caption = desk.stack(&code.caption, CAPTION, width);
    let paragraph = desk.element(Some(node), Tag::P);
    desk.put(Some(paragraph), x, corner + mm(1.6), caption);
    beneath(desk, node, x, PAGE.1 - corner, width);
    Ok(())
}

/// At the lower end of the column: whose it is, until when, and which voucher.
fn beneath(desk: &mut Desk<'_>, node: Node, x: f32, bottom: f32, width: f32) {
    let voucher = desk.voucher;
    let mut blocks = vec![one(desk, &voucher.person.name, RECORD, width)];
    if !voucher.expires_at.is_empty() {
        let mut lines = desk.label(words::EXPIRES, [SMALL; 2], width);
        lines.extend(one(desk, &voucher.expires_at, RECORD, width));
        blocks.push(lines);
    }
    let mut lines = desk.label(words::REFERENCE, [SMALL; 2], width);
    lines.extend(one(desk, &voucher.reference, RECORD, width));
    blocks.push(lines);
    let gap = mm(1.2);
    let total: f32 = blocks.iter().map(|lines| height(lines) + gap).sum();
    let mut y = bottom - total + gap;
    for lines in blocks {
        let paragraph = desk.element(Some(node), Tag::P);
        y = desk.put(Some(paragraph), x, y, lines) + gap;
    }
}
