//! Writes the seeds that are not text (`fuzz/seeds/TARGET/*.bin`) again. Seeds that are text are
//! written by hand.
//!
//! `cargo xtask fuzz seeds` runs this.

use hutong_code::foreign::{Coded, Record, Recovery, TestResult, Vaccination};
use hutong_code::issue::vaccine_codes;
use hutong_code::reason::ReasonCode;
use hutong_code::trust::{ExceptionScope, RecognitionException, RegionService, Text};
use hutong_code::{
    AssertionClaims, Badges, CoseKey, Holder, Label, LastTest, LeafRef, Masked, PackRef, Sign,
    Standing, TrustList, issue, present, present_to, print,
};
use hutong_fuzz::{NOW, World, body, workbook};
use hutong_model::entry::{HealthDeclaration, TripDeclaration};
use hutong_model::person::Relation;
use hutong_model::*;
use hutong_sheet::{Lang, template_xlsx};
use std::path::{Path, PathBuf};
use zip::CompressionMethod;

// The target's function is missed by the linker otherwise.
libfuzzer_sys::fuzz_target!(|_bytes: &[u8]| {});

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    code(&root.join("code"));
    trust_list(&root.join("trust_list"));
    entries(&root.join("small"));
    sheets(&root.join("xlsx"));
    wire(&root.join("wire"));
    pictures(&root.join("picture"));
    ledger(&root.join("ledger"));
}

/// What a ledger gives out, signed with another key than the target trusts.
fn ledger(folder: &Path) {
    use hutong_ledger::witness::AddCheckpoint;
    use hutong_ledger::{
        EMPTY_ROOT, Kind, Leaf, LogEntry, Memory, NoteSigner, Opening, Origin, PackVersion,
        Private, Promise, Proof, Public, SignatureKind, View, Writer,
    };
    let name = Origin::parse("log.example").expect("a name");
    let signer =
        || NoteSigner::from_seed(name.clone(), SignatureKind::Ed25519, &[9; 32]).expect("a key");
    let label = |text: &str| hutong_ledger::Label::parse(text).expect("a label");
    struct Fixed;
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }
    let now = Timestamp::from_unix_s(1_760_000_000);
    let private = Private { person: Some(PersonId::from_bytes([1; 16])), ..Private::default() };
    let opening = Opening::new(Kind::Decision, private, &Fixed).expect("an opening");
    let public = Public::Decision {
        issuer: RegionCode::parse("330000").expect("a region"),
        event: label("e"),
        pack: PackVersion { id: label("p"), version: label("1"), digest: EMPTY_ROOT },
        rules: vec![label("r")],
        level: Level::Red,
        expires: now.plus_s(5),
    };
    let leaf = Leaf::new(now, public, opening.commitment()).expect("a leaf");
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).expect("a log");
    let plain = |bytes: &[u8]| LogEntry::from_bytes(bytes).expect("short");
    writer.append(&[LogEntry::from(&leaf), plain(b"x"), plain(b"y")]).expect("a batch");
    let signed = writer.checkpoint();
    let view = View::open(&tiles, 3, signed.checkpoint().root()).expect("a tree");
    let proof = Proof::make(&view, signed, 0).expect("a proof").to_string();
    let request = AddCheckpoint::make(&view, 1, signed).expect("a request").to_string();
    let promise = Promise::sign(leaf.hash(), now, &signer()).expect("a promise");
    put(folder, "checkpoint.bin", &kind(0, signed.as_bytes()));
    put(folder, "key.bin", &kind(1, signer().key().to_string().as_bytes()));
    put(folder, "leaf.bin", &kind(2, &leaf.encode()));
    put(folder, "opening.bin", &kind(2, &opening.encode()));
    put(folder, "proof.bin", &kind(3, proof.as_bytes()));
    put(folder, "promise.bin", &kind(4, &promise.to_bytes()));
    put(folder, "request.bin", &kind(5, request.as_bytes()));
    put(folder, "path.bin", &kind(6, b"tile/entries/x001/234.p/8"));
    put(folder, "tile.bin", &kind(7, &[&[0][..], &[5; 64]].concat()));
    put(folder, "entries.bin", &kind(7, &[4, 0, 2, 0, 0, 0, 2, 0, 1]));
}

