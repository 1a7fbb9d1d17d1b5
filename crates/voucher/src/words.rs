//! The fixed words of a voucher, in both languages.

/// A fixed text: Chinese, English.
pub(crate) type Word = (&'static str, &'static str);

pub(crate) const TITLE: Word =
    ("疫苗接种与检测结果凭证", "Voucher of Vaccinations and Test Results");
pub(crate) const NAME: Word = ("姓名", "Name");
pub(crate) const BIRTH_DATE: Word = ("出生日期", "Date of birth");
pub(crate) const DOCUMENT: Word = ("证件号码", "Document number");
pub(crate) const ISSUED: Word = ("签发时间", "Issued");
pub(crate) const EXPIRES: Word = ("有效期至", "Valid until");
pub(crate) const REFERENCE: Word = ("凭证编号", "Reference");
pub(crate) const RECORDS: Word = ("接种与检测记录", "Records");
pub(crate) const NO_RECORDS: Word = ("无记录", "No records");
pub(crate) const DATE: Word = ("日期", "Date");
pub(crate) const WHAT: Word = ("疫苗或检测", "Vaccine or test");
pub(crate) const OUTCOME: Word = ("剂次／结果", "Dose / result");
pub(crate) const LOT: Word = ("批号", "Lot");
pub(crate) const PLACE: Word = ("机构", "Institution");
pub(crate) const CODES: Word = ("核验二维码", "Codes to verify");
pub(crate) const CODE: Word = ("二维码", "QR code");

/// Which dose of how many.
pub(crate) fn dose(number: u32, of: Option<u32>) -> (String, String) {
    match of {
        Some(of) => (format!("第 {number} 剂，共 {of} 剂"), format!("Dose {number} of {of}")),
        None => (format!("第 {number} 剂"), format!("Dose {number}")),
    }
}

/// Which page of how many.
pub(crate) fn page(number: usize, of: usize) -> (String, String) {
    (format!("第 {number} 页，共 {of} 页"), format!("Page {number} of {of}"))
}

/// How many records there are in all, where a card shows the newest alone.
pub(crate) fn newest(shown: usize, of: usize) -> (String, String) {
    if shown == of {
        return (format!("{of} 条记录"), format!("records: {of}"));
    }
    (format!("最近 {shown} 条，共 {of} 条记录"), format!("newest {shown} of {of} records"))
}
