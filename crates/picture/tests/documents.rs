//! PDF documents: codes drawn in every way that programs draw them.

mod common;

use common::{document::*, *};
use hutong_picture::read;
use image::{GrayImage, imageops};

fn one(what: &str, file: &[u8], text: &str) {
    assert_eq!(texts(file), Ok(vec![text.to_owned()]), "{what}");
}

#[test]
fn rectangles_paths_and_lines() {
    let text = certificate();
    let drawn = rectangles(&text, 2.0, 100.0, 400.0);
    one("black rectangles", &page(&drawn), &text);
    let small = rectangles(&text, 0.8, 100.0, 400.0);
    one("a code of 25 mm", &page(&small), &text);
    let mut blue = b"0.1 0.1 0.5 rg\n".to_vec();
    blue.extend(&drawn);
    one("blue", &page(&blue), &text);
    let mut on_grey = b"q 0.8 g 0 0 595 842 re f Q 0 0 0 1 k\n".to_vec();
    on_grey.extend(&drawn);
    one("on grey", &page(&on_grey), &text);
    // One path for all modules; and each module a short thick line.
    let shape = |end: &str| String::from_utf8_lossy(&drawn).replace(" re f\n", end);
    let path = shape(" re\n") + "f*";
    one("one path", &page(path.as_bytes()), &text);
    let lines: String = shape("\n").lines().map(line).collect();
    one("lines", &page(format!("2 w {lines}").as_bytes()), &text);
}

/// A line across a module instead of a rectangle.
fn line(rectangle: &str) -> String {
    let numbers: Vec<f32> = rectangle.split(' ').filter_map(|n| n.parse().ok()).collect();
    let [x, y, width, height] = numbers[..] else { return String::new() };
    let middle = y + height / 2.0;
    format!("{x:.3} {middle:.3} m {:.3} {middle:.3} l S\n", x + width)
}

#[test]
fn colour_spaces_and_clips() {
    let text = presentation();
    let drawn = rectangles(&text, 2.0, 100.0, 400.0);
    let mut pdf = Pdf::default();
    let function = "<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [0 0 0 0] /C1 [0 0 0 1] >>";
    let spaces = format!("/ColorSpace << /Ink [/Separation /Black /DeviceCMYK {function}] >>");
    let content = [&b"/Ink cs 1 scn q 90 390 300 300 re W n\n"[..], &drawn, b"Q"].concat();
    pdf.page(&spaces, &content);
    // A clip hides the black that is poured over everything afterwards.
    let hidden = [&drawn[..], b"q 0 0 20 20 re W n 0 g 0 0 595 842 re f Q"].concat();
    pdf.page("", &hidden);
    one("ink, and a clip", &pdf.finish(), &text);
}

#[test]
fn images_of_samples() {
    let text = certificate();
    let image = code(&text, 3);
    let size = format!("/Width {} /Height {}", image.width(), image.height());
    let grey = format!("{size} /ColorSpace /DeviceGray /BitsPerComponent 8");
    one("grey", &with_image(&grey, &image), &text);
    let flate = format!("{grey} /Filter /FlateDecode");
    one("deflated", &with_image(&flate, &deflated(&image)), &text);
    let both = format!("{grey} /Filter [/ASCII85Decode /FlateDecode]");
    one("deflated and in base 85", &with_image(&both, &ascii85(&deflated(&image))), &text);
    let one_bit = format!("{size} /ColorSpace /DeviceGray /BitsPerComponent 1");
    one("one bit", &with_image(&one_bit, &bits(&image)), &text);
    let palette = format!("{size} /ColorSpace [/Indexed /DeviceRGB 1 <102040F0F0F0>]");
    one("a palette", &with_image(&format!("{palette} /BitsPerComponent 1"), &bits(&image)), &text);
    let rgb: Vec<u8> = image.iter().flat_map(|shade| [*shade, *shade, 255]).collect();
    let colour = format!("{size} /ColorSpace /DeviceRGB /BitsPerComponent 8");
    one("white and blue", &with_image(&colour, &rgb), &text);
    let predicted: Vec<u8> = rows(&image).flat_map(|row| [&[0][..], row].concat()).collect();
    let parameters = format!("<< /Predictor 15 /Columns {} >>", image.width());
    let png = format!("{grey} /Filter [/FlateDecode] /DecodeParms [{parameters}]");
    one("as PNG has it", &with_image(&png, &deflated(&predicted)), &text);
}

fn rows(image: &GrayImage) -> impl Iterator<Item = &[u8]> {
    image.as_raw().chunks(image.width() as usize)
}