/// A code as files of all kinds, as commands, and as bits.
fn pictures(folder: &Path) {
    let qr = hutong_code::Qr::encode("HT1:7Q").expect("it fits");
    let side = qr.size() as u32 + 8;
    let dark =
        |x: u32, y: u32| qr.is_dark((x as usize).wrapping_sub(4), (y as usize).wrapping_sub(4));
    let image = image::GrayImage::from_fn(side, side, |x, y| {
        image::Luma([if dark(x, y) { 0 } else { 255 }])
    });
    for (name, format) in
        [("png.bin", image::ImageFormat::Png), ("jpeg.bin", image::ImageFormat::Jpeg)]
    {
        let mut bytes = std::io::Cursor::new(vec![0]);
        bytes.set_position(1);
        image.write_to(&mut bytes, format).expect("it is written");
        put(folder, name, bytes.get_ref());
    }
    let mut commands = String::new();
    for (x, y) in
        (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter(|(x, y)| dark(*x, *y))
    {
        commands += &format!("{x} {} 1 1 re ", side - y);
    }
    commands += "f\n";
    put(folder, "commands.bin", &kind(1, commands.as_bytes()));
    put(folder, "page.bin", &kind(0, &hutong_fuzz::page("", commands.as_bytes())));
    let samples = image.as_raw();
    let objects = format!(
        "5 0 obj\n<< /Subtype /Image /Width {side} /Height {side} /BitsPerComponent 8 /ColorSpace \
         /DeviceGray /Filter /ASCIIHexDecode /Length {} >>\nstream\n{}>\nendstream\nendobj\n",
        samples.len() * 2 + 1,
        samples.iter().map(|sample| format!("{sample:02x}")).collect::<String>(),
    );
    put(folder, "image.bin", &kind(0, &hutong_fuzz::page(&objects, b"50 0 0 50 5 5 cm /A Do")));
    let mut bits = vec![2, side as u8];
    for y in 0..side {
        let byte = |x: u32| (0..8).fold(0, |byte, bit| byte << 1 | u8::from(!dark(x + bit, y)));
        bits.extend((0..side).step_by(8).map(byte));
    }
    put(folder, "bits.bin", &bits);
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder).expect("a folder");
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    println!("{} {}", path.display(), bytes.len());
}

fn kind(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], bytes].concat()
}

fn region(text: &str) -> RegionCode {
    RegionCode::parse(text).expect("a region")
}

fn claims(holder: Holder) -> AssertionClaims {
    let label = |text: &str| Label::parse(text).expect("a label");
    AssertionClaims {
        issuer: region("330000"),
        subject: PersonId::from_bytes([0xa7; 16]),
        issued_at: NOW.plus_s(-60),
        expires_at: NOW.plus_s(23 * 3600),
        cti: [0x5c; 16],
        holder,
        standing: Some(Standing {
            level: Level::Yellow,
            reasons: vec![ReasonCode::RISK_AREA, ReasonCode::TEST_OVERDUE],
            event: label("2025-covid-19"),
            pack: PackRef { id: label("cn-basic"), version: label("2025.10.1") },
            leaf: Some(LeafRef::from_bytes([0x6d; LeafRef::BYTES])),
        }),
        residence: Some(region("330106")),
        badges: Badges {
            vaccination_complete: Some(true),
            last_test: Some(LastTest { at: NOW.plus_s(-7300), outcome: TestOutcome::Negative }),
        },
        records: Vec::new(),
    }
}

/// A certificate of records, with a record of each kind and codes and times in each form.
fn certificate() -> AssertionClaims {
    let coded = |code: &str| Some(Coded { code: code.into(), ..Coded::default() });
    let codes = vaccine_codes("http://hl7.org/fhir/sid/cvx", "511", None).expect("known");
    let dose = Vaccination {
        target: codes.target,
        product: codes.product,
        dose: Some(2),
        doses: Some(3),
        date: Some("2025-06-11".into()),
        lot: Some("202506A".into()),
        ..Vaccination::default()
    };
    let test = TestResult {
        test: coded("sars-cov-2-na"),
        kind: Some("nucleic-acid".into()),
        sampled_at: Some("2025-09-30T08:15:00+08:00".into()),
        reported_at: Some("2025-09-30T10:00:00Z".into()),
        outcome: Some("negative".into()),
        ..TestResult::default()
    };
    let recovery = Recovery {
        target: Some(Coded { en: Some("Mpox".into()), ..Coded::default() }),
        first_positive: Some("2025-03".into()),
        ..Recovery::default()
    };
    AssertionClaims {
        expires_at: NOW.plus_s(86_400 * 365),
        standing: None,
        records: vec![
            Record::Vaccination(Box::new(dose)),
            Record::Test(Box::new(test)),
            Record::Recovery(Box::new(recovery)),
        ],
        ..claims(Holder::Paper(Masked::parse("欧阳**", "3301****002X").expect("masked")))
    }
}

