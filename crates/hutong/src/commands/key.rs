//! `hutong key`: what a member's own system needs to sign in.

use super::init::key_set;
use super::keys::AlgorithmName;
use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_code::{Sign, SigningKey};
use std::path::PathBuf;

/// Make a member's private key (PKCS#8, PEM) and print the key set to hand to the node's operator,
/// who gives it to `hutong member admit --jwks`.
#[derive(Debug, Args)]
pub struct Key {
    /// File of the private key; it must not exist
    file: PathBuf,
    /// Its algorithm
    #[arg(long, value_enum, default_value = "ed25519")]
    algorithm: AlgorithmName,
    /// Print the key set of a key that is there
    #[arg(long)]
    show: bool,
}

impl Key {
    /// Makes the key.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be written.
    pub fn run(self, _: Lang) -> Result<Exit, Failure> {
        let key = if self.show {
            crate::client::read_key(&self.file)?
        } else {
            let unusable = |e: hutong_code::SuiteError| Failure::setup(e.to_string(), "");
            let key = SigningKey::generate(self.algorithm.into()).map_err(unusable)?;
            let pem = key.to_pem().map_err(unusable)?;
            hutong_node::keys::write_secret(&self.file, pem.as_bytes())?;
            key
        };
        show::json(&key_set([key.public_key()]))?;
        Ok(Exit::Ok)
    }
}
