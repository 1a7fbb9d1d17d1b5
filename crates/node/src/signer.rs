//! The key that signs certificates for other systems, and its X.509 certificate (a document signer
//! of the EU DCC, Commission Implementing Decision 2021/1073, annex IV). The node signs one for
//! itself; the one that a national authority has signed is put in its place.

use crate::{Node, NodeError};
use hutong_code::{
    Sign, SigningKey,
    foreign::keys::{Certificate, ForeignKeys},
    issue::jwks,
};
use hutong_model::{Issue, IssueCode};
use parking_lot::RwLock;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

const SETTING: &str = "signer-certificate";
/// How long a certificate that the node signs for itself is in force, in days: two years, as
/// annex IV of the decision has it for signers.
const SELF_SIGNED_DAYS: i32 = 730;
/// Tests, vaccinations, recoveries: object identifiers of the extended key usages.
const USAGES: [&[u64]; 3] = [
    &[1, 3, 6, 1, 4, 1, 1847, 2021, 1, 1],
    &[1, 3, 6, 1, 4, 1, 1847, 2021, 1, 2],
    &[1, 3, 6, 1, 4, 1, 1847, 2021, 1, 3],
];

/// The certificate that is held, in PEM.
#[derive(Serialize, Deserialize)]
struct Held {
    pem: String,
}

/// The key and its certificate.
pub(crate) struct Signer {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) certificate: Certificate,
}

/// The signer of a node; none where it has no key for it.
#[derive(Default)]
pub(crate) struct SignerPlace(RwLock<Option<Arc<Signer>>>);

impl Node {
    /// The signer.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the node has no such key.
    pub(crate) fn signer(&self) -> Result<Arc<Signer>, NodeError> {
        self.signer.0.read().clone().ok_or_else(|| {
            let how = "this node has no key for certificates; make one with: hutong keys new \
                       certificate, and restart it";
            NodeError::Setup(how.into())
        })
    }

    /// At start: takes the certificate that is held for the present key, else signs one.
    pub(crate) async fn prepare_signer(&self) -> Result<(), NodeError> {
        let Some(key) = self.keys.certificate() else { return Ok(()) };
        let held = match self.store.setting(SETTING).await? {
            Some(text) => serde_json::from_str::<Held>(&text).ok(),
            None => None,
        };
        let held = held.and_then(|held| parse(&held.pem).ok());
        if let Some(certificate) = held.filter(|held| is_of(held, key)) {
            self.put_signer(key.clone(), certificate);
            return Ok(());
        }
        let pem = self.self_signed(key)?;
        let certificate = parse(&pem)?;
        self.keep_signer(pem).await?;
        self.put_signer(key.clone(), certificate);
        Ok(())
    }

    /// The certificate in PEM, to hand to those who are to trust it.
    ///
    /// # Errors
    /// [`NodeError`] where there is none.
    pub async fn signer_certificate(&self) -> Result<String, NodeError> {
        self.signer()?;
        let text = self.store.setting(SETTING).await?.unwrap_or_default();
        let held: Held = serde_json::from_str(&text).map_err(|e| broken(&e))?;
        Ok(held.pem)
    }

    /// A request for a certificate (PKCS #10, RFC 2986), in PEM.
    ///
    /// # Errors
    /// [`NodeError`] where there is no key.
    pub fn signer_request(&self) -> Result<String, NodeError> {
        let signer = self.signer()?;
        let request = self.params().serialize_request(&key_pair(&signer.key)?);
        request.and_then(|request| request.pem()).map_err(|e| broken(&e))
    }

    /// Puts a certificate that an authority has signed in the place of the present one.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it is no certificate, another key's, or not in force.
    pub async fn install_signer_certificate(&self, pem: &str) -> Result<(), NodeError> {
        let signer = self.signer()?;
        let certificate = parse(pem).map_err(|_| refused("not an X.509 certificate in PEM"))?;
        if !is_of(&certificate, &signer.key) {
            return Err(refused("the certificate of another key: ask with the node's own request"));
        }
        if !certificate.in_window(self.now()) {
            return Err(refused("not in force now"));
        }
        self.keep_signer(pem.to_owned()).await?;
        self.put_signer(signer.key.clone(), certificate);
        Ok(())
    }

