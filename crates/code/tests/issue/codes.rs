//! From our catalogue to the value sets of the EU.

use hutong_code::issue::vaccine_codes::vaccine_codes_by_name;
use hutong_code::issue::{VaccineCodes, vaccine_codes};

const CVX: &str = "http://hl7.org/fhir/sid/cvx";
const CN: &str = "urn:hutong:cs:cn-vaccine";

/// Target, kind, product, maker; empty where there is none.
fn plain(codes: &VaccineCodes) -> [&str; 4] {
    let all = [&codes.target, &codes.vaccine, &codes.product, &codes.maker];
    all.map(|coded| coded.as_ref().map_or("", |coded| &coded.code))
}

#[track_caller]
fn leads(system: &str, code: &str, maker: Option<&str>, expected: [&str; 4]) {
    let codes = vaccine_codes(system, code, maker).expect("in the catalogue");
    assert_eq!(plain(&codes), expected, "{code} {maker:?}");
}

const COVID: &str = "840539006";
const INACTIVATED: &str = "1157024006";
const GENERAL: &str = "28531000087107";

#[test]
fn codes_of_one_product() {
    leads(CVX, "208", None, [COVID, "1119349007", "EU/1/20/1528", "ORG-100030215"]);
    leads(CVX, "300", None, [COVID, "1119349007", "EU/1/20/1528", "ORG-100030215"]);
    leads(CVX, "511", None, [COVID, INACTIVATED, "CoronaVac", "Sinovac-Biotech"]);
    leads(CVX, "510", None, [COVID, INACTIVATED, "BBIBP-CorV", "ORG-100020693"]);
    leads(CVX, "506", None, [COVID, "29061000087103", "Convidecia", "ORG-100013793"]);
    // Licensed makers share a code.
    let covishield = [COVID, "29061000087103", "Covishield", "ORG-100001981"];
    leads(CVX, "210", Some("Serum Institute of India"), covishield);
    leads(CVX, "210", None, [COVID, "29061000087103", "EU/1/21/1529", "ORG-100001699"]);
    // Withdrawn from the value set: its successor. Never listed: no product.
    leads(CVX, "518", None, [COVID, GENERAL, "EU/1/21/1624", "ORG-100036422"]);
    leads(CVX, "516", None, [COVID, GENERAL, "", ""]);
}

#[test]
fn codes_of_a_kind_need_the_maker() {
    leads(CN, "COVID-I", None, [COVID, INACTIVATED, "", ""]);
    for (maker, product) in [
        ("北京科兴中维生物技术有限公司", "CoronaVac"),
        ("Sinovac-Biotech", "CoronaVac"),
        ("北京生物制品研究所有限责任公司", "BBIBP-CorV"),
        ("武汉生物制品研究所有限责任公司", "WIBP-CorV"),
    ] {
        let codes = vaccine_codes(CN, "COVID-I", Some(maker)).expect("in the catalogue");
        assert_eq!(plain(&codes)[1..3], [INACTIVATED, product], "{maker}");
    }
    leads(CN, "COVID-I", Some("深圳康泰生物"), [COVID, INACTIVATED, "", ""]);
    // One product was ever admitted under this name; several under that.
    leads(CN, "COVID-AD5", None, [COVID, "29061000087103", "Convidecia", "ORG-100013793"]);
    leads(CN, "COVID-CHO", None, [COVID, GENERAL, "", ""]);
    let nvsi = Some("国药中生生物技术研究院");
    leads(CN, "COVID-CHO", nvsi, [COVID, GENERAL, "NVSI-06-08", "NVSI"]);
    leads(CN, "COVID-MRNA", None, [COVID, "1119349007", "", ""]);
    leads(CN, "COVID", None, [COVID, GENERAL, "", ""]);
}

#[test]
fn other_vaccines() {
    leads(CVX, "184", None, ["16541001", "XM0N24", "", ""]);
    leads(CN, "HEPB", None, ["", "", "", ""]);
    leads(CN, "BOPV", None, ["398102009", "", "", ""]);
    assert_eq!(vaccine_codes(CN, "NONE-SUCH", None), None);
}

#[test]
fn names_that_china_admits() {
    let by = |name: &str, maker| vaccine_codes_by_name(name, maker);
    let codes = by("重组新型冠状病毒疫苗（5型腺病毒载体）", None).expect("known");
    assert_eq!(plain(&codes)[2], "Convidecia");
    let codes = by("新型冠状病毒灭活疫苗（Vero细胞）", Some("科兴")).expect("known");
    assert_eq!(plain(&codes)[2], "CoronaVac");
    let codes = by("重组新型冠状病毒2价（Alpha/Beta变异株）S三聚体蛋白疫苗", None).expect("known");
    assert_eq!(plain(&codes)[2..], ["SCTV01C", "ORG-100026614"]);
    assert_eq!(by("无此疫苗", None), None);
}
