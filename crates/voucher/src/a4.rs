//! A4, upright: heading, person, table of records, codes.

use crate::{
    VoucherError, codes,
    desk::{Desk, Looks},
    limits::PAGES_MAX,
    page::{Book, Ink, Mark, Node, mm},
    setting::{Line, Style, height},
    table,
    words::{self, Word},
};
use krilla::tagging::{ListNumbering, Tag};
use std::num::NonZeroU16;

/// Width and height of the page, in points.
pub(crate) const PAGE: (f32, f32) = (mm(210.0), mm(297.0));
/// Left edge of all content.
pub(crate) const LEFT: f32 = mm(18.0);
/// Right edge of all content.
pub(crate) const RIGHT: f32 = mm(192.0);
/// Where the first page begins.
const TOP: f32 = mm(14.0);
/// Where the later pages begin, under their running head.
const TOP_LATER: f32 = mm(27.0);
/// Where content ends.
pub(crate) const BOTTOM: f32 = mm(281.0);
/// Where the foot of the page begins.
const FOOT: f32 = mm(284.5);
/// Width of the column at the right of the heading.
const ASIDE: f32 = mm(52.0);

const ISSUER: Looks = [Style::bold(9.5, Ink::Navy), Style::regular(8.0, Ink::Grey)];
/// The first in which the title has one line in each language.
const TITLES: [Looks; 2] = [
    [Style::bold(20.0, Ink::Text), Style::regular(11.0, Ink::Grey)],
    [Style::bold(16.0, Ink::Text), Style::regular(11.0, Ink::Grey)],
];
const LABEL: Looks = [Style::regular(7.5, Ink::Grey), Style::regular(7.5, Ink::Grey)];
const NAME: Looks = [Style::bold(15.0, Ink::Text), Style::regular(10.5, Ink::Text)];
const VALUE: Style = Style::regular(10.0, Ink::Text);
pub(crate) const SECTION: Looks = [Style::bold(12.0, Ink::Navy), Style::regular(9.5, Ink::Grey)];
const SMALL: Style = Style::regular(7.5, Ink::Grey);

/// Lays out the voucher.
pub(crate) fn lay_out(mut desk: Desk<'_>) -> Result<Book, VoucherError> {
    desk.book.pages.push(Vec::new());
    let mut y = heading(&mut desk);
    y = person(&mut desk, y);
    y = table::records(&mut desk, y + mm(7.0))?;
    codes::codes(&mut desk, y + mm(7.0))?;
    feet(&mut desk);
    Ok(desk.book)
}

/// Starts another page and says where its content begins.
pub(crate) fn next_page(desk: &mut Desk<'_>) -> Result<f32, VoucherError> {
    if desk.book.pages.len() >= PAGES_MAX {
        return Err(VoucherError::TooMany { what: "pages", max: PAGES_MAX });
    }
    desk.book.pages.push(Vec::new());
    let title = desk.label(words::TITLE, [Style::bold(8.5, Ink::Navy), SMALL], mm(110.0));
    let [(name, tongue), _] = desk.names();
    let name = desk.setter.cut(name, Style::regular(8.5, Ink::Text), tongue, mm(60.0));
    desk.put(None, LEFT, mm(15.0), title);
    desk.put_right(None, RIGHT, mm(15.0), vec![Line(vec![name])]);
    desk.fill([LEFT, mm(21.0), RIGHT - LEFT, 0.5], Ink::Rule);
    Ok(TOP_LATER)
}

/// Issuer, title and reference.
fn heading(desk: &mut Desk<'_>) -> f32 {
    let width = RIGHT - LEFT - ASIDE - mm(6.0);
    let issuer = desk.stack(&desk.voucher.issuer, ISSUER, width);
    let node = desk.element(None, Tag::P);
    let mut y = desk.put(Some(node), LEFT, TOP, issuer) + mm(4.0);
    let [large, small] =
        TITLES.map(|look| desk.stack_of(words::TITLE.0, words::TITLE.1, look, width));
    let title = if large.len() <= small.len() { large } else { small };
    let said = desk.said(words::TITLE.0, words::TITLE.1);
    desk.book.bookmark(said.clone(), TOP);
    let node = desk.element(None, Tag::Hn(NonZeroU16::MIN, Some(said)));
    let aside = y;
    y = desk.put(Some(node), LEFT, y, title);
    let list = desk.element(None, Tag::L(ListNumbering::None));
    let reference = desk.voucher.reference.clone();
    // The reference stands on the last lines of the title.
    let lines = desk.plain(&reference, Style::bold(10.0, Ink::Text), ASIDE);
    let label = desk.label(words::REFERENCE, LABEL, ASIDE);
    let above = (y - height(&lines) - height(&label)).max(aside);
    y = y.max(pair_of(desk, list, RIGHT - ASIDE, above, label, lines));
    desk.fill([LEFT, y + mm(3.0), RIGHT - LEFT, 1.4], Ink::Navy);
    y + mm(3.0) + 1.4
}

