//! Pages laid out to PDF: PDF/A-2a for keeping, PDF/UA-1 for reading aloud.

use crate::{
    Lang, Voucher, VoucherError,
    fonts::Fonts,
    page::{Book, Child, Ink, Mark, Node, Tree},
    setting::{Line, Tongue},
    symbol::Symbol,
    words,
};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, Archival, ConfigurationBuilder, ValidationError},
    destination::XyzDestination,
    error::KrillaError,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, SpanTag, TagGroup, TagTree},
};

/// What writes our documents, for their properties.
const PRODUCER: &str = "Hutong";

/// Writes the pages.
pub(crate) fn write(
    mut book: Book,
    voucher: &Voucher,
    lang: Lang,
    fonts: &Fonts,
) -> Result<Vec<u8>, VoucherError> {
    let mut document = Document::new_with(settings()?);
    let (width, height) = book.size;
    let size = PageSettings::from_wh(width, height)
        .ok_or(VoucherError::Document("a page without a size"))?;
    for marks in std::mem::take(&mut book.pages) {
        let mut page = document.start_page_with(size.clone());
        let mut surface = page.surface();
        for (node, mark) in marks {
            draw(&mut surface, &mut book.tree, node, mark, fonts);
        }
        surface.finish();
        page.finish();
    }
    let tongue = if lang == Lang::En { Tongue::En } else { Tongue::Zh };
    document.set_tag_tree(tag_tree(&book.tree, tongue));
    document.set_outline(outline(&book));
    document.set_metadata(metadata(voucher, lang, tongue));
    document.finish().map_err(|error| VoucherError::Document(reason(&error)))
}

fn settings() -> Result<SerializeSettings, VoucherError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| VoucherError::Document("no version of PDF fits"))?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

/// The properties. They name nobody: file managers and mail programs show them.
fn metadata(voucher: &Voucher, lang: Lang, tongue: Tongue) -> Metadata {
    let (zh, en) = words::TITLE;
    let title = match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
        Lang::Both => format!("{zh} · {en}"),
    };
    let made = voucher.made_at.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or_default())
        .month(part(made.month()))
        .day(part(made.day()))
        .hour(part(made.hour()))
        .minute(part(made.minute()))
        .second(part(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(title)
        .creator(PRODUCER.to_owned())
        .producer(PRODUCER.to_owned())
        .language(tongue.tag().to_owned())
        .document_id(voucher.reference.clone())
        .creation_date(date)
}

fn outline(book: &Book) -> Outline {
    let mut outline = Outline::new();
    for mark in &book.bookmarks {
        let place = XyzDestination::new(mark.page, Point::from_xy(0.0, mark.y));
        outline.push_child(OutlineNode::new(mark.title.clone(), place));
    }
    outline
}

fn tag_tree(tree: &Tree, tongue: Tongue) -> TagTree {
    let mut tags = TagTree::new().with_lang(Some(tongue.tag().to_owned()));
    for root in tree.roots() {
        tags.push(group(tree, *root));
    }
    tags
}

fn group(tree: &Tree, node: Node) -> TagGroup {
    let (kind, children) = tree.node(node);
    let mut group = TagGroup::new(kind.clone());
    for child in children {
        match child {
            Child::Node(node) => group.push(self::group(tree, *node)),
            Child::Leaf(leaf) => group.push(*leaf),
        }
    }
    group
}

fn draw(surface: &mut Surface<'_>, tree: &mut Tree, node: Option<Node>, mark: Mark, fonts: &Fonts) {
    match mark {
        Mark::Fill(area, ink) => {
            let path = rectangles(std::iter::once(area));
            tagged(surface, tree, node, ContentTag::Other, |surface| fill(surface, path, ink));
        }
        Mark::Symbol { x, y, module, symbol } => {
            let path = rectangles(modules(&symbol, x, y, module));
            tagged(surface, tree, node, ContentTag::Other, |surface| {
                fill(surface, path, Ink::Black);
            });
        }
        Mark::Text { x, baseline, line } => text(surface, tree, node, (x, baseline), line, fonts),
    }
}

/// Draws within a tag: that of an element, or that of an ornament.
fn tagged(
    surface: &mut Surface<'_>,
    tree: &mut Tree,
    node: Option<Node>,
    tag: ContentTag<'_>,
    draw: impl FnOnce(&mut Surface<'_>),
) {
    let tag = match node {
        Some(_) => tag,
        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
    };
    let leaf = surface.start_tagged(tag);
    draw(surface);
    surface.end_tagged();
    if let Some(node) = node {
        tree.attach(node, leaf);
    }
}

fn text(
    surface: &mut Surface<'_>,
    tree: &mut Tree,
    node: Option<Node>,
    (mut x, y): (f32, f32),
    line: Line,
    fonts: &Fonts,
) {
    for run in line.0 {
        let span = SpanTag::empty()
            .with_lang(Some(run.tongue.tag()))
            .with_actual_text(run.meant.as_deref());
        let face = if run.style.bold { &fonts.bold } else { &fonts.regular };
        tagged(surface, tree, node, ContentTag::Span(span), |surface| {
            surface.set_fill(Some(paint(run.style.ink)));
            let (start, size) = (Point::from_xy(x, y), run.style.size);
            surface.draw_glyphs(start, &run.glyphs, face.embedded(), &run.text, size, false);
        });
        x += run.width;
    }
}

fn fill(surface: &mut Surface<'_>, path: PathBuilder, ink: Ink) {
    if let Some(path) = path.finish() {
        surface.set_fill(Some(paint(ink)));
        surface.draw_path(&path);
    }
}

fn paint(ink: Ink) -> Fill {
    let [red, green, blue] = ink.rgb();
    let paint = rgb::Color::new(red, green, blue).into();
    Fill { paint, rule: FillRule::NonZero, ..Fill::default() }
}

/// One path for all: within a path, no viewer draws hairlines between rectangles that touch.
fn rectangles(areas: impl Iterator<Item = [f32; 4]>) -> PathBuilder {
    let mut path = PathBuilder::new();
    for [x, y, width, height] in areas {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
    }
    path
}

fn modules(symbol: &Symbol, x: f32, y: f32, module: f32) -> impl Iterator<Item = [f32; 4]> {
    let length = move |modules: usize| modules as f32 * module;
    symbol.rectangles().into_iter().map(move |[column, row, width, height]| {
        [x + length(column), y + length(row), length(width), length(height)]
    })
}

/// What went wrong, without the texts that errors of the writer carry.
fn reason(error: &KrillaError) -> &'static str {
    let KrillaError::Validation(errors) = error else {
        return match error {
            KrillaError::Font(..) => "the font cannot be embedded",
            KrillaError::Limit(_) => "a limit of PDF is exceeded",
            _ => "its structure is not sound",
        };
    };
    match errors.first().map(|(error, _)| error) {
        Some(ValidationError::RestrictedLicense(_)) => "the font does not permit embedding",
        Some(ValidationError::ContainsNotDefGlyph(..)) => "the font lacks a character",
        _ => "a rule of PDF/A or PDF/UA is broken",
    }
}
