//! Status List Tokens: a status list, signed, as JWT or CWT (draft-ietf-oauth-status-list
//! section 5).

use super::{RevocationError, StatusList};
use crate::suite::{Algorithm, Sign, VerifyingKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_model::limits::REVOCATION_LIST_BYTES_MAX;
use minicbor::{Decoder, Encoder, data::Tag, data::Type};
use serde::{Deserialize, Serialize};

const JWT_TYPE: &str = "statuslist+jwt";
const CWT_TYPE: &str = "application/statuslist+cwt";
const TAG_SIGN1: u64 = 18;
const TAG_CWT: u64 = 61;
/// Claims of a CWT: RFC 8392 section 4, and the draft's own.
const SUB: u64 = 2;
const EXP: u64 = 4;
const IAT: u64 = 6;
const STATUS_LIST: u64 = 65_533;
const TTL: u64 = 65_534;

/// A status list and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusToken {
    /// The address by which certificates name it.
    pub uri: Box<str>,
    /// When it was issued, in seconds of Unix time.
    pub issued_at_s: i64,
    /// When it runs out, where it does.
    pub expires_at_s: Option<i64>,
    /// For how many seconds it may be kept before it is fetched again, where it says so.
    pub ttl_s: Option<u64>,
    /// The statuses.
    pub list: StatusList,
}

#[derive(Deserialize)]
struct Header<'h> {
    alg: &'h str,
    typ: &'h str,
    crit: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Box<str>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u64>,
    status_list: Statuses,
}

#[derive(Serialize, Deserialize)]
struct Statuses {
    bits: u64,
    lst: String,
}

impl StatusToken {
    /// Whether it may still be relied on.
    pub fn is_current(&self, now_s: i64) -> bool {
        self.expires_at_s.is_none_or(|end| now_s < end)
    }

    /// Opens a token in the form of a JWT that one of the keys signed.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn open_jwt(text: &str, keys: &[VerifyingKey]) -> Result<Self, RevocationError> {
        let text = text.trim_ascii();
        if text.len() > REVOCATION_LIST_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        let form = || RevocationError::Form("not a JWS");
        let (message, signature) = text.rsplit_once('.').ok_or_else(form)?;
        let (header, payload) = message.split_once('.').ok_or_else(form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| form());
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| form())?;
        if header.typ.strip_prefix("application/").unwrap_or(header.typ) != JWT_TYPE {
            return Err(RevocationError::Form("a token of another type"));
        }
        if header.crit.is_some() {
            return Err(RevocationError::Form("a critical header that is not known"));
        }
        let algorithm = Algorithm::parse(header.alg).ok_or(RevocationError::Key)?;
        check(algorithm, message.as_bytes(), &signature, keys)?;
        let claims: Claims = serde_json::from_slice(&payload)
            .map_err(|_| RevocationError::Form("claims of a status list are missing or wrong"))?;
        let packed = URL_SAFE_NO_PAD.decode(&claims.status_list.lst);
        let packed = packed.map_err(|_| RevocationError::Form("lst is no base64url"))?;
        Ok(Self {
            uri: claims.sub,
            issued_at_s: claims.iat,
            expires_at_s: claims.exp,
            ttl_s: claims.ttl,
            list: StatusList::unpack(claims.status_list.bits, &packed)?,
        })
    }

    /// Signs it as a JWT.
    ///
    /// # Errors
    /// [`RevocationError::Suite`] where the key fails.
    pub fn sign_jwt(&self, key: &dyn Sign) -> Result<String, RevocationError> {
        let (bits, lst) = (self.list.bits().into(), URL_SAFE_NO_PAD.encode(self.list.pack()));
        let claims = Claims {
            sub: self.uri.clone(),
            iat: self.issued_at_s,
            exp: self.expires_at_s,
            ttl: self.ttl_s,
            status_list: Statuses { bits, lst },
        };
        let (alg, kid) = (key.algorithm().as_str(), key.key_id().to_string());
        let header = serde_json::json!({"alg": alg, "kid": kid, "typ": JWT_TYPE}).to_string();
        let claims = serde_json::json!(claims).to_string();
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Opens a token in the form of a CWT that one of the keys signed.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn open_cwt(bytes: &[u8], keys: &[VerifyingKey]) -> Result<Self, RevocationError> {
        if bytes.len() > REVOCATION_LIST_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        let form = |_| RevocationError::Form("not a COSE_Sign1");
        let (protected, payload, signature) = sign1(bytes).map_err(form)?;
        let (algorithm, kind) = header(protected).map_err(form)?;
        if kind.strip_prefix("application/").unwrap_or(kind) != "statuslist+cwt" {
            return Err(RevocationError::Form("a token of another type"));
        }
        let algorithm = Algorithm::from_cose_id(algorithm).ok_or(RevocationError::Key)?;
        check(algorithm, &sig_structure(protected, payload), signature, keys)?;
        let (claims, packed) = claims(payload)
            .map_err(|_| RevocationError::Form("claims of a status list are missing or wrong"))?;
        let list = StatusList::unpack(claims.status_list.bits, packed)?;
        let Claims { sub: uri, iat: issued_at_s, exp: expires_at_s, ttl: ttl_s, .. } = claims;
        Ok(Self { uri, issued_at_s, expires_at_s, ttl_s, list })
    }

    /// Signs it as a CWT.
    ///
    /// # Errors
    /// [`RevocationError::Suite`] where the key fails.
    pub fn sign_cwt(&self, key: &dyn Sign) -> Result<Vec<u8>, RevocationError> {
        let mut protected = Vec::new();
        let mut e = Encoder::new(&mut protected);
        // INVARIANT: writing to a vector cannot fail, here and below.
        let _ = e
            .map(3)
            .and_then(|e| e.u8(1)?.i64(key.algorithm().cose_id())?.u8(4))
            .and_then(|e| e.bytes(key.key_id().as_bytes())?.u8(16)?.str(CWT_TYPE));
        let mut payload = Vec::new();
        let optional = u64::from(self.expires_at_s.is_some()) + u64::from(self.ttl_s.is_some());
        let mut e = Encoder::new(&mut payload);
        let _ = e.map(3 + optional).and_then(|e| e.u64(SUB)?.str(&self.uri));
        if let Some(end) = self.expires_at_s {
            let _ = e.u64(EXP).and_then(|e| e.i64(end));
        }
        let _ = e.u64(IAT).and_then(|e| e.i64(self.issued_at_s));
        let _ = e
            .u64(STATUS_LIST)
            .and_then(|e| e.map(2)?.str("bits")?.u8(self.list.bits())?.str("lst"))
            .and_then(|e| e.bytes(&self.list.pack()));
        if let Some(ttl) = self.ttl_s {
            let _ = e.u64(TTL).and_then(|e| e.u64(ttl));
        }
        let signature = key.sign(&sig_structure(&protected, &payload))?;
        let mut out = Vec::with_capacity(payload.len() + 128);
        let mut e = Encoder::new(&mut out);
        let _ = e
            .tag(Tag::new(TAG_SIGN1))
            .and_then(|e| e.array(4)?.bytes(&protected)?.map(0)?.bytes(&payload))
            .and_then(|e| e.bytes(&signature));
        Ok(out)
    }
}

