//! Fonts: which are taken.

mod common;

use hutong_voucher::{Fonts, VoucherError};
use std::path::Path;

#[test]
fn an_explicit_font_is_not_replaced_by_another() {
    let missing = Path::new("/nowhere/font.ttc");
    let error = Fonts::find(Some(missing)).unwrap_err();
    assert!(matches!(&error, VoucherError::FontUnreadable { path, .. } if path == missing));
    assert!(error.to_string().contains("/nowhere/font.ttc"), "{error}");
    let no_font = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    assert_eq!(Fonts::find(Some(no_font)).unwrap_err(), VoucherError::FontUnsuitable);
}

#[test]
fn what_is_no_font_with_chinese_characters() {
    let unsuitable = |bytes: &[u8]| {
        assert_eq!(Fonts::parse(bytes.to_vec(), None).unwrap_err(), VoucherError::FontUnsuitable);
    };
    unsuitable(b"");
    unsuitable(b"ttcf\0\x01\0\0\0\0\0\x01\0\0\0\x0c");
    unsuitable(&[0; 4096]);
    let latin = Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");
    if let Ok(bytes) = std::fs::read(latin) {
        unsuitable(&bytes);
    }
}

#[test]
fn fonts_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(common::fonts());
    let shown = format!("{:?} {:?}", common::fonts(), common::voucher(2, 1));
    assert!(shown.ends_with("Voucher(2 records, 1 codes)"), "{shown}");
}
