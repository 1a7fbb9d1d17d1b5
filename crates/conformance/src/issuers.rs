//! Those who sign in the vectors: made anew for each kit.

use crate::{KitError, TrustFile};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{
    Algorithm, Sign, SigningKey, TrustList, TrustListBody,
    foreign::keys::Certificate,
    issue::jwks,
    trust::{KeyPurpose, RegionService, TrustedKey},
};
use hutong_model::{Date, RegionCode, Timestamp};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd,
};
use serde_json::json;

/// Where the cards are from.
pub(crate) const CARDS_AT: &str = "https://cards.example/conformance";
const DAYS: i32 = 365;

/// A signer of EU certificates.
pub(crate) struct Signer {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

impl Signer {
    /// The key id.
    pub(crate) fn id(&self) -> [u8; 8] {
        self.certificate.key_id()
    }
}

/// All of them.
pub(crate) struct Issuers {
    /// Of CN, for every kind of certificate.
    pub(crate) all: Signer,
    /// Of CN, admitted for tests alone.
    pub(crate) tests_only: Signer,
    /// Of SG.
    pub(crate) abroad: Signer,
    /// Of CN; its certificate has run out.
    pub(crate) over: Signer,
    /// Nobody trusts it.
    pub(crate) unknown: Signer,
    /// Of SMART Health Cards.
    pub(crate) cards: SigningKey,
    /// Of cards; nobody trusts it.
    pub(crate) unknown_cards: SigningKey,
    /// Of our own certificates, for region 330000.
    pub(crate) own: SigningKey,
    /// The root, which signs the trust list.
    root: SigningKey,
}

impl Issuers {
    pub(crate) fn make(at: Timestamp) -> Result<Self, KitError> {
        let today = at.utc_date();
        let (from, until) = (today.plus_days(-DAYS), today.plus_days(DAYS));
        let p256 = || SigningKey::generate(Algorithm::Es256).map_err(|e| failed(&e));
        let ed25519 = || SigningKey::generate(Algorithm::EdDsa).map_err(|e| failed(&e));
        Ok(Self {
            all: signer("CN", &[1, 2, 3], from, until)?,
            tests_only: signer("CN", &[1], from, until)?,
            abroad: signer("SG", &[1, 2, 3], from, until)?,
            over: signer("CN", &[1, 2, 3], from.plus_days(-DAYS), today.plus_days(-1))?,
            unknown: signer("CN", &[1, 2, 3], from, until)?,
            cards: p256()?,
            unknown_cards: p256()?,
            own: ed25519()?,
            root: ed25519()?,
        })
    }

    /// Who signs the trust list.
    pub(crate) fn anchor(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.root.public_key().cose_key().to_bytes())
    }

    /// The files of whom to trust.
    pub(crate) fn trust(&self, at: Timestamp) -> Result<Vec<TrustFile>, KitError> {
        let entry = |signer: &Signer| {
            json!({
                "certificateType": "DSC",
                "country": signer.certificate.country(),
                "kid": STANDARD.encode(signer.id()),
                "rawData": STANDARD.encode(signer.certificate.der()),
            })
        };
        let trusted = [&self.all, &self.tests_only, &self.abroad, &self.over];
        let eu = json!(trusted.map(entry)).to_string().into_bytes();
        let keys = [self.cards.public_key().clone()];
        let mut cards = jwks::key_set(&keys).map_err(|e| failed(&e))?;
        cards["iss"] = CARDS_AT.into();
        Ok(vec![
            TrustFile { name: "eu-signers.json", content: eu },
            TrustFile { name: "cards-keys.json", content: cards.to_string().into_bytes() },
            TrustFile { name: "hutong.list", content: self.own_list(at)? },
        ])
    }

    fn own_list(&self, at: Timestamp) -> Result<Vec<u8>, KitError> {
        let region = own_region()?;
        let key = self.own.public_key().cose_key();
        let from = at.plus_s(-30 * 86_400);
        let purposes = [KeyPurpose::Assertion, KeyPurpose::Paper];
        let body = TrustListBody {
            generation: 1,
            made_at: at.plus_s(-60),
            issuer: RegionCode::NATION,
            fresh_s: 86_400,
            grace_s: 6 * 86_400,
            keys: vec![TrustedKey::new(region, key, &purposes, from)],
            regions: vec![RegionService { region, issuer: region }],
            adapters: Vec::new(),
            exceptions: Vec::new(),
        };
        TrustList::sign(&body, &self.root).map_err(|e| failed(&e))
    }
}

/// The region whose certificates of ours there are.
pub(crate) fn own_region() -> Result<RegionCode, KitError> {
    RegionCode::parse("330000").map_err(|e| failed(&e))
}

/// A key and its certificate, admitted for usages by number: tests, vaccinations, recoveries.
fn signer(country: &str, usages: &[u64], from: Date, until: Date) -> Result<Signer, KitError> {
    let key = SigningKey::generate(Algorithm::Es256).map_err(|e| failed(&e))?;
    let pkcs8 = key.to_pkcs8().map_err(|e| failed(&e))?;
    let pair = KeyPair::try_from(pkcs8.as_slice()).map_err(|e| failed(&e))?;
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, country);
    name.push(DnType::CommonName, "Hutong conformance kit");
    params.distinguished_name = name;
    let oid = |number: &u64| vec![1, 3, 6, 1, 4, 1, 1847, 2021, 1, *number];
    params.extended_key_usages =
        usages.iter().map(|number| ExtendedKeyUsagePurpose::Other(oid(number))).collect();
    let day = |date: Date| {
        let (year, month, day) = date.year_month_day();
        date_time_ymd(year, month, day)
    };
    (params.not_before, params.not_after) = (day(from), day(until));
    let signed = params.self_signed(&pair).map_err(|e| failed(&e))?;
    let certificate = Certificate::from_der(signed.der()).map_err(|e| failed(&e))?;
    Ok(Signer { key, certificate })
}

fn failed(error: &dyn std::fmt::Display) -> KitError {
    KitError::of("keys")(error)
}
