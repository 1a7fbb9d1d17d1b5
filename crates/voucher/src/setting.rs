//! Setting type: characters to glyphs, texts to lines.

use crate::{Fonts, VoucherError, breaks, fonts::Face, page::Ink};
use harfrust::{Direction, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider as _, charmap::Charmap};
use unicode_normalization::UnicodeNormalization as _;

/// Stands for a character that the font lacks: the sign by which Chinese print marks a missing
/// character. What the character is, the document still says to who copies or searches it.
const MISSING: char = '□';
/// The same where the font lacks that too.
const MISSING_PLAIN: char = '?';
/// Distance from line to line, in sizes.
const LEADING: f32 = 1.28;
/// Where letters stand in a line, in sizes from its upper edge.
const BASELINE: f32 = 1.02;

/// The language of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// Chinese in simplified characters.
    Zh,
    /// English.
    En,
}

impl Tongue {
    /// Its name (RFC 3066).
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// Size in points.
    pub(crate) size: f32,
    /// Whether it is bold.
    pub(crate) bold: bool,
    /// Its colour.
    pub(crate) ink: Ink,
}

impl Style {
    pub(crate) const fn regular(size: f32, ink: Ink) -> Self {
        Self { size, bold: false, ink }
    }

    pub(crate) const fn bold(size: f32, ink: Ink) -> Self {
        Self { size, bold: true, ink }
    }

    /// Height of a line, in points.
    pub(crate) fn line(self) -> f32 {
        self.size * LEADING
    }
}

/// A text of one look and language, ready to be drawn.
pub(crate) struct Run {
    /// The characters drawn.
    pub(crate) text: String,
    /// The characters meant, where the font lacks some of them.
    pub(crate) meant: Option<String>,
    /// The glyphs drawn.
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// How wide it is, in points.
    pub(crate) width: f32,
    pub(crate) style: Style,
    pub(crate) tongue: Tongue,
}

/// Texts beside each other.
pub(crate) struct Line(pub(crate) Vec<Run>);

impl Line {
    /// What it says.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|run| run.meant.as_deref().unwrap_or(&run.text)).collect()
    }

    /// How wide it is, in points.
    pub(crate) fn width(&self) -> f32 {
        self.0.iter().map(|run| run.width).sum()
    }

    /// How high it is, in points.
    pub(crate) fn height(&self) -> f32 {
        self.0.iter().map(|run| run.style.line()).fold(0.0, f32::max)
    }

    /// Where its letters stand, in points from its upper edge.
    pub(crate) fn baseline(&self) -> f32 {
        self.0.iter().map(|run| run.style.size * BASELINE).fold(0.0, f32::max)
    }
}

/// How high lines are together, in points.
pub(crate) fn height(lines: &[Line]) -> f32 {
    lines.iter().map(Line::height).sum()
}

/// A character as it is drawn, and as it is meant.
#[derive(Clone, Copy)]
struct Sign {
    shown: char,
    meant: char,
}

/// One weight of the font.
struct Weight<'a> {
    font: FontRef<'a>,
    charmap: Charmap<'a>,
    data: ShaperData,
    units: f32,
}

impl<'a> Weight<'a> {
    fn new(face: &'a Face) -> Result<Self, VoucherError> {
        let font = face.reader()?;
        let units = face.embedded().units_per_em();
        Ok(Self { charmap: font.charmap(), data: ShaperData::new(&font), units, font })
    }

    fn has(&self, c: char) -> bool {
        // What is for private use means another thing in each font.
        let private =
            matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..) || breaks::is_noncharacter(c);
        !private && self.charmap.map(c).is_some_and(|glyph| glyph.to_u32() != 0)
    }

    /// Glyphs of a text, with advances in sizes.
    fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaper = self.data.shaper(&self.font).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new());
        let (infos, positions) = (shaped.glyph_infos(), shaped.glyph_positions());
        let unit = |length: i32| length as f32 / self.units;
        infos
            .iter()
            .zip(positions)
            .enumerate()
            .map(|(index, (info, at))| {
                let next = infos[index..].iter().find(|later| later.cluster != info.cluster);
                let end = next.map_or(text.len(), |later| later.cluster as usize);
                KrillaGlyph {
                    glyph_id: GlyphId::new(info.glyph_id),
                    text_range: info.cluster as usize..end,
                    x_advance: unit(at.x_advance),
                    x_offset: unit(at.x_offset),
                    y_offset: unit(at.y_offset),
                    y_advance: unit(at.y_advance),
                    location: None,
                }
            })
            .collect()
    }
}