fn code(folder: &Path) {
    let world = World::get();
    let device = Holder::Device(world.device.public_key().cose_key().clone());
    let masked = Masked::parse("欧阳**", "3301**********002X").expect("masked");
    let on_device = issue(&claims(device), &world.issuer).expect("issued");
    let on_paper = issue(&claims(Holder::Paper(masked)), &world.issuer).expect("issued");
    let shown = present(&on_device, NOW, &world.device).expect("shown");
    put(folder, "shown.bin", &kind(b'0', shown.as_bytes()));
    let asked = present_to(&on_device, NOW, b"nonce", &world.device).expect("shown");
    put(folder, "asked.bin", &kind(b'0', asked.as_bytes()));
    let printed = print(&on_paper).expect("printed");
    put(folder, "printed.bin", &kind(b'0', printed.as_bytes()));
    let inner = hutong_code::base45::decode(&shown.as_bytes()[4..]).expect("base45");
    put(folder, "inner.bin", &kind(b'1', &inner));
    put(folder, "assertion.bin", &kind(b'2', &on_device));
    put(folder, "paper.bin", &kind(b'2', &on_paper));
    for (name, assertion) in [("claims.bin", &on_device), ("paper-claims.bin", &on_paper)] {
        let mut d = minicbor::Decoder::new(&assertion[1..]);
        d.array().and_then(|_| d.bytes()).and_then(|_| d.map()).expect("parts");
        put(folder, name, &kind(b'3', d.bytes().expect("a payload")));
    }
    let certificate = issue(&certificate(), &world.issuer).expect("issued");
    let mut d = minicbor::Decoder::new(&certificate[1..]);
    d.array().and_then(|_| d.bytes()).and_then(|_| d.map()).expect("parts");
    put(folder, "certificate-claims.bin", &kind(b'3', d.bytes().expect("a payload")));
    // The base point of P-256 as a device's key (FIPS 186-4, D.1.2.3).
    let x = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
    let y = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
    let jwk = serde_json::json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
    let key = CoseKey::from_jwk(&jwk).expect("a key");
    let assertion = issue(&claims(Holder::Device(key)), &world.issuer).expect("issued");
    put(folder, "p256.bin", &kind(b'2', &assertion));
}

fn trust_list(folder: &Path) {
    let world = World::get();
    let mut body = body(&world.issuer);
    body.regions.push(RegionService { region: region("330100"), issuer: region("330000") });
    body.exceptions.push(RecognitionException {
        id: "440000-1".into(),
        region: region("440000"),
        refused: region("330000"),
        scope: ExceptionScope::Level,
        reason: Text { zh: "理由".into(), en: "a reason".into() },
        legal_basis: "a law".into(),
        filed_at: NOW.plus_s(-100),
        effective_from: NOW.plus_s(-50),
        expires_at: NOW.plus_s(86_400),
    });
    put(folder, "file.bin", &TrustList::sign(&body, &world.issuer).expect("signed"));
    put(folder, "body.bin", &minicbor::to_vec(&body).expect("encodes"));
    put(folder, "body.json.bin", &serde_json::to_vec(&body).expect("encodes"));
    let key = world.issuer.public_key().cose_key();
    put(folder, "key.bin", &key.to_bytes());
}

fn entry(fact: Fact) -> Entry {
    let member = MemberId::parse("330100.clinic-3").expect("a member");
    let own_id = OriginId::parse("urn:example:doses|77").expect("an id");
    let at = When::parse("2021-05-26T09:30:00+08:00").expect("a time");
    Entry {
        id: EntryId::of_record(&member, &own_id),
        person: PersonId::from_bytes([7; 16]),
        member,
        own_id: Some(own_id),
        region: region("330100"),
        source: Source::FirstHand,
        times: Times { performed: Some(at), admitted: NOW, ..Times::default() },
        replaces: None,
        fact,
    }
}

