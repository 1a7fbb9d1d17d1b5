//! Identity documents: normalised, checked, never shown.

use hutong_model::{Date, Document, DocumentError, DocumentKind, Sex};
use proptest::prelude::*;

/// Provinces that resident IDs begin with.
const PROVINCES: [u32; 32] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71,
];

/// The check character by the definition of ISO 7064 (not by the table of weights): the sum of
/// digit times 2 to the power of its place is 1 modulo 11.
fn with_check(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    let check = (12 - sum) % 11;
    let check = if check == 10 { 'X' } else { char::from(b'0' + check as u8) };
    format!("{body}{check}")
}

fn birth() -> impl Strategy<Value = Date> {
    // 1880-01-01 to 2025-12-31.
    (-32_872..20_454_i32).prop_map(Date::from_epoch_day)
}

fn digits_of(date: Date) -> String {
    date.to_string().replace('-', "")
}

fn resident_id() -> impl Strategy<Value = String> {
    (prop::sample::select(PROVINCES.to_vec()), 0..10_000_u32, birth(), 0..1000_u32).prop_map(
        |(province, county, born, order)| {
            with_check(&format!("{province}{county:04}{}{order:03}", digits_of(born)))
        },
    )
}

fn residence_permit() -> impl Strategy<Value = String> {
    (prop::sample::select(vec![81, 82, 83]), birth(), 0..1000_u32).prop_map(
        |(head, born, order)| with_check(&format!("{head}0000{}{order:03}", digits_of(born))),
    )
}

fn permanent_residence() -> impl Strategy<Value = String> {
    let new = (prop::sample::select(PROVINCES.to_vec()), 0..1000_u32, birth(), 0..1000_u32)
        .prop_map(|(province, country, born, order)| {
            with_check(&format!("9{province}{country:03}{}{order:03}", digits_of(born)))
        });
    prop_oneof![new, "[A-Z]{3}[0-9]{12}"]
}

/// A document of any kind.
fn document() -> impl Strategy<Value = Document> {
    use DocumentKind::*;
    let plain = |kind: DocumentKind| move |number: String| (kind, String::new(), number);
    prop_oneof![
        resident_id().prop_map(plain(ResidentId)),
        residence_permit().prop_map(plain(HkMacaoTaiwanResidencePermit)),
        permanent_residence().prop_map(plain(PermanentResidenceId)),
        "[HM][0-9]{8}([0-9]{2})?".prop_map(plain(HkMacaoPermit)),
        "[0-9]{8}([0-9]{2}[A-Z]?)?".prop_map(plain(TaiwanPermit)),
        "[A-Z][0-9]{9}".prop_map(plain(BirthCertificate)),
        ("[A-Z]{3}", "[A-Z0-9]{5,14}").prop_map(|(country, number)| (Passport, country, number)),
        ("[a-z|%:]{1,12}", "[!-~]([ -~]{0,10}[!-~])?").prop_map(|(s, number)| (Other, s, number)),
    ]
    .prop_map(|(kind, scope, number)| {
        Document::parse(kind, &scope, &number).expect("a document of its kind")
    })
}

fn resident(number: &str) -> Result<Document, DocumentError> {
    Document::parse(DocumentKind::ResidentId, "", number)
}

/// The same text in full-width characters.
fn wide(text: &str) -> String {
    text.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("a character")).collect()
}

