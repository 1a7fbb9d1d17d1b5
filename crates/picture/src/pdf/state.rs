//! How the next shape is painted (ISO 32000-1, 8.4).

use super::colour::Space;
use tiny_skia::{Rect, Transform};

/// A colour: the space that its numbers lie in, and its shade; `None` paints nothing.
#[derive(Clone)]
pub(super) struct Ink {
    pub(super) space: Space,
    pub(super) shade: Option<f32>,
}

impl Ink {
    /// The first colour of a space: black, or all ink.
    pub(super) fn of(space: Space) -> Self {
        let shade = match space {
            Space::Pattern => None,
            Space::Indexed(_) => space.shade(&[0.0]),
            _ => Some(0.0),
        };
        Self { space, shade }
    }

    /// The colour of these numbers.
    pub(super) fn set(&mut self, colour: &[f32]) {
        self.shade = self.space.shade(colour);
    }
}

/// The state.
#[derive(Clone)]
pub(super) struct State {
    /// From the numbers of commands to pixels.
    pub(super) transform: Transform,
    /// What shapes are filled with.
    pub(super) fill: Ink,
    /// What outlines are drawn with.
    pub(super) stroke: Ink,
    /// How wide outlines are, in the numbers of commands.
    pub(super) line_width: f32,
    /// Outside of it nothing is painted. Of a clip that is no rectangle, the rectangle around it.
    pub(super) clip: Rect,
}

impl State {
    /// The state that a page begins with.
    pub(super) fn new(transform: Transform, clip: Rect) -> Self {
        Self {
            transform,
            fill: Ink::of(Space::GREY),
            stroke: Ink::of(Space::GREY),
            line_width: 1.0,
            clip,
        }
    }

    /// The width of outlines, in pixels; never quite nothing.
    pub(super) fn stroke_pixels(&self) -> f32 {
        let t = &self.transform;
        let scale = (t.sx * t.sy - t.kx * t.ky).abs().sqrt();
        (self.line_width * scale).max(1.0)
    }
}
