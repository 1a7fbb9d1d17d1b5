//! The commands of a page, carried out.

use super::{
    canvas::Canvas,
    colour::Space,
    filters, image,
    state::{Ink, State},
};
use crate::limits::{
    PDF_COMMANDS_MAX, PDF_CONTENT_BYTES_MAX, PDF_DEPTH_MAX, PDF_IMAGE_PIXELS_MAX, PDF_STATES_MAX,
};
use hayro_syntax::{
    content::{TypedIter, ops::TypedInstruction},
    object::{Array, Dict, Name, Number, Object, Stream},
    page::{Page, Resources},
};
use std::borrow::Cow;
use tiny_skia::{FillRule, Path, PathBuilder, Rect, Transform};

/// What a stream counts as that cannot be unpacked, in bytes: what was tried.
const CONTENT_BYTES_FAILED: usize = PDF_CONTENT_BYTES_MAX / 16;

/// Carries out commands, as long as there are not too many.
pub(super) struct Painter<'c> {
    canvas: &'c mut Canvas,
    commands: usize,
    image_pixels: u64,
    content_bytes: usize,
}

/// The commands of one page or form, and where they are carried out.
struct Sheet<'r, 'a> {
    resources: &'r Resources<'a>,
    state: State,
    saved: Vec<State>,
    path: PathBuilder,
    /// Where the path is, in the numbers of commands.
    at: (f32, f32),
    /// The path becomes a clip after it is painted.
    clips: bool,
    depth: usize,
}

impl<'c> Painter<'c> {
    /// Paints on this sheet.
    pub(super) fn new(canvas: &'c mut Canvas) -> Self {
        Self { canvas, commands: 0, image_pixels: 0, content_bytes: 0 }
    }

    /// Paints a page.
    pub(super) fn page(&mut self, page: &Page<'_>, transform: Transform) {
        let Some(area) = self.canvas.area() else { return };
        let content = self.contents(page.raw());
        self.content(&content, page.resources(), State::new(transform, area), 0);
    }