fn check(
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
    keys: &[VerifyingKey],
) -> Result<(), RevocationError> {
    let mut fitting = keys.iter().filter(|key| key.algorithm() == algorithm).peekable();
    fitting.peek().ok_or(RevocationError::Key)?;
    let signed = fitting.any(|key| key.verify(message, signature).is_ok());
    if signed { Ok(()) } else { Err(RevocationError::Signature) }
}

type Cbor<T> = Result<T, minicbor::decode::Error>;

/// Protected header, payload and signature of a `COSE_Sign1`, tagged or not; what is unprotected
/// is passed over.
fn sign1(bytes: &[u8]) -> Cbor<(&[u8], &[u8], &[u8])> {
    let mut d = Decoder::new(bytes);
    while d.datatype()? == Type::Tag {
        if !matches!(d.tag()?.as_u64(), TAG_CWT | TAG_SIGN1) {
            return Err(minicbor::decode::Error::message("another tag"));
        }
    }
    if d.array()? != Some(4) {
        return Err(minicbor::decode::Error::message("not four parts"));
    }
    let protected = d.bytes()?;
    d.skip()?;
    let parts = (protected, d.bytes()?, d.bytes()?);
    if d.position() == bytes.len() {
        Ok(parts)
    } else {
        Err(minicbor::decode::Error::message("bytes after it"))
    }
}

/// Algorithm and type of a protected header.
fn header(bytes: &[u8]) -> Cbor<(i64, &str)> {
    let mut d = Decoder::new(bytes);
    let (mut algorithm, mut kind) = (None, None);
    for _ in 0..d.map()?.unwrap_or(0) {
        match d.i64()? {
            1 => algorithm = Some(d.i64()?),
            2 => return Err(minicbor::decode::Error::message("critical")),
            16 => kind = Some(d.str()?),
            _ => d.skip()?,
        }
    }
    algorithm.zip(kind).ok_or_else(|| minicbor::decode::Error::message("no algorithm or type"))
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(protected.len() + payload.len() + 32);
    let mut e = Encoder::new(&mut out);
    // INVARIANT: writing to a vector cannot fail.
    let _ =
        e.array(4).and_then(|e| e.str("Signature1")?.bytes(protected)?.bytes(&[])?.bytes(payload));
    out
}

/// The claims, and `lst` beside them, which is bytes here.
fn claims(payload: &[u8]) -> Cbor<(Claims, &[u8])> {
    let missing = || minicbor::decode::Error::message("a claim is missing");
    let mut d = Decoder::new(payload);
    let (mut sub, mut iat, mut exp, mut ttl, mut list) = (None, None, None, None, None);
    for _ in 0..d.map()?.ok_or_else(missing)? {
        match d.u64()? {
            SUB => sub = Some(d.str()?),
            IAT => iat = Some(d.i64()?),
            EXP => exp = Some(d.i64()?),
            TTL => ttl = Some(d.u64()?),
            STATUS_LIST => list = Some(statuses(&mut d)?),
            _ => d.skip()?,
        }
    }
    let (bits, packed) = list.ok_or_else(missing)?;
    let status_list = Statuses { bits, lst: String::new() };
    let (sub, iat) = (sub.ok_or_else(missing)?.into(), iat.ok_or_else(missing)?);
    Ok((Claims { sub, iat, exp, ttl, status_list }, packed))
}

fn statuses<'b>(d: &mut Decoder<'b>) -> Cbor<(u64, &'b [u8])> {
    let (mut bits, mut packed) = (None, None);
    for _ in 0..d.map()?.unwrap_or(0) {
        match d.str()? {
            "bits" => bits = Some(d.u64()?),
            "lst" => packed = Some(d.bytes()?),
            _ => d.skip()?,
        }
    }
    bits.zip(packed).ok_or_else(|| minicbor::decode::Error::message("no bits or lst"))
}
