//! What the targets share: keys that are known, a trust list, signatures made by hand so that the
//! bytes behind them are reached, and workbooks put together from their parts.

use hutong_code::trust::{Adapter, Charset, KeyPurpose, Text, TrustedKey};
use hutong_code::{Sign, SigningKey, TrustList, TrustListBody, Verifier};
use hutong_model::{RegionCode, Timestamp};
use minicbor::Encoder;
use std::io::{Cursor, Write};
use std::sync::OnceLock;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// When everything happens.
pub const NOW: Timestamp = Timestamp::from_unix_s(1_760_000_000);
/// External data of a trust list's signature.
pub const TRUST_LIST_AAD: &[u8] = b"HT1-trust-list";

/// Keys of an issuer and of a device, and a verifier that trusts the issuer.
pub struct World {
    /// Signs assertions and trust lists.
    pub issuer: SigningKey,
    /// Signs presentations.
    pub device: SigningKey,
    /// Trusts the issuer; knows one foreign system, with the prefix `QR-`.
    pub verifier: Verifier,
}

impl World {
    /// The one world.
    pub fn get() -> &'static World {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let key = |seed| SigningKey::ed25519_from_seed(&[seed; 32]).expect("a key");
            let issuer = key(1);
            let list = TrustList::of_body(body(&issuer)).expect("a trust list");
            World { issuer, device: key(2), verifier: Verifier::new(list) }
        })
    }
}

/// The content of the world's trust list.
pub fn body(issuer: &SigningKey) -> TrustListBody {
    let region = RegionCode::parse("330000").expect("a region");
    let purposes = [KeyPurpose::Assertion, KeyPurpose::Paper, KeyPurpose::TrustList];
    let key = issuer.public_key().cose_key();
    TrustListBody {
        generation: 7,
        made_at: NOW.plus_s(-3600),
        issuer: RegionCode::NATION,
        fresh_s: 86_400,
        grace_s: 6 * 86_400,
        keys: vec![TrustedKey::new(region, key, &purposes, NOW.plus_s(-86_400))],
        regions: Vec::new(),
        adapters: vec![Adapter {
            id: "opaque".into(),
            prefix: "QR-".into(),
            charset: Charset::Alphanumeric,
            length_min: 4,
            length_max: 64,
            name: Text { zh: "别处".into(), en: "Elsewhere".into() },
            region: RegionCode::parse("520000").expect("a region"),
        }],
        exceptions: Vec::new(),
    }
}

/// A `COSE_Sign1` over any payload, truly signed, so that what lies behind the signature is read.
pub fn sign1(payload: &[u8], aad: &[u8], key: &SigningKey) -> Vec<u8> {
    typed_sign1(payload, aad, key, None)
}

/// The same with a type (RFC 9596) in the protected header.
pub fn typed_sign1(payload: &[u8], aad: &[u8], key: &SigningKey, kind: Option<&str>) -> Vec<u8> {
    let mut protected = Vec::new();
    let mut e = Encoder::new(&mut protected);
    let parts = 2 + u64::from(kind.is_some());
    e.map(parts).and_then(|e| e.i64(1)?.i64(key.algorithm().cose_id())?.i64(4)).expect("a header");
    e.bytes(key.key_id().as_bytes()).expect("a key id");
    if let Some(kind) = kind {
        e.i64(16).and_then(|e| e.str(kind)).expect("a type");
    }
    let mut message = Vec::new();
    let mut e = Encoder::new(&mut message);
    e.array(4).and_then(|e| e.str("Signature1")?.bytes(&protected)?.bytes(aad)).expect("parts");
    e.bytes(payload).expect("a payload");
    let signature = key.sign(&message).expect("a signature");
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    e.tag(minicbor::data::Tag::new(18)).and_then(|e| e.array(4)).expect("a tag");
    e.bytes(&protected).and_then(|e| e.map(0)?.bytes(payload)?.bytes(&signature)).expect("parts");
    out
}

/// The names of a workbook's parts, in the order in which [`workbook`] takes their texts.
pub const PARTS: [&str; 5] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
];
/// Texts of the parts that a seed need not hold.
pub const TEXTS: [&str; 5] = [
    "",
    "",
    concat!(
        r#"<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="A" r:id="rId1"/></sheets>"#,
        "</workbook>",
    ),
    concat!(
        r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" "#,
        r#"Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" "#,
        r#"Target="/xl/sharedStrings.xml"/></Relationships>"#,
    ),
    concat!(
        r#"<Relationships><Relationship Id="rId1" Type="x/officeDocument" "#,
        r#"Target="xl/workbook.xml"/></Relationships>"#,
    ),
];

/// A workbook whose parts have these texts; where one is missing or empty, the usual one.
pub fn workbook<'a>(
    texts: impl IntoIterator<Item = &'a [u8]>,
    method: CompressionMethod,
) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The same bytes whenever it is made.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default());
    let mut texts = texts.into_iter();
    for (name, usual) in PARTS.into_iter().zip(TEXTS) {
        let text = texts.next().filter(|text| !text.is_empty()).unwrap_or(usual.as_bytes());
        zip.start_file(name, options).expect("a part");
        zip.write_all(text).expect("a text");
    }
    zip.finish().expect("an archive").into_inner()
}

/// A document of one small page that holds these commands; `objects` stand before it.
pub fn page(objects: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "%PDF-1.7\n{objects}1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n\
         << /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page \
         /Parent 2 0 R /MediaBox [0 0 60 60] /Contents 4 0 R /Resources << /XObject << \
         /A 5 0 R /B 6 0 R >> >> >>\nendobj\n4 0 obj\n<< /Length {} >>\nstream\n",
        content.len()
    );
    let tail = b"\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n";
    [head.as_bytes(), content, tail].concat()
}
