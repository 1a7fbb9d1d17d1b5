//! Signing in for members: OAuth 2.0 client credentials with a signed JWT (RFC 7523; SMART App
//! Launch 2.2, Backend Services).

mod assertion;
pub(crate) mod smart_configuration;
pub(crate) mod token;

pub(crate) use assertion::ALGORITHMS;
