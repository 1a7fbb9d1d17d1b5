//! Vouchers as they are printed: read back by our own reader of pictures.

mod common;

use common::{code, dcc, fonts, longest, shc, voucher};
use hutong_picture::read;
use hutong_voucher::{Code, Lang, Size, Text, Voucher, VoucherError, limits, render};

const SIZES: [Size; 2] = [Size::A4, Size::Wallet];
const LANGS: [Lang; 3] = [Lang::Zh, Lang::En, Lang::Both];

fn printed(voucher: &Voucher, size: Size) -> Vec<u8> {
    render(voucher, size, Lang::Both, fonts()).unwrap()
}

/// What is scanned from the document, each text with its page, in any order within a page.
fn scanned(pdf: &[u8]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> =
        read(pdf).unwrap().into_iter().map(|text| (text.page(), text.into_string())).collect();
    found.sort();
    found
}

fn texts(pdf: &[u8]) -> Vec<String> {
    let mut texts: Vec<String> = scanned(pdf).into_iter().map(|(_, text)| text).collect();
    texts.sort();
    texts
}

fn expected(voucher: &Voucher) -> Vec<String> {
    let mut texts: Vec<String> = voucher.codes.iter().map(|code| code.text.clone()).collect();
    texts.sort();
    texts
}

fn pages(pdf: &[u8]) -> usize {
    hayro_syntax::Pdf::new(pdf.to_vec()).unwrap().pages().len()
}

fn with_codes(texts: &[String]) -> Voucher {
    let mut voucher = voucher(1, 0);
    voucher.codes = texts.iter().map(|text| Code { text: text.clone(), ..code(0) }).collect();
    voucher
}

#[test]
fn codes_are_read_back_to_the_letter() {
    for size in SIZES {
        for count in 1..=5 {
            let voucher = voucher(2, count);
            assert_eq!(texts(&printed(&voucher, size)), expected(&voucher), "{size:?} {count}");
        }
    }
}

#[test]
fn small_dense_and_plain_codes() {
    let each = [
        "7".to_owned(),
        "https://example.cn/?q=a b&c=ü".to_owned(),
        dcc(600),
        shc(2_400),
        "x".repeat(1_000),
    ];
    for text in each {
        for size in SIZES {
            let pdf = printed(&with_codes(std::slice::from_ref(&text)), size);
            assert!(texts(&pdf).iter().eq([&text]), "{size:?}, {} bytes", text.len());
        }
    }
}

#[test]
fn each_card_has_one_code() {
    let voucher = voucher(3, 3);
    let found = scanned(&printed(&voucher, Size::Wallet));
    let placed: Vec<usize> = found.iter().map(|(page, _)| *page).collect();
    assert_eq!(placed, [2, 3, 4], "the first card is the person's");
}

#[test]
fn records_and_codes_flow_over_pages() {
    let (one, many) = (voucher(1, 1), voucher(40, 4));
    assert_eq!(pages(&printed(&one, Size::A4)), 1);
    let pdf = printed(&many, Size::A4);
    assert!((3..=6).contains(&pages(&pdf)), "{} pages", pages(&pdf));
    assert_eq!(texts(&pdf), expected(&many));
    let most = voucher(40, limits::CODES_MAX);
    assert_eq!(texts(&printed(&most, Size::A4)), expected(&most));
}

#[test]
fn nothing_but_a_person() {
    for size in SIZES {
        for lang in LANGS {
            assert_eq!(pages(&render(&voucher(0, 0), size, lang, fonts()).unwrap()), 1);
        }
    }
    let mut bare = voucher(1, 0);
    bare.person = hutong_voucher::Person::default();
    (bare.issuer, bare.how_to_verify) = (Text::default(), Text::default());
    (bare.reference, bare.expires_at) = (String::new(), String::new());
    bare.records[0].what = Text::default();
    for size in SIZES {
        for lang in LANGS {
            assert_eq!(pages(&render(&bare, size, lang, fonts()).unwrap()), 1, "empty texts");
        }
    }
}

#[test]
fn the_same_voucher_gives_the_same_bytes() {
    let fonts_again = hutong_voucher::Fonts::find(None).unwrap();
    for size in SIZES {
        let voucher = voucher(7, 3);
        let first = printed(&voucher, size);
        let again = render(&voucher, size, Lang::Both, &fonts_again).unwrap();
        assert!(first == again, "{size:?}");
        let mut later = voucher.clone();
        later.made_at = "2026-11-24T00:00:00Z".parse().unwrap();
        assert!(printed(&later, size) != first, "the time is of the voucher");
    }
}

#[test]
fn characters_that_the_font_lacks() {
    let mut voucher = voucher(2, 1);
    let odd = [
        "ئابدۇراھمان مەمتىمىن",
        "བསྟན་འཛིན",
        "\u{e000}\u{f8ff}\u{10fffe}\u{ffff}\u{fffe}",
        "a\0b\u{1b}[31m\r\n\tc",
        "\u{202e}evil\u{202c}\u{feff}\u{200d}",
        "葛\u{e0100}一郎",
        "e\u{301}\u{301}\u{301}",
        "👩‍👩‍👧",
        "שלום",
        "\u{301}",
    ];
    for text in odd {
        voucher.person.name = text.into();
        voucher.person.latin_name = text.into();
        voucher.records[0].what = Text::new(text, text);
        voucher.codes[0].caption = Text::new(text, "");
        for size in SIZES {
            for lang in LANGS {
                let pdf = render(&voucher, size, lang, fonts());
                assert_eq!(pdf.map(|pdf| texts(&pdf)), Ok(expected(&voucher)), "{text:?}");
            }
        }
    }
}

#[test]
fn the_longest_texts_hide_no_code() {
    let voucher = longest();
    for size in SIZES {
        for lang in LANGS {
            let pdf = render(&voucher, size, lang, fonts()).unwrap();
            assert_eq!(texts(&pdf), expected(&voucher), "{size:?} {lang:?}");
        }
    }
}

#[test]
fn what_is_more_than_the_limits() {
    let refused = |voucher: &Voucher, size| render(voucher, size, Lang::Both, fonts()).unwrap_err();
    let many = voucher(limits::RECORDS_MAX + 1, 0);
    assert!(matches!(refused(&many, Size::A4), VoucherError::TooMany { what: "records", .. }));
    let many = voucher(0, limits::CODES_MAX + 1);
    assert!(matches!(refused(&many, Size::A4), VoucherError::TooMany { what: "codes", .. }));
    let mut long = voucher(1, 0);
    long.person.name = "长".repeat(limits::TEXT_CHARACTERS_MAX + 1);
    let error = refused(&long, Size::A4);
    assert!(matches!(error, VoucherError::TooLong { what: "a name", .. }));
    assert!(!error.to_string().contains('长'), "no name in an error");

    let code = |text: String| with_codes(&[dcc(50), text]);
    assert_eq!(refused(&code(String::new()), Size::A4), VoucherError::CodeEmpty { number: 2 });
    let long = code("y".repeat(3_000));
    assert_eq!(refused(&long, Size::A4), VoucherError::CodeTooLong { number: 2 });
    let dense = code("y".repeat(2_900));
    assert_eq!(texts(&printed(&dense, Size::A4)), expected(&dense));
    assert_eq!(refused(&dense, Size::Wallet), VoucherError::CodeTooDense { number: 2 });
}