proptest! {
    #[test]
    fn a_resident_id_is_read(number in resident_id()) {
        let document = resident(&number).expect("valid");
        prop_assert_eq!(document.number(), &number);
        let born = document.birth_date().expect("a birth date");
        prop_assert_eq!(digits_of(born), &number[6..14]);
        let male = number.as_bytes()[16] % 2 == 1;
        prop_assert_eq!(document.sex(), Some(if male { Sex::Male } else { Sex::Female }));
    }

    #[test]
    fn every_changed_character_is_noticed(number in resident_id()) {
        for place in 0..18 {
            for new in "0123456789X".chars() {
                let mut changed: Vec<char> = number.chars().collect();
                if changed[place] != new {
                    changed[place] = new;
                    let changed: String = changed.into_iter().collect();
                    prop_assert!(resident(&changed).is_err());
                }
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_noticed(number in resident_id()) {
        for place in 0..17 {
            let mut swapped = number.clone().into_bytes();
            swapped.swap(place, place + 1);
            let swapped = String::from_utf8(swapped).expect("ASCII");
            if swapped != number {
                prop_assert!(resident(&swapped).is_err());
            }
        }
    }

    #[test]
    fn the_old_form_is_the_same_document(number in resident_id()) {
        prop_assume!(&number[6..8] == "19");
        let old = format!("{}{}", &number[..6], &number[8..17]);
        prop_assert_eq!(resident(&old), resident(&number));
    }

    #[test]
    fn however_it_is_written_it_is_the_same(number in resident_id()) {
        let parts = [&number[..6], &number[6..14], &number[14..]];
        let forms = [
            number.to_lowercase(),
            wide(&number),
            wide(&number.to_lowercase()),
            parts.join(" "),
            parts.join("-"),
            wide(&parts.join("-")),
            parts.join("\u{2014}"),
            format!("\u{feff}{}\u{3000}", parts.join("\u{200b}")),
        ];
        for form in forms {
            prop_assert_eq!(resident(&form), resident(&number));
        }
    }

    #[test]
    fn nothing_shows_the_number(document in document()) {
        let number = document.number();
        let debug = format!("{document:?}");
        prop_assert!(!debug.contains(|c: char| c.is_ascii_digit()));
        let masked = document.masked();
        prop_assert_eq!(masked.chars().count(), number.chars().count());
        let length = number.chars().count();
        for (place, (shown, real)) in masked.chars().zip(number.chars()).enumerate() {
            let edge = place < 4 && place < length / 4 || length - place <= 4 && length - place <= length / 4;
            prop_assert_eq!(shown, if edge { real } else { '*' });
        }
    }

    #[test]
    fn different_documents_have_different_keys(one in document(), other in document()) {
        prop_assert_eq!(one == other, one.key() == other.key());
    }

    #[test]
    fn other_identifiers_have_keys_of_their_own(
        one in ("[a|%]{1,4}", "[a|]{1,3}"),
        other in ("[a|%]{1,4}", "[a|]{1,3}"),
    ) {
        let read = |(system, value): &(String, String)| Document::identifier(system, value);
        let (one, other) = (read(&one).expect("valid"), read(&other).expect("valid"));
        prop_assert_eq!(one == other, one.key() == other.key());
    }

    #[test]
    fn it_comes_back_from_storage_and_wire(document in document()) {
        let again = Document::parse(document.kind(), document.scope(), document.number());
        prop_assert_eq!(again.as_ref(), Ok(&document));
        let bytes = minicbor::to_vec(&document).expect("encodes");
        prop_assert_eq!(&minicbor::decode::<Document>(&bytes).expect("decodes"), &document);
        let json = serde_json::to_string(&document).expect("JSON");
        prop_assert_eq!(&serde_json::from_str::<Document>(&json).expect("reads"), &document);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,24}", near in "[0-9XxHMé身ａ－ -]{0,20}", scope in "\\PC{0,6}") {
        for kind in DocumentKind::ALL {
            for number in [&text, &near] {
                if let Ok(document) = Document::parse(kind, &scope, number) {
                    let _ = (document.sex(), document.birth_date(), document.masked());
                    let _ = (document.key(), document.system());
                }
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(document) = minicbor::decode::<Document>(&bytes) {
            let _ = (document.sex(), document.birth_date());
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    // The two examples of GB 11643.
    for number in ["11010519491231002X", "440524188001010014"] {
        assert!(resident(number).is_ok());
    }
    let named = [
        ("110105194912310021".to_owned(), DocumentError::CheckDigit),
        (with_check("11010519490230002"), DocumentError::BirthDate),
        (with_check("11010517490130002"), DocumentError::BirthDate),
        (with_check("16010519491231002"), DocumentError::Division),
    ];
    for (number, wanted) in named {
        assert_eq!(resident(&number), Err(wanted), "{number}");
    }
    // Sound numbers of another kind, and texts that are no numbers at all.
    let others = [with_check("81000019491231002"), with_check("91115619491231002")];
    let malformed = ["", "1101051949123100", "1101051949123100XX", "X1010519491231002X"];
    for number in others.iter().map(String::as_str).chain(malformed) {
        assert!(matches!(resident(number), Err(DocumentError::Form(_))), "{number}");
    }
}

#[test]
fn permits_of_other_issues_are_the_same_document() {
    let key = |kind, number| Document::parse(kind, "", number).expect("valid").key();
    let hk = DocumentKind::HkMacaoPermit;
    assert_eq!(key(hk, "H1234567802"), key(hk, "h12345678"));
    assert_ne!(key(hk, "H12345678"), key(hk, "M12345678"));
    let taiwan = DocumentKind::TaiwanPermit;
    assert_eq!(key(taiwan, "1234567801D"), key(taiwan, "12345678"));
    for (kind, number) in [
        (hk, "H1234567"),
        (hk, "A12345678"),
        (hk, "H123456789"),
        (taiwan, "1234567"),
        (DocumentKind::PermanentResidenceId, "CAN12345678901"),
        (DocumentKind::PermanentResidenceId, "1é2345678901234"),
        (DocumentKind::BirthCertificate, "123456789"),
        (DocumentKind::HkMacaoTaiwanResidencePermit, "11010519491231002X"),
    ] {
        assert!(Document::parse(kind, "", number).is_err(), "{number}");
    }
}

#[test]
fn passports_are_of_a_country() {
    let read = |country, number| Document::parse(DocumentKind::Passport, country, number);
    let chinese = read("", "E12345678").expect("valid");
    assert_eq!((chinese.scope(), chinese.number()), ("CHN", "E12345678"));
    assert_eq!(read("chn", "e1234 5678"), Ok(chinese.clone()));
    assert_ne!(read("USA", "E12345678").expect("valid").key(), chinese.key());
    assert_eq!(chinese.system(), "http://hl7.org/fhir/sid/passport-CHN");
    assert_eq!(read("US", "E12345678"), Err(DocumentError::Country));
    assert!(read("CHN", "E1").is_err());
}
