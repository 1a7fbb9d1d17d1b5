//! Reasons: why a level is what it is, and why a verification answers what it does. A closed
//! table of codes with a sentence in Chinese and in English, and what clears it where something
//! can. Numbers are never used again for another meaning.
//!
//! Numbers below 1000 are reasons of a level and travel in assertions; from 1000 on they are a
//! verifier's own.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A reason by its number. An assertion of a newer issuer may carry one that is not in the table:
/// it is kept and shown by its number, for an unknown reason does not make a code false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonCode(u16);

/// A reason as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonText {
    /// The stable name, such as `close-contact`.
    pub code: Cow<'static, str>,
    /// The sentence in Chinese.
    pub zh: Cow<'static, str>,
    /// The sentence in English.
    pub en: Cow<'static, str>,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// The number.
    pub number: u16,
    /// The stable name.
    pub name: &'static str,
    /// The sentence in Chinese and in English.
    pub text: [&'static str; 2],
    /// What clears it, in Chinese and in English, where something can.
    pub clears: Option<[&'static str; 2]>,
}

impl ReasonCode {
    /// The reason with this number, in the table or not.
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }
    /// The reason with this name.
    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| Self(row.number))
    }
    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
    /// Its row of the table; none for a number of a newer table.
    pub fn row(self) -> Option<&'static Reason> {
        let index = TABLE.binary_search_by_key(&self.0, |row| row.number).ok()?;
        TABLE.get(index)
    }
    /// What is shown for it.
    pub fn text(self) -> ReasonText {
        match self.row() {
            Some(row) => {
                ReasonText { code: row.name.into(), zh: row.text[0].into(), en: row.text[1].into() }
            }
            None => ReasonText {
                code: format!("reason-{}", self.0).into(),
                zh: format!("其他原因（编号 {}），请更新验码程序后查看说明。", self.0).into(),
                en: format!("Another reason (number {}); update the verifier to read it.", self.0)
                    .into(),
            },
        }
    }
    /// What clears it, where something can.
    pub fn clears(self) -> Option<ReasonText> {
        let row = self.row()?;
        let [zh, en] = row.clears?;
        Some(ReasonText { code: row.name.into(), zh: zh.into(), en: en.into() })
    }
}

/// All reasons, by number.
pub const fn table() -> &'static [Reason] {
    TABLE
}

