//! The sheet on which a page is drawn.

use super::image::Picture;
use crate::{grey, limits::PDF_PAINTED_PIXELS_MAX};
use image::{GrayImage, imageops};
use tiny_skia::{
    Color, FillRule, FilterQuality, Mask, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Rect, Shader, Stroke, Transform,
};

/// What painting a shape costs apart from its pixels, in pixels.
const SHAPE_PIXELS: u64 = 256;

/// The sheet.
pub(super) struct Canvas {
    pixmap: Pixmap,
    /// The last clip that had to be cut out of a shape.
    mask: Option<(Rect, Mask)>,
    /// Pixels painted so far.
    painted: u64,
    /// Whether an image was drawn.
    has_images: bool,
}

/// What was drawn.
pub(crate) struct Drawing {
    /// The page.
    pub(crate) picture: GrayImage,
    /// Whether images are part of it: photographs, perhaps. All else is as sharp as can be.
    pub(crate) has_images: bool,
}

impl Canvas {
    /// A white sheet; `None` where a side is zero.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        let mut pixmap = Pixmap::new(width, height)?;
        pixmap.fill(Color::WHITE);
        Some(Self { pixmap, mask: None, painted: 0, has_images: false })
    }

    /// What was drawn.
    pub(super) fn finish(self) -> Drawing {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let shades = self.pixmap.pixels().iter().map(|pixel| pixel.red()).collect();
        // All pixels are there: the two are of one size.
        let picture = GrayImage::from_raw(width, height, shades).unwrap_or_default();
        Drawing { picture, has_images: self.has_images }
    }

    /// The whole sheet.
    pub(super) fn area(&self) -> Option<Rect> {
        Rect::from_xywh(0.0, 0.0, self.pixmap.width() as f32, self.pixmap.height() as f32)
    }

    /// Fills a shape that lies on the sheet already.
    pub(super) fn fill(&mut self, path: &Path, shade: f32, rule: FillRule, clip: Rect) {
        let Some(masked) = self.admit(path.bounds(), path.len(), clip) else { return };
        let mask = masked.then(|| self.mask.as_ref().map(|(_, mask)| mask)).flatten();
        self.pixmap.fill_path(path, &paint(shade), rule, Transform::identity(), mask);
    }

    /// Draws the outline of a shape that lies on the sheet already, `width` pixels wide.
    pub(super) fn stroke(&mut self, path: &Path, shade: f32, width: f32, clip: Rect) {
        let Some(bounds) = path.bounds().outset(width, width) else { return };
        let Some(masked) = self.admit(bounds, path.len(), clip) else { return };
        let mask = masked.then(|| self.mask.as_ref().map(|(_, mask)| mask)).flatten();
        let stroke = Stroke { width, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(shade), &stroke, Transform::identity(), mask);
    }

    /// Draws an image onto the unit square as `transform` puts it on the sheet.
    pub(super) fn draw(&mut self, picture: Picture, shade: f32, transform: Transform, clip: Rect) {
        let unit = Rect::from_xywh(0.0, 0.0, 1.0, 1.0).and_then(|unit| unit.transform(transform));
        let Some(masked) = unit.and_then(|bounds| self.admit(bounds, 0, clip)) else { return };
        let Some(pixmap) = pixmap(picture, shade, sides(transform)) else { return };
        // An image's rows run from the top, the square's upwards.
        let (width, height) = (pixmap.width() as f32, pixmap.height() as f32);
        let place = transform.pre_concat(Transform::from_row(
            width.recip(),
            0.0,
            0.0,
            -height.recip(),
            0.0,
            1.0,
        ));
        self.has_images = true;
        let mask = masked.then(|| self.mask.as_ref().map(|(_, mask)| mask)).flatten();
        let paint = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
        self.pixmap.draw_pixmap(0, 0, pixmap.as_ref(), &paint, place, mask);
    }

    /// Whether something within `bounds` may be painted at all; and if so, whether through the
    /// mask, which then is the clip's.
    ///
    /// Every segment of a path is looked at in every row that it may cross.
    fn admit(&mut self, bounds: Rect, segments: usize, clip: Rect) -> Option<bool> {
        let visible = bounds.intersect(&clip).or_else(|| touching(bounds, clip))?;
        let row_pixels = visible.width() + segments as f32;
        self.painted += (row_pixels * visible.height()) as u64 + SHAPE_PIXELS;
        let masked = visible != bounds && self.area() != Some(clip);
        if masked && self.mask.as_ref().is_none_or(|(rect, _)| *rect != clip) {
            let mut mask = Mask::new(self.pixmap.width(), self.pixmap.height())?;
            let path = PathBuilder::from_rect(clip);
            mask.fill_path(&path, FillRule::Winding, false, Transform::identity());
            self.painted += u64::from(self.pixmap.width()) * u64::from(self.pixmap.height());
            self.mask = Some((clip, mask));
        }
        (self.painted <= PDF_PAINTED_PIXELS_MAX).then_some(masked)
    }
}

/// A line has bounds without an area, which intersect with nothing.
fn touching(bounds: Rect, clip: Rect) -> Option<Rect> {
    let within = bounds.left() <= clip.right()
        && clip.left() <= bounds.right()
        && bounds.top() <= clip.bottom()
        && clip.top() <= bounds.bottom();
    within.then_some(bounds)
}

fn paint(shade: f32) -> Paint<'static> {
    let shade = shade.clamp(0.0, 1.0);
    let color = Color::from_rgba(shade, shade, shade, 1.0).unwrap_or(Color::BLACK);
    Paint { shader: Shader::SolidColor(color), ..Paint::default() }
}

/// How many pixels the sides of the unit square become.
fn sides(transform: Transform) -> (f32, f32) {
    (transform.sx.hypot(transform.ky), transform.kx.hypot(transform.sy))
}

/// An image in about as many pixels as it is drawn with.
fn pixmap(picture: Picture, shade: f32, sides: (f32, f32)) -> Option<Pixmap> {
    let (width, height) = picture.shades.as_ref().or(picture.cover.as_ref())?.dimensions();
    let reduced = |length: u32, side: f32| (side.ceil().max(1.0) as u32).min(length);
    let (width, height) = (reduced(width, sides.0), reduced(height, sides.1));
    let fitted = |image: GrayImage| match image.dimensions() == (width, height) {
        true => image,
        false if image.width() >= width && image.height() >= height => {
            grey::shrink(&image, width, height)
        }
        false => imageops::resize(&image, width, height, imageops::FilterType::Nearest),
    };
    let shades = picture.shades.map(fitted);
    let cover = picture.cover.map(fitted);
    let painted = (shade.clamp(0.0, 1.0) * 255.0).round() as u8;
    let mut pixmap = Pixmap::new(width, height)?;
    for (at, pixel) in pixmap.pixels_mut().iter_mut().enumerate() {
        let alpha = cover.as_ref().map_or(255, |cover| cover.as_raw()[at]);
        let shade = shades.as_ref().map_or(painted, |shades| shades.as_raw()[at]);
        let dimmed = (u32::from(shade) * u32::from(alpha) / 255) as u8;
        *pixel = PremultipliedColorU8::from_rgba(dimmed, dimmed, dimmed, alpha)?;
    }
    Some(pixmap)
}
