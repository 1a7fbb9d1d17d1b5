//! Pictures as they come from cameras, scanners and screens.

mod common;

use common::*;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage, imageops};
use std::io::Cursor;

#[test]
fn turned_by_any_angle() {
    let text = certificate();
    for degrees in [0.0, 7.0, 30.0, 45.0, 90.0, 135.0, 180.0, 263.0] {
        reads(&format!("{degrees}°"), &turned(&code(&text, 6), degrees, 1.0), &text);
    }
}

#[test]
fn mirrored() {
    let text = presentation();
    reads("mirrored", &imageops::flip_horizontal(&code(&text, 5)), &text);
}

#[test]
fn dim_and_unevenly_lit() {
    let text = certificate();
    let clear = code(&text, 6);
    reads("a quarter of the contrast", &dimmed(&clear, 25, 89), &text);
    reads("a twentieth of the contrast", &dimmed(&clear, 25, 38), &text);
    reads("dim and noisy", &noisy(&dimmed(&clear, 25, 89), 15.0), &text);
    reads("in shadow", &shaded(&clear), &text);
    reads("light on dark", &dimmed_inverted(&clear), &text);
    let card = dimmed(&turned(&code(&text, 3), 10.0, 1.0), 127, 190);
    reads("grey on a white table", &sheet(1200, 1200, 255, &[(&card, 400, 500)]), &text);
}

fn dimmed_inverted(image: &image::GrayImage) -> image::GrayImage {
    let mut image = image.clone();
    imageops::invert(&mut image);
    image
}

#[test]
fn noisy_pictures() {
    let text = certificate();
    for deviation in [25.0, 50.0, 75.0, 100.0] {
        reads(&format!("noise of {deviation}"), &noisy(&code(&text, 6), deviation), &text);
    }
    reads("large modules in noise", &noisy(&code(&text, 24), 100.0), &text);
}

#[test]
fn blurred_pictures() {
    let text = certificate();
    for sigma in [1.0, 1.5, 2.0] {
        reads(&format!("blurred by {sigma}"), &imageops::blur(&code(&text, 6), sigma), &text);
    }
}

#[test]
fn photographed_from_a_screen() {
    let text = presentation();
    let shown = code(&text, 4);
    for (pitch, degrees) in
        [(0.7, 0.0), (0.9, 3.0), (1.3, 3.0), (1.7, 9.0), (2.1, 5.0), (2.6, 12.0), (3.3, 2.0)]
    {
        let photo = on_screen(&shown, pitch, degrees);
        reads(&format!("{pitch} camera pixels to one of the screen"), &photo, &text);
    }
    let dark = noisy(&dimmed(&on_screen(&shown, 3.3, 2.0), 20, 130), 10.0);
    reads("a dark photo of a screen", &dark, &text);
}

#[test]
fn photographed_from_below() {
    let text = presentation();
    for lean in [0.1, 0.25, 0.4] {
        reads(&format!("leaning by {lean}"), &leaning(&code(&text, 6), lean), &text);
    }
}

#[test]
fn modules_of_few_pixels() {
    let text = certificate();
    for module in [1, 2, 3] {
        reads(&format!("{module} pixels a module"), &code(&text, module), &text);
    }
    for factor in [1.6, 1.9, 2.3, 2.7] {
        let small = turned(&code(&text, 1), 12.0, factor);
        reads(&format!("{factor} pixels a module, turned"), &small, &text);
    }
}

#[test]
fn strongly_compressed() {
    let text = certificate();
    let photo = turned(&code(&text, 6), 5.0, 1.0);
    for quality in [10, 20, 35] {
        assert_eq!(texts(&jpeg(&photo, quality)), Ok(vec![text.clone()]), "quality {quality}");
    }
}

#[test]
fn a_small_code_in_a_large_photograph() {
    let text = presentation();
    let held = dimmed(&turned(&code(&text, 5), 8.0, 1.0), 50, 180);
    let photo = noisy(&sheet(3000, 2000, 150, &[(&held, 1700, 900)]), 12.0);
    reads("six megapixels", &photo, &text);
}

#[test]
fn several_codes_in_reading_order_each_once() {
    let numbered = |n: usize| format!("{}{n}", presentation());
    let codes: Vec<_> = (0..4).map(|n| code(&numbered(n), [4, 3, 5, 3][n])).collect();
    let dim = dimmed(&turned(&codes[3], 10.0, 1.0), 130, 200);
    let page = sheet(
        1000,
        1100,
        255,
        &[(&codes[2], 20, 500), (&codes[1], 540, 90), (&dim, 560, 560), (&codes[0], 10, 30)],
    );
    let expected: Vec<_> = (0..4).map(numbered).collect();
    assert_eq!(texts(&png(&page)), Ok(expected.clone()));
    assert_eq!(texts(&jpeg(&page, 60)), Ok(expected));

    let twice = sheet(1000, 500, 255, &[(&codes[0], 0, 0), (&codes[0], 500, 0)]);
    assert_eq!(texts(&png(&twice)), Ok(vec![numbered(0)]));
}

#[test]
fn transparent_pictures_lie_on_white() {
    let text = presentation();
    let shades = code(&text, 4);
    // The ground is black, and nothing of it shows.
    let image = RgbaImage::from_fn(shades.width(), shades.height(), |x, y| {
        Rgba([0, 0, 0, 255 - shades.get_pixel(x, y).0[0]])
    });
    let mut bytes = Vec::new();
    DynamicImage::ImageRgba8(image)
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .expect("it is written");
    assert_eq!(texts(&bytes), Ok(vec![text]));
}

#[test]
fn any_utf8_text() {
    for text in ["健康码 · HT1 äöü 🙂", "0123456789", "https://example.cn/?q=1"] {
        assert_eq!(texts(&png(&code(text, 5))), Ok(vec![text.to_owned()]));
    }
}

#[test]
fn a_text_is_not_shown_in_logs() {
    let read = hutong_picture::read(&png(&code("PRIVATE", 4))).expect("one");
    assert_eq!(format!("{read:?}"), "[QrText(7 bytes, page 1)]");
    assert_eq!((read[0].as_str(), read[0].page()), ("PRIVATE", 1));
}
