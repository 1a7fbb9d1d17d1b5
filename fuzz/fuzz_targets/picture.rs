//! Pictures and documents. The first byte chooses: the file as it is; the commands of a page; an
//! image of one bit a pixel, as wide as the second byte says.
#![no_main]

use hutong_fuzz::page;
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

fuzz_target!(|bytes: &[u8]| {
    let Some((form, rest)) = bytes.split_first() else { return };
    match (form % 3, rest.split_first()) {
        (0, _) => read(rest),
        (1, _) => read(&page("", rest)),
        (_, Some((width, bits))) => {
            let width = usize::from(*width).max(8);
            let rows = bits.len() / width.div_ceil(8);
            let head = format!("q 60 0 0 60 0 0 cm BI /W {width} /H {rows} /CS /G /BPC 1 ID ");
            read(&page("", &[head.as_bytes(), bits, b"\nEI Q"].concat()));
        }
        _ => {}
    }
});

fn read(file: &[u8]) {
    let Ok(texts) = hutong_picture::read(file) else { return };
    assert!(!texts.is_empty(), "nothing found is an error");
    assert!(texts.is_sorted_by_key(|text| text.page()), "page by page");
    let different: HashSet<&str> = texts.iter().map(|text| text.as_str()).collect();
    assert_eq!(different.len(), texts.len(), "each text once");
    assert!(!different.contains(""), "a text is not empty");
}