    /// The commands of a page, which may lie in several streams.
    fn contents(&mut self, page: &Dict<'_>) -> Vec<u8> {
        if let Some(stream) = page.get::<Stream<'_>>(b"Contents") {
            return self.unpacked(&stream).unwrap_or_default();
        }
        let Some(streams) = page.get::<Array<'_>>(b"Contents") else { return Vec::new() };
        let mut content = Vec::new();
        for stream in streams.iter::<Object<'_>>().filter_map(Object::into_stream) {
            content.extend(self.unpacked(&stream).unwrap_or_default());
            content.push(b'\n');
        }
        content
    }

    /// The commands of a stream, as long as all that were unpacked are not too many. Those that
    /// turned out to be too many count, too.
    fn unpacked(&mut self, stream: &Stream<'_>) -> Option<Vec<u8>> {
        let rest = PDF_CONTENT_BYTES_MAX.checked_sub(self.content_bytes)?;
        let data = filters::data(stream, rest);
        self.content_bytes += data.as_ref().map_or(CONTENT_BYTES_FAILED, |data| data.len() + 64);
        data.map(Cow::into_owned)
    }

    fn content(&mut self, content: &[u8], resources: &Resources<'_>, state: State, depth: usize) {
        let mut sheet = Sheet {
            resources,
            state,
            saved: Vec::new(),
            path: PathBuilder::new(),
            at: (0.0, 0.0),
            clips: false,
            depth,
        };
        let mut commands = TypedIter::new(content);
        while let Some(command) = commands.next() {
            self.commands += 1;
            if self.commands > PDF_COMMANDS_MAX {
                return;
            }
            self.command(&command, &mut sheet);
        }
    }

    fn command(&mut self, command: &TypedInstruction<'_, '_>, sheet: &mut Sheet<'_, '_>) {
        use TypedInstruction as C;
        match command {
            C::FillPathNonZero(_) | C::FillPathNonZeroCompatibility(_) => {
                self.paint(sheet, Some(FillRule::Winding), false);
            }
            C::FillPathEvenOdd(_) => self.paint(sheet, Some(FillRule::EvenOdd), false),
            C::FillAndStrokeNonZero(_) => self.paint(sheet, Some(FillRule::Winding), true),
            C::FillAndStrokeEvenOdd(_) => self.paint(sheet, Some(FillRule::EvenOdd), true),
            C::StrokePath(_) => self.paint(sheet, None, true),
            C::EndPath(_) => self.paint(sheet, None, false),
            C::CloseAndStrokePath(_) => {
                sheet.path.close();
                self.paint(sheet, None, true);
            }
            C::CloseFillAndStrokeNonZero(_) => {
                sheet.path.close();
                self.paint(sheet, Some(FillRule::Winding), true);
            }
            C::CloseFillAndStrokeEvenOdd(_) => {
                sheet.path.close();
                self.paint(sheet, Some(FillRule::EvenOdd), true);
            }
            C::XObject(name) => self.object(name.0, sheet),
            C::InlineImage(stream) => self.image(stream.0, sheet),
            other => sheet.command(other),
        }
    }

    /// Paints the path, and forgets it.
    fn paint(&mut self, sheet: &mut Sheet<'_, '_>, fill: Option<FillRule>, stroke: bool) {
        let clips = std::mem::take(&mut sheet.clips);
        let path = std::mem::replace(&mut sheet.path, PathBuilder::new()).finish();
        let Some(path) = path.and_then(|path| path.transform(sheet.state.transform)) else {
            return;
        };
        let state = &sheet.state;
        if let Some((rule, shade)) = fill.zip(state.fill.shade) {
            self.canvas.fill(&path, shade, rule, state.clip);
        }
        if let (true, Some(shade)) = (stroke, state.stroke.shade) {
            self.canvas.stroke(&path, shade, state.stroke_pixels(), state.clip);
        }
        if clips {
            sheet.clip(&path);
        }
    }

    /// Paints an image or a form that has a name.
    fn object(&mut self, name: &Name<'_>, sheet: &mut Sheet<'_, '_>) {
        let Some(stream) = sheet.resources.x_objects.get::<Stream<'_>>(name.as_ref()) else {
            return;
        };
        match stream.dict().get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Image") => self.image(&stream, sheet),
            Some(b"Form") if sheet.depth < PDF_DEPTH_MAX => self.form(&stream, sheet),
            _ => {}
        }
    }

    fn form(&mut self, stream: &Stream<'_>, sheet: &Sheet<'_, '_>) {
        let Some(content) = self.unpacked(stream) else { return };
        let dict = stream.dict();
        let mut state = sheet.state.clone();
        if let Some([a, b, c, d, e, f]) = dict.get::<[f32; 6]>(b"Matrix") {
            state.transform = state.transform.pre_concat(Transform::from_row(a, b, c, d, e, f));
        }
        match dict.get::<Dict<'_>>(b"Resources") {
            Some(own) => self.content(&content, &Resources::new(own), state, sheet.depth + 1),
            None => self.content(&content, sheet.resources, state, sheet.depth + 1),
        }
    }

    fn image(&mut self, stream: &Stream<'_>, sheet: &Sheet<'_, '_>) {
        self.image_pixels += image::cost(stream.dict());
        if self.image_pixels > PDF_IMAGE_PIXELS_MAX {
            return;
        }
        let Some(picture) = image::read(stream, &sheet.resources.color_spaces) else { return };
        let state = &sheet.state;
        // A stencil through which a pattern is painted shows something, nearly always dark.
        let shade = state.fill.shade.unwrap_or(0.0);
        self.canvas.draw(picture, shade, state.transform, state.clip);
    }
}

impl Sheet<'_, '_> {
    /// Commands that paint nothing.
    fn command(&mut self, command: &TypedInstruction<'_, '_>) {
        use TypedInstruction as C;
        match command {
            C::SaveState(_) if self.saved.len() < PDF_STATES_MAX => {
                self.saved.push(self.state.clone());
            }
            C::RestoreState(_) => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            C::Transform(t) => {
                let [a, b, c, d, e, f] = [t.0, t.1, t.2, t.3, t.4, t.5].map(|n| n.as_f32());
                let own = Transform::from_row(a, b, c, d, e, f);
                self.state.transform = self.state.transform.pre_concat(own);
            }
            C::LineWidth(width) => self.state.line_width = width.0.as_f32(),
            C::ClipNonZero(_) | C::ClipEvenOdd(_) => self.clips = true,
            other if self.build(other) => {}
            other => self.colour(other),
        }
    }