    /// The public keys by which SMART Health Cards of this node verify (`jwks.json`).
    ///
    /// # Errors
    /// [`NodeError`] where a key is none of ES256.
    pub fn signer_jwks(&self) -> Result<Value, NodeError> {
        let keys: Vec<_> =
            self.keys.certificates().iter().map(|key| key.public_key().clone()).collect();
        jwks::key_set(&keys).map_err(|e| broken(&e))
    }

    /// What other verifiers are given to trust, for this node's own: the certificate and the keys.
    pub(crate) async fn own_trust(&self) -> Result<Vec<Vec<u8>>, NodeError> {
        if self.signer.0.read().is_none() {
            return Ok(Vec::new());
        }
        let mut keys = self.signer_jwks()?;
        keys["iss"] = self.settings.public_url.as_str().into();
        Ok(vec![self.signer_certificate().await?.into_bytes(), keys.to_string().into_bytes()])
    }

    fn put_signer(&self, key: Arc<SigningKey>, certificate: Certificate) {
        *self.signer.0.write() = Some(Arc::new(Signer { key, certificate }));
    }

    async fn keep_signer(&self, pem: String) -> Result<(), NodeError> {
        let text = serde_json::to_string(&Held { pem }).map_err(|e| broken(&e))?;
        Ok(self.store.set_setting(SETTING, &text).await?)
    }

    fn self_signed(&self, key: &SigningKey) -> Result<String, NodeError> {
        let mut params = self.params();
        // From the beginning of the day: clocks differ a little.
        let today = self.now().utc_date();
        let (year, month, day) = today.year_month_day();
        params.not_before = date_time_ymd(year, month, day);
        let (year, month, day) = today.plus_days(SELF_SIGNED_DAYS).year_month_day();
        params.not_after = date_time_ymd(year, month, day);
        let signed = params.self_signed(&key_pair(key)?).map_err(|e| broken(&e))?;
        Ok(signed.pem())
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, self.settings.country.as_str());
        name.push(DnType::OrganizationName, self.settings.name.as_str());
        name.push(DnType::CommonName, format!("Hutong {}", self.settings.region));
        params.distinguished_name = name;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            USAGES.iter().map(|oid| ExtendedKeyUsagePurpose::Other(oid.to_vec())).collect();
        if let Ok(address) = self.settings.public_url.as_str().try_into() {
            params.subject_alt_names = vec![SanType::URI(address)];
        }
        params
    }
}

fn key_pair(key: &SigningKey) -> Result<KeyPair, NodeError> {
    let pkcs8 = key.to_pkcs8().map_err(|e| broken(&e))?;
    KeyPair::try_from(pkcs8.as_slice()).map_err(|e| broken(&e))
}

/// The one certificate of a PEM file.
fn parse(pem: &str) -> Result<Certificate, NodeError> {
    let mut keys = ForeignKeys::default();
    keys.add_file(pem.as_bytes()).map_err(|e| broken(&e))?;
    match keys.authorities() {
        [certificate] => Ok(certificate.clone()),
        _ => Err(refused("one certificate in PEM is needed")),
    }
}

/// Whether a certificate is that of a key.
fn is_of(certificate: &Certificate, key: &SigningKey) -> bool {
    key_pair(key).is_ok_and(|pair| pair.der_bytes() == certificate.public().bytes())
}

fn broken(error: &dyn std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("the signer's certificate: {error}"))
}

fn refused(reason: &'static str) -> NodeError {
    NodeError::input(Issue::error(IssueCode::BusinessRule, "certificate", reason, ""))
}
