//! Vouchers of invented people.

#![allow(dead_code, reason = "each test binary uses a part")]

use hutong_voucher::{Code, Fonts, Line, Outcome, Person, Text, Voucher, limits};
use std::sync::OnceLock;

/// The fonts of this machine, read once.
pub fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::find(None).expect("fonts-noto-cjk, as bin/setup.sh installs it"))
}

/// A voucher of so many records and codes.
pub fn voucher(records: usize, codes: usize) -> Voucher {
    Voucher {
        person: Person {
            name: "陈晓雯".into(),
            latin_name: "CHEN XIAOWEN".into(),
            birth_date: "1987-03-21".into(),
            document: "3301**********2147".into(),
        },
        records: (0..records).map(record).collect(),
        codes: (0..codes).map(code).collect(),
        issuer: Text::new(
            "浙江省疾病预防控制中心",
            "Zhejiang Provincial Center for Disease Control and Prevention",
        ),
        issued_at: "2026-11-23 18:40".into(),
        expires_at: "2027-11-23".into(),
        reference: "HT-330000-7Q4M-2XKD".into(),
        how_to_verify: Text::new(
            "用互通核验程序或对应的国际核验程序扫描下列二维码；文字内容与扫码结果不一致时，以扫码结果为准。",
            "Scan the codes with Hutong or with the verifier of their kind. Where the text differs from what a code says, the code prevails.",
        ),
        made_at: "2026-11-23T10:40:00Z".parse().unwrap(),
    }
}

/// The record of this number.
pub fn record(index: usize) -> Line {
    let dose = |number, of| Outcome::Dose { number, of };
    let day = format!("{}-{:02}-{:02}", 2021 + index / 12, 1 + index % 12, 3 + index % 25);
    let (what, product, outcome, lot) = match index % 4 {
        0 => (
            Text::new("新型冠状病毒疫苗", "COVID-19 vaccine"),
            Text::new("众爱可来福（北京科兴中维）", "CoronaVac (Sinovac Biotech)"),
            dose(1 + u32::try_from(index / 4).unwrap(), Some(3)),
            "202104027J",
        ),
        1 => (
            Text::new("新型冠状病毒核酸检测", "SARS-CoV-2 nucleic acid test"),
            Text::new("", ""),
            Outcome::Result(Text::new("阴性", "Not detected")),
            "",
        ),
        2 => (
            Text::new("四价流感病毒裂解疫苗", "Influenza vaccine, quadrivalent, split virion"),
            Text::new("华兰生物", "Hualan Biological"),
            dose(1, None),
            "20210812-3",
        ),
        _ => (
            Text::new("乙型肝炎疫苗", "Hepatitis B vaccine"),
            Text::new("Engerix-B", "Engerix-B"),
            dose(2, Some(3)),
            "AHBVC801",
        ),
    };
    let place = Text::new(
        "杭州市西湖区北山街道社区卫生服务中心",
        "Beishan Community Health Centre, Hangzhou",
    );
    Line { date: day, what, product, outcome, lot: lot.into(), place }
}

/// The code of this number, of the kinds there are.
pub fn code(index: usize) -> Code {
    let (text, caption) = match index % 4 {
        0 => (dcc(600), Text::new("欧盟数字新冠证书", "EU Digital COVID Certificate")),
        1 => (shc(2_400), Text::new("SMART 健康卡", "SMART Health Card")),
        2 => (dcc(420).replace("HC1:", "HT1:"), Text::new("互通证明", "Hutong certificate")),
        _ => {
            ("https://verify.example.cn/v/7Q4M2XKD".into(), Text::new("在线核验", "Verify online"))
        }
    };
    let text = if index < 4 { text } else { format!("{text}{index}") };
    Code { text, caption }
}

/// A text in the alphanumeric set of QR symbols, of so many characters.
pub fn dcc(length: usize) -> String {
    let set: Vec<char> = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".chars().collect();
    let mut state = 7_usize;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        set[(state >> 33) % set.len()]
    };
    "HC1:".chars().chain(std::iter::repeat_with(&mut next)).take(length).collect()
}

/// A SMART Health Card of so many characters.
pub fn shc(length: usize) -> String {
    let digits = dcc(length).bytes().map(|byte| char::from(b'0' + byte % 10)).collect::<String>();
    format!("shc:/{}", &digits[..length - 5])
}

/// A voucher in which every text is as long as it may be.
pub fn longest() -> Voucher {
    let long = |piece: &str| piece.chars().cycle().take(limits::TEXT_CHARACTERS_MAX).collect();
    let short: String = "W".repeat(limits::SHORT_CHARACTERS_MAX);
    let text = Text { zh: long("新疆维吾尔自治区"), en: long("WWWWWWWWW ") };
    let mut voucher = voucher(0, 3);
    voucher.person.name = long("阿卜杜热合曼·");
    voucher.person.latin_name = long("W");
    voucher.person.birth_date = short.clone();
    voucher.person.document = short.clone();
    (voucher.issuer, voucher.reference) = (text.clone(), short.clone());
    (voucher.issued_at, voucher.expires_at) = (short.clone(), short.clone());
    for index in 0..4 {
        let mut line = record(index);
        (line.date, line.lot) = (short.clone(), short.clone());
        (line.what, line.product, line.place) = (text.clone(), text.clone(), text.clone());
        line.outcome = Outcome::Result(text.clone());
        voucher.records.push(line);
    }
    for code in &mut voucher.codes {
        code.caption = text.clone();
    }
    voucher
}