#[test]
fn stencils_and_masks() {
    let text = presentation();
    let image = code(&text, 3);
    let size = format!("/Width {} /Height {}", image.width(), image.height());
    let stencil = format!("{size} /ImageMask true /BitsPerComponent 1");
    one("a stencil", &with_image(&stencil, &bits(&image)), &text);
    let mut inverse = image.clone();
    imageops::invert(&mut inverse);
    let other = format!("{stencil} /Decode [1 0]");
    one("a stencil the other way", &with_image(&other, &bits(&inverse)), &text);
    // All is black; the code is in what shows of it.
    let mut pdf = Pdf::default();
    let grey = format!("/Subtype /Image {size} /ColorSpace /DeviceGray /BitsPerComponent 8");
    let mask = pdf.stream(&grey, &inverse);
    let black = vec![0; inverse.len()];
    let shown = pdf.stream(&format!("{grey} /SMask {mask} 0 R"), &black);
    pdf.page_with_image(shown);
    one("a soft mask", &pdf.finish(), &text);
}

#[test]
fn photographs_and_scans() {
    let text = certificate();
    let photo = noisy(&turned(&code(&text, 6), 7.0, 1.0), 20.0);
    let size = format!("/Width {} /Height {}", photo.width(), photo.height());
    let entries = format!("{size} /ColorSpace /DeviceGray /BitsPerComponent 8");
    let file = jpeg(&photo, 70);
    let plain = with_image(&format!("{entries} /Filter /DCTDecode"), &file);
    one("a photograph", &plain, &text);
    let wrapped =
        with_image(&format!("{entries} /Filter [/ASCII85Decode /DCTDecode]"), &ascii85(&file));
    one("a photograph in base 85", &wrapped, &text);
}

#[test]
fn black_and_white_scans() {
    let text = certificate();
    let scan = turned(&code(&text, 5), 3.0, 1.0);
    let (width, height) = scan.dimensions();
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for row in rows(&scan) {
        let colours = row.iter().map(|shade| match shade {
            0..128 => fax::Color::Black,
            _ => fax::Color::White,
        });
        encoder.encode_line(colours, width).expect("it is written");
    }
    let group4 = encoder.finish().expect("it is written").finish();
    for (flag, inverse) in [("", ""), ("/BlackIs1 true", "/Decode [1 0]")] {
        let entries = format!(
            "/Width {width} /Height {height} /BitsPerComponent 1 /ColorSpace /DeviceGray {inverse} \
             /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns {width} {flag} >>"
        );
        one("Group 4", &with_image(&entries, &group4), &text);
    }
}

#[test]
fn forms_pages_and_rotation() {
    let numbered = |n: usize| format!("{}{n}", presentation());
    let mut pdf = Pdf::default();
    let drawn = rectangles(&numbered(0), 2.0, 0.0, 0.0);
    let entries = "/Type /XObject /Subtype /Form /BBox [0 0 500 500] /Matrix [1 0 0 1 80 300]";
    let form = pdf.stream(&format!("{entries} /Filter /FlateDecode"), &deflated(&drawn));
    let name = format!("/XObject << /Fm {form} 0 R >>");
    pdf.page(&name, b"q 0.8 0 0 0.8 0 0 cm /Fm Do Q");
    let turned = deflated(&rectangles(&numbered(1), 2.0, 200.0, 300.0));
    let content = pdf.stream("/Filter /FlateDecode", &turned);
    pdf.page_of("", content, "/Rotate 90");
    pdf.page("", b"BT (nothing but text) Tj ET");
    let both =
        [rectangles(&numbered(2), 2.0, 40.0, 600.0), rectangles(&numbered(3), 2.0, 330.0, 590.0)];
    pdf.page("", &both.concat());
    let read = read(&pdf.finish()).expect("codes");
    let found: Vec<_> = read.iter().map(|code| (code.page(), code.as_str().to_owned())).collect();
    let expected = [(1, 0), (2, 1), (4, 2), (4, 3)].map(|(page, n)| (page, numbered(n)));
    assert_eq!(found, expected);
}

#[test]
fn an_image_within_the_commands() {
    let text = "HT1:SHORT";
    let image = code(text, 1);
    let (width, height) = image.dimensions();
    let head = format!("q 200 0 0 200 100 400 cm BI /W {width} /H {height} /CS /G /BPC 1 ID ");
    let content = [head.as_bytes(), &bits(&image), b"\nEI Q"].concat();
    one("inline", &page(&content), text);
}

#[test]
fn objects_and_table_packed_into_streams() {
    let text = presentation();
    let mut pdf = Pdf::default();
    let drawn = deflated(&rectangles(&text, 2.0, 100.0, 400.0));
    let content = pdf.stream("/Filter /FlateDecode", &drawn);
    pdf.page_of("", content, "");
    one("packed", &pdf.finish_packed(), &text);
}

#[test]
fn a_file_whose_table_is_lost() {
    let text = presentation();
    let mut file = page(&rectangles(&text, 2.0, 100.0, 400.0));
    let table = file.windows(5).rposition(|part| part == b"xref\n").expect("a table");
    let second = file[..table - 5].windows(5).rposition(|part| part == b"xref\n").unwrap_or(table);
    file[second..second + 4].copy_from_slice(b"xxxx");
    one("searched for", &file, &text);
}
