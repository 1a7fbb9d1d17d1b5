//! Files made to break what reads them.

mod common;

use common::{document::*, *};
use hutong_picture::{PictureError, read};
use proptest::prelude::*;

fn too_large(file: &[u8]) -> bool {
    matches!(read(file), Err(PictureError::TooLarge { .. }))
}

/// A PNG file that says to be of this size, and has no pixels.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    let mut sum = flate2::Crc::new();
    sum.update(&header);
    file.extend(&header);
    file.extend(sum.sum().to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    file
}

#[test]
fn other_files() {
    for file in [&b""[..], b"GIF89a", b"<svg/>", b"PK\x03\x04", b"HT1:ABC"] {
        assert_eq!(read(file), Err(PictureError::UnknownFormat));
    }
    assert_eq!(read(&png(&common::sheet(300, 300, 255, &[]))), Err(PictureError::NothingFound));
    let noise = noisy(&common::sheet(300, 300, 128, &[]), 50.0);
    assert_eq!(read(&png(&noise)), Err(PictureError::NothingFound));
    assert_eq!(read(&page(b"0 0 10 10 re f")), Err(PictureError::NothingFound));
}

#[test]
fn pictures_larger_than_allowed() {
    assert!(too_large(&png_head(60_000, 60_000)));
    assert!(too_large(&png_head(30_000, 30_000)));
    assert!(too_large(&png_head(u32::MAX >> 1, 1)));
    assert!(matches!(read(&png_head(100, 100)), Err(PictureError::Damaged(_))));
    let mut long = png_head(100, 100);
    long.resize(33 * 1024 * 1024, 0);
    assert!(too_large(&long));
    // The head of a JPEG file: the size is in its third segment.
    let mut head = jpeg(&common::sheet(64, 64, 255, &[]), 50);
    let frame = head.windows(2).position(|part| part == b"\xff\xc0").expect("a frame");
    head[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(too_large(&head));
    let mut scans = jpeg(&common::sheet(64, 64, 255, &[]), 50);
    let first = scans.windows(2).position(|part| part == b"\xff\xda").expect("a scan");
    let scan = scans[first..scans.len() - 2].repeat(200);
    scans.splice(first..first, scan);
    assert!(too_large(&scans));
}

#[test]
fn files_that_break_off() {
    let image = code(&presentation(), 3);
    let kinds = [png(&image), jpeg(&image, 70), page(&rectangles("HT1:AB", 4.0, 100.0, 400.0))];
    for file in kinds {
        assert!(read(&file).is_ok());
        for share in [1, 10, 30, 50, 80] {
            // Whatever shows of it may be read, or not.
            let _ = read(&file[..file.len() * share / 100]);
        }
    }
    let half = &png(&image)[..1000];
    assert!(matches!(read(half), Err(PictureError::Damaged(_))));
}

#[test]
fn documents_that_unpack_to_too_much() {
    // A hundred megabytes of zeros take a hundred kilobytes; twice packed, two hundred bytes.
    let zeros = deflated(&vec![0; 100 * 1024 * 1024]);
    let table = |pdf: &mut Pdf, entries: &str, data: &[u8]| {
        pdf.stream(&format!("/Type /ObjStm /N 1 /First 4 {entries}"), data)
    };
    let mut pdf = Pdf::default();
    for _ in 0..4 {
        table(&mut pdf, "/Filter /FlateDecode", &zeros);
    }
    pdf.page("", b"");
    assert!(too_large(&pdf.finish()));
    for filters in ["[/FlateDecode /FlateDecode]", "[/Fl/Fl]", "[/Fl#61teDecode /Flate#44ecode]"] {
        let mut pdf = Pdf::default();
        table(&mut pdf, &format!("/Filter {filters}"), &deflated(&zeros));
        pdf.page("", b"");
        assert!(matches!(read(&pdf.finish()), Err(PictureError::Damaged(_))), "{filters}");
    }
    let mut pdf = Pdf::default();
    let filter = pdf.object("/FlateDecode");
    for _ in 0..4 {
        table(&mut pdf, &format!("/Filter {filter} 0 R"), &zeros);
    }
    pdf.page("", b"");
    assert!(too_large(&pdf.finish()));
}

/// Deflated zeros behind a block that is kept as it is, and what its check should be.
fn behind_a_block(block: &[u8], check: u16) -> Vec<u8> {
    let mut data = vec![0x78, 0x01, 0];
    data.extend((block.len() as u16).to_le_bytes());
    data.extend(check.to_le_bytes());
    data.extend(block);
    data.extend(&deflated(&vec![0; 100 * 1024 * 1024])[2..]);
    data
}

#[test]
fn documents_that_hide_what_they_unpack_to() {
    let word = b"\nendstream\nendobj\n";
    let honest = behind_a_block(word, !(word.len() as u16));
    let broken = behind_a_block(b"data", 7);
    for data in [honest, broken] {
        for entries in ["/Filter /FlateDecode", "/A (endobj) /Filter /FlateDecode", "/F [/#46l]"] {
            let mut pdf = Pdf::default();
            for _ in 0..4 {
                pdf.stream(&format!("/Type /ObjStm /N 1 /First 4 {entries}"), &data);
            }
            pdf.page("", b"");
            assert!(too_large(&pdf.finish()), "{entries}");
        }
    }
}

#[test]
fn large_documents_that_mean_no_harm() {
    let text = presentation();
    let noise = noisy(&common::sheet(900, 900, 128, &[]), 60.0);
    let size = "/Subtype /Image /Width 900 /Height 900 /BitsPerComponent 8";
    let mut pdf = Pdf::default();
    for filter in ["/Filter /FlateDecode", "/Note (a text) /Filter[/FlateDecode]"] {
        let entries = format!("{size} /ColorSpace /DeviceGray {filter}");
        let image = pdf.stream(&entries, &deflated(&noise));
        pdf.page_with_image(image);
    }
    let entries = format!("{size} /ColorSpace /DeviceGray /Filter /DCTDecode /Note (a text)");
    let image = pdf.stream(&entries, &jpeg(&noise, 90));
    pdf.page_with_image(image);
    pdf.page("", &rectangles(&text, 2.0, 100.0, 400.0));
    let file = pdf.finish();
    assert!(file.len() > 1_500_000);
    assert_eq!(texts(&file), Ok(vec![text]));
}

#[test]
fn documents_that_draw_too_much() {
    // Forms that draw ten forms that draw ten forms; and the whole page painted again and again.
    let mut pdf = Pdf::default();
    let mut inner = pdf.stream("/Subtype /Form /BBox [0 0 9 9]", b"0 0 595 842 re f\n");
    for _ in 0..11 {
        let entries = format!(
            "/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F {inner} 0 R >> >>"
        );
        inner = pdf.stream(&entries, "/F Do\n".repeat(10).as_bytes());
    }
    pdf.page(&format!("/XObject << /F {inner} 0 R >>"), b"/F Do");
    pdf.page("", "0 0 595 842 re f\n".repeat(200_000).as_bytes());
    pdf.page("", (format!("0 0 m {} f", "9 842 l 0 0 l ".repeat(200_000))).as_bytes());
    // One stream, and one image, that unpack to much, asked for again and again.
    let zeros = deflated(&vec![b' '; 100 * 1024 * 1024]);
    let large = pdf.stream("/Subtype /Form /BBox [0 0 9 9] /Filter /FlateDecode", &zeros);
    let small = "/Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray";
    let image = pdf.stream(&format!("{small} /Filter /FlateDecode"), &zeros);
    let names = format!("/XObject << /L {large} 0 R /I {image} 0 R >>");
    pdf.page(&names, "/L Do /I Do\n".repeat(100_000).as_bytes());
    assert_eq!(read(&pdf.finish()), Err(PictureError::NothingFound));
}

#[test]
fn documents_deeper_than_a_stack() {
    let nested = |open: &str, close: &str| {
        let mut pdf = Pdf::default();
        pdf.object(open.repeat(100_000) + &close.repeat(100_000));
        let content = open.repeat(100_000);
        pdf.page("", content.as_bytes());
        pdf.finish()
    };
    for file in [nested("[", "]"), nested("<< /A ", ">>"), nested("q ", "Q ")] {
        assert!(read(&file).is_err());
    }
}

#[test]
fn documents_of_too_many_pages() {
    let mut pdf = Pdf::default();
    (0..21).for_each(|_| pdf.page("", b""));
    assert_eq!(read(&pdf.finish()), Err(PictureError::TooLarge { what: "pages", max: 20 }));
}

#[test]
fn a_sheet_of_finder_patterns() {
    let rows = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];
    let dark = |x: u32, y: u32| {
        rows.get(y as usize % 8)
            .is_some_and(|row| row.as_bytes().get(x as usize % 8) == Some(&b'1'))
    };
    for step in [1, 3] {
        let image = image::GrayImage::from_fn(2000, 2000, |x, y| {
            image::Luma([if dark(x / step, y / step) { 0 } else { 255 }])
        });
        assert_eq!(read(&png(&image)), Err(PictureError::NothingFound));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000), kind in 0..4_usize) {
        let heads = [&b""[..], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-1.7\n"];
        let _ = read(&[heads[kind], &bytes].concat());
    }

    #[test]
    fn files_with_wrong_bytes(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), kind in 0..4_usize) {
        let image = code("HT1:0123456789", 2);
        let size = format!("/Width {} /Height {}", image.width(), image.height());
        let entries = format!("{size} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode");
        let mut file = match kind {
            0 => png(&image),
            1 => jpeg(&image, 50),
            2 => page(&rectangles("HT1:AB", 4.0, 100.0, 400.0)),
            _ => with_image(&entries, &deflated(&image)),
        };
        for (at, byte) in at {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = read(&file);
    }
}