/// Makes the table and one constant for each row.
macro_rules! reasons {
    ($($number:literal $constant:ident $name:literal $zh:literal $en:literal
       $([$clear_zh:literal $clear_en:literal])?;)*) => {
        impl ReasonCode {
            $(#[doc = $en] pub const $constant: ReasonCode = ReasonCode($number);)*
        }
        static TABLE: &[Reason] = &[$(Reason {
            number: $number,
            name: $name,
            text: [$zh, $en],
            clears: reasons!(@clears $($clear_zh $clear_en)?),
        },)*];
    };
    (@clears) => { None };
    (@clears $zh:literal $en:literal) => { Some([$zh, $en]) };
}

reasons! {
    1 NOTHING_AGAINST "nothing-against"
        "未见异常。" "Nothing stands against the person.";
    2 TEST_POSITIVE "test-positive"
        "核酸检测结果阳性。" "A nucleic-acid test was positive."
        ["治疗康复并按规定核酸检测阴性后解除。" "Recovery, and negative tests as the rules ask."];
    3 ANTIGEN_POSITIVE "antigen-positive"
        "抗原检测结果阳性，待核酸复核。" "An antigen test was positive and awaits confirmation."
        ["核酸检测结果阴性后解除。" "A negative nucleic-acid test."];
    4 POOLED_POSITIVE "pooled-positive"
        "混采管检测异常，待单管复核。" "The pooled tube was abnormal; each person awaits a single test."
        ["单管核酸检测结果阴性后解除。" "A negative single-tube nucleic-acid test."];
    5 TEST_INCONCLUSIVE "test-inconclusive"
        "核酸检测结果可疑，待复核。" "A nucleic-acid test was inconclusive."
        ["复核结果阴性后解除。" "A negative repeat test."];
    6 TEST_PENDING "test-pending"
        "已采样，尚未出具结果。" "A sample was taken and has no result yet."
        ["检测结果出具后自动更新。" "The result, once it is reported."];
    7 TEST_OVERDUE "test-overdue"
        "在规定时间内没有核酸检测结果。" "No nucleic-acid test within the time that the rules ask."
        ["完成一次核酸检测且结果阴性后解除。" "One negative nucleic-acid test."];
    8 DIAGNOSIS_CONFIRMED "diagnosis-confirmed"
        "确诊病例，处于治疗或隔离期。" "A confirmed case, under treatment or isolation."
        ["出院并完成规定的隔离后解除。" "Discharge and the isolation that the rules ask."];
    9 CLOSE_CONTACT "close-contact"
        "密切接触者，处于管理期。" "A close contact within the period of observation."
        ["管理期满且检测阴性后解除。" "The end of the period, with negative tests."];
    10 SECONDARY_CONTACT "secondary-contact"
        "密接的密接，处于管理期。" "A contact of a close contact, within the period of observation."
        ["管理期满且检测阴性后解除。" "The end of the period, with negative tests."];
    11 RISK_AREA "risk-area"
        "近期到过风险区域。" "A recent stay in a listed risk area."
        ["离开风险区域满规定天数或按规定检测阴性后解除。"
         "The days that the rules ask after leaving, or negative tests."];
    12 ARRIVAL_ABROAD "arrival-abroad"
        "入境人员，处于健康观察期。" "Arrived from abroad, within the period of observation."
        ["观察期满且检测阴性后解除。" "The end of the period, with negative tests."];
    13 SYMPTOMS "symptoms"
        "本人申报发热或其他相关症状。" "The person declared fever or other symptoms."
        ["核酸检测阴性，或症状消失后重新申报。"
         "A negative test, or a new declaration when symptoms have gone."];
    14 CONTACT_DECLARED "contact-declared"
        "本人申报曾接触病例。" "The person declared contact with a case."
        ["按规定检测阴性后解除。" "Negative tests as the rules ask."];
    15 RESTRICTION_FILED "restriction-filed"
        "经两家单位共同认定的管控措施，附法律依据和期限。"
        "A restriction filed by two organisations with legal basis and expiry."
        ["期满自动解除，可提出申诉。" "Its expiry, or an appeal."];
    16 DECLARATION_OVERDUE "declaration-overdue"
        "未在规定时间内完成健康申报。" "No health declaration within the time that the rules ask."
        ["完成一次健康申报后解除。" "A health declaration."];
    17 TEST_NEGATIVE "test-negative"
        "规定时间内核酸检测结果阴性。" "A negative nucleic-acid test within the time asked.";
    18 VACCINATION_COMPLETE "vaccination-complete"
        "已完成疫苗接种。" "The vaccination is complete.";
    19 RESTRICTION_LAPSED "restriction-lapsed"
        "原管控已到期，自动失效。" "An earlier restriction has run out.";
    1000 IN_FORCE "in-force"
        "签名有效，且在有效期内。" "The signatures are right and the code is in force.";
    1001 NOT_A_CODE "not-a-code"
        "不是可识别的健康码。" "Not a code of any known kind.";
    1002 FORMAT_NOT_SUPPORTED "format-not-supported"
        "这是其他体系的凭证，本验码程序暂不能核验。"
        "A certificate of another system that this verifier cannot check.";
    1003 MALFORMED "malformed"
        "码的内容损坏或格式不符。" "The code is damaged or of the wrong form."
        ["请重新亮码或重新扫描。" "Show or scan the code again."];
    1004 TOO_LARGE "too-large"
        "码的内容超过允许长度。" "The code is longer than permitted.";
    1005 ALGORITHM_UNKNOWN "algorithm-unknown"
        "签名算法不在本验码程序支持范围内。" "Signed by an algorithm that this verifier does not know."
        ["请更新验码程序。" "Update the verifier."];
    1006 KEY_UNKNOWN "key-unknown"
        "信任名单中没有该签发机构的密钥。" "The trust list has no such key of this issuer."
        ["请更新信任名单后重试。" "Update the trust list and try again."];
    1007 KEY_SUSPENDED "key-suspended"
        "签发机构的密钥已被暂停使用。" "The issuer's key is suspended."
        ["请重新申请亮码。" "Fetch the code again from its issuer."];
    1008 KEY_NOT_IN_FORCE "key-not-in-force"
        "签发时该密钥不在有效期内。" "The key was not in force when the code was issued."
        ["请重新申请亮码。" "Fetch the code again from its issuer."];
    1009 KEY_PURPOSE "key-purpose"
        "该密钥无权签发此类码。" "The key is not admitted for codes of this kind.";
    1010 TRUST_LIST_EXPIRED "trust-list-expired"
        "信任名单过期，无法核验。" "The trust list is too old to check with."
        ["请联网更新信任名单。" "Go online and update the trust list."];
    1011 TRUST_LIST_GRACE "trust-list-grace"
        "信任名单不是最新，结果供参考，请尽快更新。"
        "The trust list is not fresh; update it soon."
        ["请联网更新信任名单。" "Go online and update the trust list."];
    1012 TRUST_LIST_FUTURE "trust-list-future"
        "信任名单的时间晚于本机时间，请校准时钟。"
        "The trust list is from the future; set this device's clock."
        ["请校准本机时间。" "Set the clock."];
    1013 SIGNATURE_WRONG "signature-wrong"
        "签发机构的签名不符，码不真实。" "The issuer's signature is wrong: the code is not authentic.";
    1014 EXPIRED "expired"
        "码已超过有效期。" "The code has run out."
        ["请刷新后重新亮码。" "Renew the code and show it again."];
    1015 ISSUED_IN_FUTURE "issued-in-future"
        "签发时间晚于当前时间。" "Issued in the future.";
    1016 DEVICE_SIGNATURE_MISSING "device-signature-missing"
        "缺少本机实时签名，可能是截屏或复制件。"
        "No fresh signature of the device: a copy, not a live code."
        ["请在本人手机上实时亮码。" "Show the code live on the person's own phone."];
    1017 DEVICE_SIGNATURE_WRONG "device-signature-wrong"
        "本机签名不符，码可能被冒用。" "The device's signature is wrong: the code may be another's."
        ["请在本人手机上实时亮码。" "Show the code live on the person's own phone."];
    1018 PRESENTATION_STALE "presentation-stale"
        "亮码时间过久，可能是截屏。" "Shown too long ago: perhaps a screenshot."
        ["请重新亮码。" "Show the code again."];
    1019 PRESENTATION_FUTURE "presentation-future"
        "亮码时间晚于当前时间，请校准手机时钟。"
        "Shown in the future: the phone's clock is wrong."
        ["请校准手机时间后重新亮码。" "Set the phone's clock and show the code again."];
    1020 PRESENTATION_BEFORE_ISSUE "presentation-before-issue"
        "亮码时间早于签发时间。" "Shown before it was issued.";
    1021 NONCE_MISMATCH "nonce-mismatch"
        "亮码没有回应本次验码请求。" "The code does not answer this verifier's challenge."
        ["请按验码端提示重新亮码。" "Show the code again for this verifier."];
    1022 PAPER "paper"
        "纸质码：请核对姓名和证件。" "A paper code: compare the name and document.";
    1023 EXCEPTION_IN_FORCE "exception-in-force"
        "本地已备案暂不互认，见备案内容。" "Not recognised here under a filed exception.";
    1024 NEEDS_CALLBACK "needs-callback"
        "其他地区的码，需联网向签发系统核验。"
        "A code of another system, to be checked online with its issuer."
        ["请联网核验。" "Check online."];
    1025 ADAPTER_PATTERN "adapter-pattern"
        "不符合该地区码的格式。" "Not of the form that codes of that region have.";
    1026 STATUS_REVOKED "revoked"
        "码已被签发机构撤销。" "Withdrawn by its issuer."
        ["请刷新后重新亮码。" "Renew the code and show it again."];
    1027 CALLBACK_FAILED "callback-failed"
        "签发系统未能及时答复。" "The issuer's system did not answer in time."
        ["请稍后重试。" "Try again later."];
    1028 NOT_KNOWN "not-known"
        "签发系统查无此码。" "The issuer's system does not know this code.";
    1029 REPLAYED "replayed"
        "同一次亮码已被使用过。" "This very presentation was used before."
        ["请重新亮码。" "Show the code again."];
    1030 CALLBACK_CONFIRMED "callback-confirmed"
        "已由签发系统在线核验。" "Checked online with the issuer's system.";
    1031 SUPERSEDED "superseded"
        "亮码签发后情况已有变化，以最新结果为准。"
        "Something has changed since the code was issued; this is the state now."
        ["请刷新后重新亮码。" "Renew the code and show it again."];
    1032 NOT_REFRESHED "not-refreshed"
        "未能联网核对最新状态，结果以签发时为准。"
        "The state now could not be asked for; this is the state when the code was issued.";
    1033 NO_LEDGER_LINE "no-ledger-line"
        "等级未登记在签发机构的公开台账中，不予采信。"
        "The issuer's public ledger holds no line for this level: it does not count."
        ["请刷新后重新亮码。" "Renew the code and show it again."];
    1100 KEY_ID_MISSING "key-id-missing"
        "凭证没有注明签发密钥。" "The certificate does not say which key signed it.";
    1101 NOT_YET_VALID "not-yet-valid"
        "凭证尚未生效。" "The certificate is not in force yet.";
    1102 SCHEMA "schema"
        "凭证内容不符合其规范。" "The content does not follow its specification.";
    1103 KEY_COUNTRY "key-country"
        "该密钥不属于凭证所称的签发机构。" "The key is not that of the issuer that the certificate names.";
    1104 KEY_KIND "key-kind"
        "密钥类型与签名算法不符。" "The key is not of the kind that the signature algorithm needs.";
    1105 UNSIGNED "unsigned"
        "凭证没有受保护的签名算法，视为未签名。"
        "No signature algorithm is stated where it is signed: the certificate counts as unsigned.";
    1106 CHAIN_UNKNOWN "chain-unknown"
        "签发者证书不能追溯到受信任的机构。"
        "The signer's certificate does not lead to a trusted authority."
        ["请导入该国的根证书后重试。" "Import that country's root certificate and try again."];
    1107 CHAIN_BROKEN "chain-broken"
        "证书链不完整或签名不符。" "The chain of certificates is broken.";
    1108 SUITE_NOT_SUPPORTED "suite-not-supported"
        "该签名方式本程序无法离线核验，内容仅供参考。"
        "Signed in a way that cannot be checked here; the content is only what it claims."
        ["请通过签发机构的网站核验。" "Check with the issuer's own service."];
    1109 LINK "link"
        "这是健康信息链接，内容需联网获取。"
        "A link to health information; what it leads to has to be fetched."
        ["请联网打开链接。" "Open the link online."];
    1110 CHUNK_MISSING "chunk-missing"
        "该凭证由多个二维码组成，还缺其他部分。"
        "One of several codes of a certificate; the others are missing."
        ["请依次扫描全部二维码。" "Scan all of its codes."];
    1111 NO_CODE_IN_PICTURE "no-code-in-picture"
        "图片中没有可识别的二维码。" "There is no readable code in the picture."
        ["请在光线充足处重新拍摄。" "Take the picture again in better light."];
    1112 KEY_ENCRYPTION "key-encryption"
        "内容已加密，缺少或不符解密密钥。" "The content is encrypted, and not with this key.";
    1113 KEY_WEAK "key-weak"
        "签发密钥过短，签名不可信赖。" "The issuer's key is too short to be relied on.";
    1130 SIGNER_REVOKED "signer-revoked"
        "签发者的证书已被其上级机构吊销。" "The authority above the signer has revoked its certificate.";
}