fn entries(folder: &Path) {
    let document = Document::parse(DocumentKind::ResidentId, "", "330106201503120014");
    let document = document.expect("a document");
    let text = "remarks";
    let facts = [
        ("dose", Fact::Vaccination(dose())),
        ("result", Fact::TestResult(result())),
        ("retraction", Fact::Retraction(text.into())),
        ("health", Fact::HealthDeclaration(HealthDeclaration::default())),
        ("trip", Fact::TripDeclaration(trip())),
        ("document", Fact::DocumentLinked(document.clone())),
        (
            "guardian",
            Fact::Guardian(Guardian {
                document,
                relation: Relation::Mother,
                name: Some(text.into()),
            }),
        ),
        ("persons", Fact::PersonsLinked(PersonId::from_bytes([8; 16]), text.into())),
        (
            "name",
            Fact::Demographics(Demographics {
                name: Some("王小明".into()),
                birth_date: Some(Date::from_epoch_day(16_506)),
                ..Demographics::default()
            }),
        ),
    ];
    for (name, fact) in facts {
        let entry = entry(fact);
        put(folder, &format!("{name}.bin"), &minicbor::to_vec(&entry).expect("encodes"));
        if name == "dose" {
            put(folder, "dose.json.bin", &serde_json::to_vec(&entry).expect("encodes"));
        }
    }
}

fn dose() -> Vaccination {
    Vaccination {
        vaccine: vec![Coding::new("http://hl7.org/fhir/sid/cvx", "03")],
        dose_number: Some(1),
        series_doses: Some(2),
        lot: Some("A1".into()),
        lot_expires: Some(Date::from_epoch_day(20_000)),
        manufacturer: Some(Coding::text("a factory")),
        site: None,
        route: None,
        amount: Some(Quantity { value: "0.5".into(), unit: Some("ml".into()) }),
        trace_code: None,
        performer: None,
        vaccinator: None,
        place: Some(region("330106")),
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    }
}

fn result() -> TestResult {
    TestResult {
        kind: TestKind::NucleicAcid,
        code: vec![Coding::new("http://loinc.org", "94500-6")],
        outcome: TestOutcome::Negative,
        value: None,
        agent: Some("sars-cov-2".into()),
        specimen: None,
        tube: Some("T1".into()),
        pool_size: Some(10),
        method: None,
        performer: None,
        place: None,
        note: None,
    }
}

fn trip() -> TripDeclaration {
    TripDeclaration {
        from: region("330106"),
        to: region("440103"),
        departs: Date::from_epoch_day(20_000),
        arrives: None,
        transport: Some("G85".into()),
    }
}

fn sheets(folder: &Path) {
    let sheet = concat!(
        r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr">"#,
        r#"<is><t>姓名</t></is></c><c t="str"><v>接种日期</v></c></row><row r="2"><c r="A2">"#,
        r#"<v>1</v></c><c r="B2" t="s"><v>1</v></c><c r="C2"><v>44341.5</v></c></row>"#,
        r#"</sheetData></worksheet>"#,
    );
    let strings = concat!(
        r#"<sst><si><t>记录编号</t></si><si><r><t>王&#x5c0f;_x000D_</t></r>"#,
        r#"<rPh><t>w</t></rPh></si></sst>"#,
    );
    let parts = [sheet.as_bytes(), strings.as_bytes()];
    put(folder, "packed.bin", &workbook(parts, CompressionMethod::Deflated));
    put(folder, "stored.bin", &workbook(parts, CompressionMethod::Stored));
    put(folder, "parts.bin", &parts.join(&0xff));
    let whole: Vec<&[u8]> =
        parts.into_iter().chain(hutong_fuzz::TEXTS[2..].iter().map(|t| t.as_bytes())).collect();
    put(folder, "whole.bin", &whole.join(&0xff));
    put(folder, "template.bin", &template_xlsx(Lang::Zh).expect("a template"));
}

/// A batch of one entry, and the same as a zstd frame of one raw block (RFC 8878 section 3.1.1).
fn wire(folder: &Path) {
    let entry = minicbor::to_vec(entry(Fact::Vaccination(dose()))).expect("encodes");
    let batch = [&[0x83, 0x81, 0x82, 0x01][..], &entry, &[0x01, 0xf4]].concat();
    put(folder, "batch.bin", &batch);
    let size = u8::try_from(batch.len()).expect("a small batch");
    let block = (u32::from(size) << 3 | 1).to_le_bytes();
    let head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, size];
    put(folder, "packed.bin", &[&head[..], &block[..3], &batch].concat());
}
