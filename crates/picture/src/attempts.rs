//! What is tried with a picture, the cheap and likely first.

use crate::{
    grey,
    limits::{ENLARGED_PIXELS_MAX, SEARCH_PIXELS_MAX, SYMBOLS_MAX},
    symbols::{Seen, Symbol, find},
};
use image::GrayImage;
use std::borrow::Cow;

/// How a picture is prepared before it is made black and white.
#[derive(Clone, Copy)]
enum Prepare {
    /// As it is.
    Plain,
    /// Each side divided by so much: noise, the pattern of a screen's pixels, large modules.
    Reduced(f32),
    /// Each side multiplied by so much: modules of hardly more than a pixel.
    Enlarged(u32),
    /// Blurred by so many pixels: the pattern of a screen's pixels.
    Blurred(f32),
}

/// How it is made black and white.
#[derive(Clone, Copy)]
enum Threshold {
    /// By blocks of pixels.
    Blocks,
    /// By blocks, after the contrast was stretched.
    Stretched,
    /// By the mean of the surroundings.
    Mean,
    /// By blocks, light for dark.
    Inverted,
}

use Prepare::{Blurred, Enlarged, Plain, Reduced};
use Threshold::{Blocks, Inverted, Mean, Stretched};

type Attempt = (Prepare, Threshold);

/// What is tried with every picture: together they find several codes of different size and light.
const ALWAYS: &[Attempt] = &[(Plain, Blocks), (Reduced(2.0), Blocks), (Plain, Mean)];
/// What is tried, round by round, until something was read and nothing seen that was not.
const ROUNDS: [&[Attempt]; 4] = [
    &[(Plain, Stretched), (Reduced(2.0), Mean), (Reduced(3.0), Blocks), (Enlarged(2), Blocks)],
    &[(Reduced(1.5), Blocks), (Reduced(4.0), Blocks), (Reduced(3.0), Mean), (Plain, Inverted)],
    &[(Blurred(1.0), Blocks), (Blurred(1.5), Mean), (Blurred(3.0), Mean), (Enlarged(3), Mean)],
    &[(Reduced(5.5), Mean), (Reduced(7.0), Mean), (Reduced(4.0), Inverted), (Blurred(5.0), Mean)],
];

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough for what a program drew.
    Drawn,
    /// All that helps with photographs and scans.
    Photographed,
}

/// Reads the symbols of a picture.
pub(crate) fn symbols(picture: &GrayImage, effort: Effort) -> Vec<Symbol> {
    if grey::is_blank(picture) {
        return Vec::new();
    }
    let whole = fitted(picture);
    let mut symbols = Vec::new();
    let mut unread = add(&whole, ALWAYS, &mut symbols);
    let rounds = if effort == Effort::Drawn { &ROUNDS[..1] } else { &ROUNDS[..] };
    for round in rounds {
        if symbols.len() >= SYMBOLS_MAX || (!symbols.is_empty() && !unread) {
            break;
        }
        // What could not be read may be read now; but whether all of it was, nobody can tell.
        unread &= add(&whole, round, &mut symbols);
    }
    symbols
}

/// The picture, reduced to what is searched at all.
fn fitted(picture: &GrayImage) -> Cow<'_, GrayImage> {
    let pixels = picture.as_raw().len() as f32;
    let divisor = (pixels / SEARCH_PIXELS_MAX as f32).sqrt();
    if divisor <= 1.0 { Cow::Borrowed(picture) } else { Cow::Owned(grey::reduce(picture, divisor)) }
}

/// Makes the attempts and adds what they find that is new. Says whether something was not read.
fn add(whole: &GrayImage, attempts: &[Attempt], symbols: &mut Vec<Symbol>) -> bool {
    let mut unread = false;
    for attempt in attempts {
        let seen = make(whole, *attempt);
        unread |= seen.unread;
        for symbol in seen.symbols {
            if symbols.len() < SYMBOLS_MAX && !symbols.iter().any(|held| held.text == symbol.text) {
                symbols.push(symbol);
            }
        }
    }
    unread
}

fn make(whole: &GrayImage, (prepare, threshold): Attempt) -> Seen {
    let Some((picture, scale)) = prepared(whole, prepare) else { return Seen::default() };
    let matrix = match threshold {
        Blocks => grey::by_blocks(&picture),
        Stretched => grey::by_blocks(&grey::stretch(&picture)),
        Mean => grey::by_mean(&picture),
        Inverted => grey::by_blocks(&grey::invert(&picture)),
    };
    matrix.map(|matrix| find(&matrix, scale)).unwrap_or_default()
}

/// The picture prepared, and how many pixels of the whole one of its pixels is wide.
fn prepared(whole: &GrayImage, prepare: Prepare) -> Option<(Cow<'_, GrayImage>, f32)> {
    Some(match prepare {
        Plain => (Cow::Borrowed(whole), 1.0),
        Reduced(divisor) => (Cow::Owned(grey::reduce(whole, divisor)), divisor),
        Blurred(sigma) => (Cow::Owned(grey::blur(whole, sigma)), 1.0),
        Enlarged(factor) => {
            let pixels = whole.as_raw().len() as u64 * u64::from(factor) * u64::from(factor);
            if pixels > ENLARGED_PIXELS_MAX {
                return None;
            }
            (Cow::Owned(grey::enlarge(whole, factor)), 1.0 / factor as f32)
        }
    })
}
