//! What the document says to machines: text that can be searched and read aloud, and properties.

mod common;

use common::{fonts, longest, voucher};
use hutong_voucher::{Lang, Size, render};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// The output of a program of poppler-utils; none where it is not installed.
fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let command =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = command else {
        eprintln!("left out: {program} is not installed (apt-get install poppler-utils)");
        return None;
    };
    child.stdin.take().unwrap().write_all(pdf).unwrap();
    // Titles in the structure are in UTF-16 as they are in the document.
    Some(String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned())
}

fn text(pdf: &[u8]) -> Option<String> {
    poppler("pdftotext", &["-", "-"], pdf)
}

#[test]
fn text_can_be_searched() {
    let voucher = voucher(5, 2);
    let pdf = render(&voucher, Size::A4, Lang::Both, fonts()).unwrap();
    let Some(text) = text(&pdf) else { return };
    let said = [
        "疫苗接种与检测结果凭证",
        "Voucher of Vaccinations and Test Results",
        "陈晓雯",
        "CHEN XIAOWEN",
        "3301**********2147",
        "新型冠状病毒疫苗",
        "Hepatitis B vaccine",
        "第 2 剂，共 3 剂",
        "Not detected",
        "SMART Health Card",
        "HT-330000-7Q4M-2XKD",
        "Page 1 of",
    ];
    for said in said {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[test]
fn one_language_alone() {
    for size in [Size::A4, Size::Wallet] {
        let said = |lang| text(&render(&voucher(1, 1), size, lang, fonts()).unwrap());
        let (Some(zh), Some(en)) = (said(Lang::Zh), said(Lang::En)) else { return };
        assert!(zh.contains("新型冠状病毒疫苗") && !zh.contains("COVID-19 vaccine"), "{zh}");
        assert!(en.contains("COVID-19 vaccine") && !en.contains("新型冠状病毒疫苗"), "{en}");
        let mut half = voucher(1, 0);
        half.records[0].what.en = String::new();
        let half = text(&render(&half, size, Lang::En, fonts()).unwrap()).unwrap();
        assert!(half.contains("新型冠状病毒疫苗"), "better in the other language than not at all");
    }
}

#[test]
fn a_missing_character_is_shown_as_such_and_kept_in_the_text() {
    let mut voucher = voucher(0, 0);
    voucher.person.latin_name = "བསྟན་འཛིན".into();
    let pdf = render(&voucher, Size::A4, Lang::Both, fonts()).unwrap();
    let Some(text) = text(&pdf) else { return };
    assert!(text.contains("བསྟན་འཛིན"), "{text}");
    assert!(!text.contains('□'), "{text}");
}

#[test]
fn properties() {
    for (size, paper) in [(Size::A4, "A4"), (Size::Wallet, "242.6")] {
        let pdf = render(&voucher(5, 2), size, Lang::Both, fonts()).unwrap();
        let Some(info) = poppler("pdfinfo", &["-"], &pdf) else { return };
        for line in [
            "疫苗接种与检测结果凭证",
            "Tagged:          yes",
            "2026",
            "PDF version:     1.7",
            paper,
        ] {
            assert!(info.contains(line), "{line} in {info}");
        }
        assert!(!info.contains("陈晓雯"), "properties name nobody");
        let structure = poppler("pdfinfo", &["-struct", "-"], &pdf).unwrap();
        let elements = match size {
            Size::A4 => vec!["H1", "H2", "Table", "TH", "TD", "Figure", "Lbl"],
            Size::Wallet => vec!["H1", "P", "Figure"],
        };
        for element in elements {
            let listed = |line: &str| line.trim().split([' ', ':']).next() == Some(element);
            assert!(structure.lines().any(listed), "{element} in {structure}");
        }
    }
}

#[test]
fn declared_for_keeping_and_for_reading_aloud() {
    let pdf = render(&voucher(1, 1), Size::A4, Lang::En, fonts()).unwrap();
    let held = String::from_utf8_lossy(&pdf);
    // The metadata is not compressed, as PDF/A asks.
    assert!(held.contains("<pdfaid:part>2</pdfaid:part>"));
    assert!(held.contains("<pdfaid:conformance>A</pdfaid:conformance>"));
    assert!(held.contains("<pdfuaid:part>1</pdfuaid:part>"));
    assert!(held.contains("<dc:language><rdf:Bag><rdf:li>en</rdf:li>"), "its language");
}

/// The numbers of these attributes in a line of XML.
fn attributes<const N: usize>(line: &str, names: [&str; N]) -> [f32; N] {
    names.map(|name| {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    })
}

/// Left, top, right, bottom.
type Area = [f32; 4];

/// The width and height of each page, and where its words are.
fn words(pdf: &[u8]) -> Option<Vec<([f32; 2], Vec<Area>)>> {
    let boxes = poppler("pdftotext", &["-bbox", "-", "-"], pdf)?;
    let mut pages = Vec::new();
    for line in boxes.lines() {
        if line.contains("<page ") {
            pages.push((attributes(line, ["width", "height"]), Vec::new()));
        } else if line.contains("<word ") {
            let area = attributes(line, ["xMin", "yMin", "xMax", "yMax"]);
            pages.last_mut().unwrap().1.push(area);
        }
    }
    Some(pages)
}

/// Whether words lie on each other. Boxes are as high as the font's tallest letters, so that those
/// of successive lines touch; the middle of each counts.
fn collide(one: Area, other: Area) -> bool {
    let middle = |[left, top, right, bottom]: Area| {
        let quarter = (bottom - top) / 4.0;
        [left + 0.5, top + quarter, right - 0.5, bottom - quarter]
    };
    let (one, other) = (middle(one), middle(other));
    let beside = one[2] <= other[0] || other[2] <= one[0];
    let apart = one[3] <= other[1] || other[3] <= one[1];
    !beside && !apart
}

#[test]
fn no_text_leaves_its_page_or_lies_on_another() {
    for (size, margin) in [(Size::A4, 50.0), (Size::Wallet, 8.0)] {
        for lang in [Lang::Zh, Lang::En, Lang::Both] {
            for voucher in [longest(), voucher(40, 4), voucher(3, 3)] {
                let pdf = render(&voucher, size, lang, fonts()).unwrap();
                let Some(pages) = words(&pdf) else { return };
                for (page, words) in pages {
                    for (index, word) in words.iter().enumerate() {
                        let [left, top, right, bottom] = *word;
                        let within = left > margin && right < page[0] - margin + 1.0;
                        assert!(within && top > 0.0 && bottom < page[1], "{size:?} {word:?}");
                        let other = words[index + 1..].iter().find(|other| collide(*word, **other));
                        assert_eq!(other, None, "{size:?} {lang:?} {word:?}");
                    }
                }
            }
        }
    }
}
