//! PDF documents made by hand.

use flate2::{Compression, write::ZlibEncoder};
use hutong_code::Qr;
use image::GrayImage;
use std::io::Write;

/// A document in the making. Objects 1 and 2 are the catalogue and the tree of pages.
#[derive(Default)]
pub struct Pdf {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
}

impl Pdf {
    /// Adds an object and gives its number.
    pub fn object(&mut self, body: impl AsRef<[u8]>) -> usize {
        self.objects.push(body.as_ref().to_vec());
        self.objects.len() + 2
    }

    /// Adds a stream; `entries` stand in its dictionary beside its length.
    pub fn stream(&mut self, entries: &str, data: &[u8]) -> usize {
        let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
        self.object([head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// Adds a page of A4; `resources` is what stands in its dictionary of resources.
    pub fn page(&mut self, resources: &str, content: &[u8]) {
        let content = self.stream("", content);
        self.page_of(resources, content, "");
    }

    /// Adds a page that has its content in an object.
    pub fn page_of(&mut self, resources: &str, content: usize, more: &str) {
        let page = self.object(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources << {resources} >> {more} >>"
        ));
        self.pages.push(page);
    }

    /// Adds a page with one image, 10 cm wide in the middle.
    pub fn page_with_image(&mut self, image: usize) {
        let resources = format!("/XObject << /Im {image} 0 R >>");
        self.page(&resources, b"q 283 0 0 283 150 280 cm /Im Do Q");
    }

    /// All objects in order, from number 1.
    fn bodies(self) -> Vec<Vec<u8>> {
        let kids: String = self.pages.iter().map(|page| format!("{page} 0 R ")).collect();
        let mut bodies = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", self.pages.len()).into_bytes(),
        ];
        bodies.extend(self.objects);
        bodies
    }

    /// The file as newer programs write it: objects in an object stream, the table in a stream.
    pub fn finish_packed(self) -> Vec<u8> {
        let bodies = self.bodies();
        let holder = bodies.len() + 1;
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let (mut index, mut packed, mut count) = (String::new(), Vec::new(), 0_u16);
        // Kind, then offset or holder, then the place in the holder.
        let mut table: Vec<(u8, u32, u16)> = vec![(0, 0, u16::MAX)];
        for (at, body) in bodies.iter().enumerate() {
            if body.ends_with(b"endstream") {
                table.push((1, file.len() as u32, 0));
                file.extend(format!("{} 0 obj\n", at + 1).as_bytes());
                file.extend([body, &b"\nendobj\n"[..]].concat());
            } else {
                table.push((2, holder as u32, count));
                index += &format!("{} {} ", at + 1, packed.len());
                packed.extend([body, &b"\n"[..]].concat());
                count += 1;
            }
        }
        let objects = deflated(&[index.as_bytes(), &packed].concat());
        let entries = format!("/Type /ObjStm /N {count} /First {}", index.len());
        table.push((1, file.len() as u32, 0));
        write_stream(&mut file, holder, &format!("{entries} /Filter /FlateDecode"), &objects);
        let start = file.len();
        table.push((1, start as u32, 0));
        let rows: Vec<u8> = table
            .iter()
            .flat_map(|(kind, at, place)| {
                [&[*kind][..], &at.to_be_bytes(), &place.to_be_bytes()].concat()
            })
            .collect();
        let entries = format!("/Type /XRef /W [1 4 2] /Size {} /Root 1 0 R", table.len());
        let rows = deflated(&rows);
        write_stream(&mut file, holder + 1, &format!("{entries} /Filter /FlateDecode"), &rows);
        file.extend(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        file
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        let bodies = self.bodies();
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
        for (at, body) in bodies.iter().enumerate() {
            table += &format!("{:010} 00000 n \n", file.len());
            file.extend(format!("{} 0 obj\n", at + 1).as_bytes());
            file.extend(body);
            file.extend(b"\nendobj\n");
        }
        let start = file.len();
        file.extend(table.as_bytes());
        let size = bodies.len() + 1;
        file.extend(
            format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
                .as_bytes(),
        );
        file
    }
}

fn write_stream(file: &mut Vec<u8>, number: usize, entries: &str, data: &[u8]) {
    let head = format!("{number} 0 obj\n<< {entries} /Length {} >>\nstream\n", data.len());
    file.extend([head.as_bytes(), data, b"\nendstream\nendobj\n"].concat());
}

/// A document with one page of these commands.
pub fn page(content: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::default();
    pdf.page("", content);
    pdf.finish()
}

/// A document with one image.
pub fn with_image(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let image = pdf.stream(&format!("/Type /XObject /Subtype /Image {entries}"), data);
    pdf.page_with_image(image);
    pdf.finish()
}

/// Commands that fill a rectangle for each dark module, `module` points wide.
pub fn rectangles(text: &str, module: f32, left: f32, bottom: f32) -> Vec<u8> {
    let qr = Qr::encode(text).expect("it fits");
    let mut content = String::new();
    for y in 0..qr.size() {
        for x in (0..qr.size()).filter(|x| qr.is_dark(*x, y)) {
            let (right, up) = (left + x as f32 * module, bottom + (qr.size() - y) as f32 * module);
            content += &format!("{right:.3} {:.3} {module} {module} re f\n", up - module);
        }
    }
    content.into_bytes()
}

/// One bit a pixel, white as 1.
pub fn bits(image: &GrayImage) -> Vec<u8> {
    let width = image.width() as usize;
    image
        .as_raw()
        .chunks(width)
        .flat_map(|row| {
            row.chunks(8).map(|eight| {
                let set = |byte: u8, at: usize| byte | (u8::from(eight[at] > 127) << (7 - at));
                (0..eight.len()).fold(0, set)
            })
        })
        .collect()
}

/// Deflated, in the zlib format.
pub fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("it is written");
    encoder.finish().expect("it is written")
}

/// As text in base 85.
pub fn ascii85(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for group in data.chunks(4) {
        let mut four = [0; 4];
        four[..group.len()].copy_from_slice(group);
        let mut value = u32::from_be_bytes(four);
        let mut five = [0; 5];
        for digit in five.iter_mut().rev() {
            *digit = (value % 85) as u8 + b'!';
            value /= 85;
        }
        out.extend(&five[..=group.len()]);
    }
    out.extend(b"~>");
    out
}
