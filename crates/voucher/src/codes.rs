//! The codes on A4, in rows.

use crate::{
    Code, VoucherError,
    a4::{BOTTOM, LEFT, RIGHT, SECTION, next_page, section},
    desk::{Desk, Looks, quiet},
    limits::{MODULE_MM_MIN, SYMBOL_MM_MIN},
    page::{Ink, mm},
    setting::{Line, Style, height},
    symbol::Symbol,
    words,
};
use krilla::tagging::Tag;

/// A module of a symbol whose width is not given by the least width of a symbol. A tenth above the
/// least, for printers that shrink pages to fit.
const MODULE: f32 = mm(MODULE_MM_MIN) * 1.1;
/// Space under a row.
const ROW_GAP: f32 = mm(8.0);
/// Space over and under any row, up to the nearest text or rule, at least.
const SPACE_AROUND: f32 = mm(3.4);
/// Space between columns.
const COLUMN_GAP: f32 = mm(6.0);
/// Space between a symbol and what is beside or under it, at least.
const CAPTION_GAP: f32 = mm(4.5);
/// Least width of a caption.
const CAPTION_MIN: f32 = mm(32.0);
/// The stroke over a caption: how long and how thick.
const STROKE: (f32, f32) = (mm(8.0), 1.4);

const SENTENCE: Looks = [Style::regular(8.5, Ink::Text), Style::regular(8.0, Ink::Grey)];
const CAPTION: Looks = [Style::bold(9.5, Ink::Text), Style::regular(8.5, Ink::Grey)];

/// How codes stand in a row.
#[derive(Clone, Copy)]
struct Grid {
    columns: usize,
    /// Whether captions are under the symbols; otherwise beside them.
    under: bool,
}

impl Grid {
    /// One or two codes, and four, have their captions beside them; of other numbers three stand
    /// in a row, with their captions under them. One in a row where they are wide.
    fn choose(symbols: &[(Symbol, f32)]) -> Self {
        let under = !matches!(symbols.len(), 1 | 2 | 4);
        let grid = Self { columns: if under { 3 } else { 2 }, under };
        let caption = if under { 0.0 } else { CAPTION_MIN };
        let fits = |(symbol, module): &(Symbol, f32)| {
            side(symbol, *module) + gap(*module) + caption <= grid.width()
        };
        if symbols.iter().all(fits) { grid } else { Self { columns: 1, under: false } }
    }

    /// Width of a column.
    fn width(self) -> f32 {
        let columns = self.columns as f32;
        (RIGHT - LEFT - COLUMN_GAP * (columns - 1.0)) / columns
    }

    /// Left edge of a column.
    fn left(self, column: usize) -> f32 {
        LEFT + (self.width() + COLUMN_GAP) * column as f32
    }
}

/// A code, ready to be drawn.
struct Placed<'c> {
    code: &'c Code,
    symbol: Symbol,
    module: f32,
    caption: Vec<Line>,
    /// Where the caption is, from the corner of the symbol.
    offset: (f32, f32),
    height: f32,
}

/// Draws the section of codes, over as many pages as they take.
pub(crate) fn codes(desk: &mut Desk<'_>, y: f32) -> Result<(), VoucherError> {
    let voucher = desk.voucher;
    if voucher.codes.is_empty() {
        return Ok(());
    }
    let symbols = symbols(&voucher.codes)?;
    let grid = Grid::choose(&symbols);
    let rows = rows(desk, grid, &voucher.codes, symbols);
    let sentence = desk.stack(&voucher.how_to_verify, SENTENCE, RIGHT - LEFT);
    let head = SECTION[0].line() + height(&sentence) + mm(6.5);
    let first = rows.first().map_or(0.0, |row| row_height(row));
    let mut y = if y + head + first > BOTTOM { next_page(desk)? } else { y };
    y = section(desk, y, words::CODES);
    let node = desk.element(None, Tag::P);
    y = desk.put(Some(node), LEFT, y, sentence) + mm(5.0);
    for row in rows {
        let (high, air) = (row_height(&row), row_air(&row));
        if y + high > BOTTOM {
            y = next_page(desk)?;
        }
        for (column, code) in row.into_iter().enumerate() {
            draw(desk, grid.left(column), y + air, code);
        }
        y += high + ROW_GAP;
    }
    Ok(())
}