    /// Commands that make the path; whether it was one.
    fn build(&mut self, command: &TypedInstruction<'_, '_>) -> bool {
        use TypedInstruction as C;
        let point = |x: Number, y: Number| (x.as_f32(), y.as_f32());
        let at = self.at;
        match command {
            C::MoveTo(to) => {
                self.at = point(to.0, to.1);
                self.path.move_to(self.at.0, self.at.1);
            }
            C::LineTo(to) => {
                self.at = point(to.0, to.1);
                self.path.line_to(self.at.0, self.at.1);
            }
            C::CubicTo(c) => self.cubic(point(c.0, c.1), point(c.2, c.3), point(c.4, c.5)),
            C::CubicStartTo(c) => self.cubic(at, point(c.0, c.1), point(c.2, c.3)),
            C::CubicEndTo(c) => {
                let end = point(c.2, c.3);
                self.cubic(point(c.0, c.1), end, end);
            }
            C::ClosePath(_) => self.path.close(),
            C::RectPath(rect) => {
                let (x, y) = point(rect.0, rect.1);
                let (width, height) = point(rect.2, rect.3);
                self.rectangle(x, y, width, height);
            }
            _ => return false,
        }
        true
    }

    fn cubic(&mut self, first: (f32, f32), second: (f32, f32), end: (f32, f32)) {
        self.path.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
        self.at = end;
    }

    fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.path.move_to(x, y);
        self.path.line_to(x + width, y);
        self.path.line_to(x + width, y + height);
        self.path.line_to(x, y + height);
        self.path.close();
        self.at = (x, y);
    }

    fn clip(&mut self, path: &Path) {
        let bounds = path.bounds();
        // What is clipped away entirely is a rectangle outside of the sheet.
        let nothing = Rect::from_xywh(-2.0, -2.0, 1.0, 1.0);
        if let Some(clip) = self.state.clip.intersect(&bounds).or(nothing) {
            self.state.clip = clip;
        }
    }

    fn colour(&mut self, command: &TypedInstruction<'_, '_>) {
        use TypedInstruction as C;
        let set = |ink: &mut Ink, space: Space, colour: &[Number]| {
            *ink = Ink::of(space);
            ink.set(&numbers(colour));
        };
        let spaces = &self.resources.color_spaces;
        let State { fill, stroke, .. } = &mut self.state;
        match command {
            C::NonStrokeColorDeviceGray(c) => set(fill, Space::GREY, &[c.0]),
            C::StrokeColorDeviceGray(c) => set(stroke, Space::GREY, &[c.0]),
            C::NonStrokeColorDeviceRgb(c) => set(fill, Space::Rgb, &[c.0, c.1, c.2]),
            C::StrokeColorDeviceRgb(c) => set(stroke, Space::Rgb, &[c.0, c.1, c.2]),
            C::NonStrokeColorCmyk(c) => set(fill, Space::Cmyk, &[c.0, c.1, c.2, c.3]),
            C::StrokeColorCmyk(c) => set(stroke, Space::Cmyk, &[c.0, c.1, c.2, c.3]),
            C::NonStrokeColor(c) => fill.set(&numbers(&c.0)),
            C::StrokeColor(c) => stroke.set(&numbers(&c.0)),
            C::NonStrokeColorNamed(c) => fill.set(&numbers(&c.0)),
            C::StrokeColorNamed(c) => stroke.set(&numbers(&c.0)),
            C::ColorSpaceNonStroke(name) => *fill = ink(name.0, spaces),
            C::ColorSpaceStroke(name) => *stroke = ink(name.0, spaces),
            _ => {}
        }
    }
}

fn ink(space: &Name<'_>, known: &Dict<'_>) -> Ink {
    let name = Object::Name(space.clone());
    Ink::of(Space::parse(&name, known).unwrap_or(Space::GREY))
}

fn numbers(colour: &[Number]) -> Vec<f32> {
    colour.iter().map(|number| number.as_f32()).collect()
}
