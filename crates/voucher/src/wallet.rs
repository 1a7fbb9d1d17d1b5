//! Cards (ISO/IEC 7810, ID-1): one with the person and the newest records, one for each code.

use crate::{
    Code, Outcome, Text, VoucherError,
    desk::{Desk, Looks, quiet},
    limits::MODULE_MM_MIN,
    page::{Book, Ink, mm},
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
/// Where the foot begins: room for an issuer in two languages.
const FOOT: f32 = PAGE.1 - mm(7.6);
const FOOT_LINES: usize = 2;

const TITLE: Looks = [Style::bold(7.5, Ink::Navy), Style::regular(5.5, Ink::Grey)];
const SMALL: Style = Style::regular(5.0, Ink::Grey);
const LATIN: Style = Style::regular(7.0, Ink::Text);
const RECORD: Looks = [Style::regular(6.5, Ink::Text), Style::regular(6.0, Ink::Grey)];
const CAPTION: Looks = [Style::bold(7.5, Ink::Text), Style::regular(6.5, Ink::Grey)];
/// Sizes of a name, the first in which it has room; then it is cut short.
const NAME_SIZES: [f32; 3] = [13.0, 11.0, NAME_MIN];
const NAME_MIN: f32 = 9.0;

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
        let value = one(desk, value, RECORD[0], width / 2.0 - mm(2.0));
        low = low.max(desk.put(Some(node), x, below, value));
    }
    newest(desk, low + mm(1.4));
    foot(desk);
}

/// The name on one line, as large as there is room for, and the other script under it.
fn name(desk: &Desk<'_>, width: f32) -> Vec<Line> {
    let [(first, tongue), (second, other)] = desk.names();
    let look = |size: f32| Style::bold(size, Ink::Text);
    let set = |size: f32| desk.setter.wrap(first, look(size), tongue, width);
    let cut = || vec![Line(vec![desk.setter.cut(first, look(NAME_MIN), tongue, width)])];
    let mut lines =
        NAME_SIZES.into_iter().map(set).find(|lines| lines.len() <= 1).unwrap_or_else(cut);
    if !second.is_empty() {
        lines.push(Line(vec![desk.setter.cut(second, LATIN, other, width)]));
    }
    lines
}

/// A text that is the same in both languages on one line, cut short where need be.
fn one(desk: &Desk<'_>, text: &str, look: Style, width: f32) -> Vec<Line> {
    vec![Line(vec![desk.setter.cut(text, look, desk.first(), width)])]
}

/// The newest records, as many as there is room for.
fn newest(desk: &mut Desk<'_>, y: f32) {
    let mut records: Vec<_> = desk.voucher.records.iter().collect();
    // Dates of ISO 8601 sort as texts.
    records.sort_by(|one, other| other.date.cmp(&one.date));
    let step = RECORD[0].line() + mm(0.3);
    let head = SMALL.line() + mm(1.0);
    // As many whole lines as there is room for.
    let room = ((FOOT - y - head) / step).max(0.0) as usize;
    let shown = records.len().min(room);
    let (zh, en) = words::newest(shown, records.len());
    let lines = desk.beside(&zh, &en, [SMALL; 2], RIGHT - MARGIN);
    let node = desk.element(None, Tag::P);
    desk.fill([MARGIN, y, RIGHT - MARGIN, 0.4], Ink::Rule);
    let mut y = desk.put(Some(node), MARGIN, y + mm(0.6), lines) + mm(0.4);
    for record in records.into_iter().take(shown) {
        let node = Some(desk.element(None, Tag::P));
        let date = one(desk, &record.date, RECORD[0], mm(15.0));
        desk.put(node, MARGIN, y, date);
        let outcome = outcome(desk, &record.outcome);
        let room = RIGHT - MARGIN - mm(15.0) - outcome.width() - mm(2.0);
        let what = desk.cut(&record.what.zh, &record.what.en, RECORD, room);
        desk.put(node, MARGIN + mm(15.0), y, vec![what]);
        desk.put_right(node, RIGHT, y, vec![outcome]);
        y += step;
    }
}

/// What came of it, in few characters.
fn outcome(desk: &Desk<'_>, outcome: &Outcome) -> Line {
    let (zh, en) = match outcome {
        Outcome::Dose { number, of: Some(of) } => (format!("{number}/{of}"), String::new()),
        Outcome::Dose { number, of: None } => (format!("{number}"), String::new()),
        Outcome::Result(text) => (text.zh.clone(), text.en.clone()),
    };
    desk.cut(&zh, &en, RECORD, mm(22.0))
}

/// Issuer and reference.
fn foot(desk: &mut Desk<'_>) {
    let voucher = desk.voucher;
    desk.fill([MARGIN, FOOT, RIGHT - MARGIN, 0.4], Ink::Rule);
    let y = FOOT + mm(0.5);
    let reference = one(desk, &voucher.reference, SMALL, mm(30.0));
    let room = RIGHT - MARGIN - reference[0].width() - mm(3.0);
    let Text { zh, en } = &voucher.issuer;
    let mut issuer = desk.stack(&voucher.issuer, [SMALL; 2], room);
    if issuer.len() > FOOT_LINES {
        issuer = vec![desk.cut(zh, en, [SMALL; 2], room)];
    }
    let node = desk.element(None, Tag::P);
    desk.put(Some(node), MARGIN, y, issuer);
    let node = desk.element(None, Tag::P);
    desk.put_right(Some(node), RIGHT, y, reference);
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
    let facts = facts(desk, width);
    let gap = mm(1.2);
    let low: f32 = facts.iter().map(|lines| height(lines) + gap).sum();
    let (top, bottom) = (corner + mm(1.6), PAGE.1 - corner);
    let room = bottom - top - low - gap;
    let caption = desk.stack_within(&code.caption, CAPTION, width, room);
    let paragraph = desk.element(Some(node), Tag::P);
    desk.put(Some(paragraph), x, top, caption);
    let mut y = bottom - low + gap;
    for lines in facts {
        let paragraph = desk.element(Some(node), Tag::P);
        y = desk.put(Some(paragraph), x, y, lines) + gap;
    }
    Ok(())
}

/// Whose code it is, until when, and of which voucher.
fn facts(desk: &Desk<'_>, width: f32) -> Vec<Vec<Line>> {
    let voucher = desk.voucher;
    let [(name, tongue), _] = desk.names();
    let mut blocks = vec![vec![Line(vec![desk.setter.cut(name, RECORD[0], tongue, width)])]];
    let facts = [(words::EXPIRES, &voucher.expires_at), (words::REFERENCE, &voucher.reference)];
    for (label, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let mut lines = desk.label(label, [SMALL; 2], width);
        lines.extend(one(desk, value, RECORD[0], width));
        blocks.push(lines);
    }
    blocks
}