/// The symbols with the width of their modules.
fn symbols(codes: &[Code]) -> Result<Vec<(Symbol, f32)>, VoucherError> {
    let encode = |(index, code): (usize, &Code)| {
        let too_long = VoucherError::CodeTooLong { number: index + 1 };
        let symbol = Symbol::encode(&code.text).ok_or(too_long)?;
        let module = (mm(SYMBOL_MM_MIN) / symbol.size() as f32).max(MODULE);
        Ok((symbol, module))
    };
    codes.iter().enumerate().map(encode).collect()
}

fn rows<'c>(
    desk: &Desk<'_>,
    grid: Grid,
    codes: &'c [Code],
    symbols: Vec<(Symbol, f32)>,
) -> Vec<Vec<Placed<'c>>> {
    let mut rows: Vec<Vec<Placed<'c>>> = Vec::new();
    for (code, (symbol, module)) in codes.iter().zip(symbols) {
        let placed = place(desk, grid, code, symbol, module);
        match rows.last_mut().filter(|row| row.len() < grid.columns) {
            Some(row) => row.push(placed),
            None => rows.push(vec![placed]),
        }
    }
    if grid.under {
        rows.iter_mut().for_each(|row| level(row));
    }
    rows
}

/// Puts the captions of a row on one level, under the widest of its symbols.
fn level(row: &mut [Placed<'_>]) {
    let lowest = row.iter().map(|code| code.offset.1).fold(0.0, f32::max);
    for code in row {
        code.offset.1 = lowest;
        code.height = lowest + caption_height(&code.caption);
    }
}

fn place<'c>(
    desk: &Desk<'_>,
    grid: Grid,
    code: &'c Code,
    symbol: Symbol,
    module: f32,
) -> Placed<'c> {
    let away = side(&symbol, module) + gap(module);
    let (offset, width) =
        if grid.under { ((0.0, away), grid.width()) } else { ((away, 0.0), grid.width() - away) };
    let caption = desk.stack(&code.caption, CAPTION, width);
    let height = side(&symbol, module).max(offset.1 + caption_height(&caption));
    Placed { code, symbol, module, caption, offset, height }
}

fn draw(desk: &mut Desk<'_>, x: f32, y: f32, placed: Placed<'_>) {
    let node = desk.element(None, Tag::Div);
    let (caption_x, caption_y) = (x + placed.offset.0, y + placed.offset.1);
    desk.symbol(node, (x, y), placed.module, placed.symbol, &placed.code.caption);
    desk.fill([caption_x, caption_y, STROKE.0, STROKE.1], Ink::Navy);
    let paragraph = desk.element(Some(node), Tag::P);
    desk.put(Some(paragraph), caption_x, caption_y + mm(2.0), placed.caption);
}

/// Width of a symbol without its quiet zone.
fn side(symbol: &Symbol, module: f32) -> f32 {
    symbol.size() as f32 * module
}

/// Space between a symbol and anything else: at least its quiet zone.
fn gap(module: f32) -> f32 {
    quiet(module).max(CAPTION_GAP)
}

fn caption_height(caption: &[Line]) -> f32 {
    mm(2.0) + height(caption)
}

/// Height of a row with the air over and under it.
fn row_height(row: &[Placed<'_>]) -> f32 {
    row.iter().map(|code| code.height).fold(0.0, f32::max) + 2.0 * row_air(row)
}

/// What large modules need over and under them, beyond the space that any row has.
fn row_air(row: &[Placed<'_>]) -> f32 {
    row.iter().map(|code| (quiet(code.module) - SPACE_AROUND).max(0.0)).fold(0.0, f32::max)
}