/// Sets texts in the fonts of a voucher.
pub(crate) struct Typesetter<'a> {
    regular: Weight<'a>,
    bold: Weight<'a>,
    missing: char,
}

impl<'a> Typesetter<'a> {
    pub(crate) fn new(fonts: &'a Fonts) -> Result<Self, VoucherError> {
        let (regular, bold) = (Weight::new(&fonts.regular)?, Weight::new(&fonts.bold)?);
        let both = regular.has(MISSING) && bold.has(MISSING);
        Ok(Self { regular, bold, missing: if both { MISSING } else { MISSING_PLAIN } })
    }

    fn weight(&self, style: Style) -> &Weight<'a> {
        if style.bold { &self.bold } else { &self.regular }
    }

    /// Composes characters, makes one space of any white space, leaves out what has no shape, and
    /// marks what the font lacks.
    fn signs(&self, text: &str, style: Style) -> Vec<Sign> {
        let mut signs: Vec<Sign> = Vec::new();
        for meant in text.nfc().filter(|c| !breaks::is_invisible(*c)) {
            let meant = if meant.is_whitespace() || meant.is_control() { ' ' } else { meant };
            let after_space = signs.last().is_none_or(|sign| sign.meant == ' ');
            if meant == ' ' && after_space {
                continue;
            }
            let shown = if self.weight(style).has(meant) { meant } else { self.missing };
            signs.push(Sign { shown, meant });
        }
        if signs.last().is_some_and(|sign| sign.meant == ' ') {
            signs.pop();
        }
        signs
    }

    fn run(&self, signs: &[Sign], style: Style, tongue: Tongue) -> Run {
        let text: String = signs.iter().map(|sign| sign.shown).collect();
        let lacks = signs.iter().any(|sign| sign.shown != sign.meant);
        let meant = lacks.then(|| signs.iter().map(|sign| sign.meant).collect());
        let glyphs = self.weight(style).shape(&text);
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() * style.size;
        Run { text, meant, glyphs, width, style, tongue }
    }

    /// A text on one line, however wide. `after` is put behind it, as a space before the next.
    pub(crate) fn one(&self, text: &str, after: &str, style: Style, tongue: Tongue) -> Run {
        let mut signs = self.signs(text, style);
        signs.extend(after.chars().map(|c| Sign { shown: c, meant: c }));
        self.run(&signs, style, tongue)
    }

    /// A text on as many lines as it takes; none when there is nothing to show.
    pub(crate) fn wrap(&self, text: &str, style: Style, tongue: Tongue, width: f32) -> Vec<Line> {
        let signs = self.signs(text, style);
        let advances = self.advances(&signs, style);
        let shown: Vec<char> = signs.iter().map(|sign| sign.shown).collect();
        breaks::lines(&shown, &advances, width)
            .into_iter()
            .map(|range| Line(vec![self.run(&signs[range], style, tongue)]))
            .collect()
    }

    /// A text on one line, cut short with an ellipsis where it is wider than that.
    pub(crate) fn cut(&self, text: &str, style: Style, tongue: Tongue, width: f32) -> Run {
        let mut signs = self.signs(text, style);
        let whole = self.run(&signs, style, tongue);
        if whole.width <= width {
            return whole;
        }
        let chinese = tongue == Tongue::Zh && self.weight(style).has('…');
        let ellipsis = if chinese { "…" } else { "..." };
        loop {
            while signs.pop().is_some_and(|sign| sign.meant == ' ') {}
            let mut cut = signs.clone();
            cut.extend(ellipsis.chars().map(|c| Sign { shown: c, meant: c }));
            let run = self.run(&cut, style, tongue);
            if run.width <= width || signs.is_empty() {
                return run;
            }
        }
    }

    /// How wide each character is, in points. Of characters that share a glyph, the first has it.
    fn advances(&self, signs: &[Sign], style: Style) -> Vec<f32> {
        let text: String = signs.iter().map(|sign| sign.shown).collect();
        let mut at_byte = vec![0.0; text.len()];
        for glyph in self.weight(style).shape(&text) {
            at_byte[glyph.text_range.start] += glyph.x_advance * style.size;
        }
        text.char_indices().map(|(at, _)| at_byte[at]).collect()
    }
}