/// Name, birth date and document, and for how long the voucher holds.
fn person(desk: &mut Desk<'_>, y: f32) -> f32 {
    let person = desk.voucher.person.clone();
    let pad = mm(4.0);
    let column = mm(42.0);
    let (second, third) = (RIGHT - 2.0 * column, RIGHT - column);
    let name_width = second - LEFT - 2.0 * pad;
    let top = y + mm(4.0);
    // The ground lies under the text; how high it is, the text decides.
    let ground = desk.book.pages[0].len();
    let list = desk.element(None, Tag::L(ListNumbering::None));
    let name = names(desk, name_width);
    let mut low = pair(desk, list, LEFT + pad, top + pad, words::NAME, name, name_width);
    let width = column - pad;
    let cell = |desk: &mut Desk<'_>, x: f32, y: f32, label: Word, value: &str| {
        let value = desk.plain(if value.is_empty() { "—" } else { value }, VALUE, width);
        pair(desk, list, x, y, label, value, width)
    };
    let first = cell(desk, second, top + pad, words::BIRTH_DATE, &person.birth_date).max(cell(
        desk,
        third,
        top + pad,
        words::DOCUMENT,
        &person.document,
    ));
    let (issued, expires) = (desk.voucher.issued_at.clone(), desk.voucher.expires_at.clone());
    let next = first + mm(3.0);
    low = low.max(cell(desk, second, next, words::ISSUED, &issued)).max(cell(
        desk,
        third,
        next,
        words::EXPIRES,
        &expires,
    ));
    let area = [LEFT, top, RIGHT - LEFT, low + pad - top];
    desk.book.pages[0].insert(ground, (None, Mark::Fill(area, Ink::Tint)));
    low + pad
}

/// Both names, one under the other.
fn names(desk: &Desk<'_>, width: f32) -> Vec<Line> {
    let set = |((name, tongue), look)| desk.setter.wrap(name, look, tongue, width);
    desk.names().into_iter().zip(NAME).flat_map(set).collect()
}

/// A label with its value under it.
fn pair(
    desk: &mut Desk<'_>,
    list: Node,
    x: f32,
    y: f32,
    label: Word,
    value: Vec<Line>,
    width: f32,
) -> f32 {
    let label = desk.label(label, LABEL, width);
    pair_of(desk, list, x, y, label, value)
}

fn pair_of(
    desk: &mut Desk<'_>,
    list: Node,
    x: f32,
    y: f32,
    label: Vec<Line>,
    value: Vec<Line>,
) -> f32 {
    let item = desk.element(Some(list), Tag::LI);
    let node = desk.element(Some(item), Tag::Lbl);
    let y = desk.put(Some(node), x, y, label) + 1.0;
    let node = desk.element(Some(item), Tag::LBody);
    desk.put(Some(node), x, y, value)
}

/// The heading of a section.
pub(crate) fn section(desk: &mut Desk<'_>, y: f32, word: Word) -> f32 {
    let lines = desk.label(word, SECTION, RIGHT - LEFT);
    let said = desk.said(word.0, word.1);
    desk.book.bookmark(said.clone(), y);
    let level = NonZeroU16::MIN.saturating_add(1);
    let node = desk.element(None, Tag::Hn(level, Some(said)));
    desk.put(Some(node), LEFT, y, lines) + mm(1.5)
}

/// The foot of each page: who made it, which voucher it is, and which page.
fn feet(desk: &mut Desk<'_>) {
    let pages = std::mem::take(&mut desk.book.pages);
    let count = pages.len();
    for (index, page) in pages.into_iter().enumerate() {
        desk.book.pages.push(page);
        desk.fill([LEFT, FOOT, RIGHT - LEFT, 0.5], Ink::Rule);
        let (zh, en) = words::page(index + 1, count);
        let number = desk.beside(&zh, &en, [SMALL; 2], mm(70.0));
        desk.put_right(None, RIGHT, FOOT + mm(1.8), number);
        let tongue = desk.first();
        let reference = desk.setter.cut(&desk.voucher.reference, SMALL, tongue, mm(60.0));
        desk.put(None, LEFT, FOOT + mm(1.8), vec![Line(vec![reference])]);
    }
}
