//! `hutong token`.

use crate::{
    client::{Client, Server, read_key},
    failure::{Exit, Failure},
    show,
};
use clap::Args;
use hutong_model::{MemberId, Purpose};
use std::{path::PathBuf, sync::Arc};

/// How a member signs in at a node.
#[derive(Debug, Clone, Args)]
pub struct SignIn {
    /// The node
    #[arg(long, value_name = "URL")]
    server: String,
    /// The member's id
    #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
    client_id: MemberId,
    /// Its private key (PKCS#8)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Certificates that the node's own must chain to, in PEM; the system's where absent
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl SignIn {
    /// The same from its parts.
    pub fn of(server: String, client_id: MemberId, key: PathBuf, ca: Option<PathBuf>) -> Self {
        Self { server, client_id, key, ca }
    }

    /// The client.
    ///
    /// # Errors
    /// [`Failure`] where key or certificates cannot be read.
    pub fn client(&self, purpose: Purpose) -> Result<Client, Failure> {
        let server = Server::new(&self.server, self.ca.as_deref())?;
        let key = Arc::new(read_key(&self.key)?);
        Ok(Client::new(server, self.client_id.clone(), key, purpose))
    }
}

/// Get an access token for a member's key.
#[derive(Debug, Args)]
pub struct Token {
    #[command(flatten)]
    sign_in: SignIn,
    /// Why it is asked for; checked with each request
    #[arg(long, default_value = "TREAT", value_parser = purpose)]
    purpose: Purpose,
    /// Print a curl configuration (curl -K -) instead of the token alone
    #[arg(long)]
    curl: bool,
    /// Print the whole answer
    #[arg(long, conflicts_with = "curl")]
    json: bool,
}

/// Reads a purpose.
///
/// # Errors
/// The words that there are.
pub fn purpose(text: &str) -> Result<Purpose, String> {
    Purpose::parse(&text.to_ascii_uppercase()).ok_or_else(|| {
        let words: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
        format!("one of {}", words.join(", "))
    })
}

impl Token {
    /// Gets and prints it.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses or does not answer.
    pub async fn run(self) -> Result<Exit, Failure> {
        let (token, expires_at) = self.sign_in.client(self.purpose)?.token().await?;
        if self.json {
            show::json(&serde_json::json!({ "access_token": token, "expires_at": expires_at }))?;
        } else if self.curl {
            show::line(format!("header = \"Authorization: Bearer {token}\""));
            show::line(format!("header = \"Hutong-Purpose: {}\"", self.purpose.as_str()));
        } else {
            show::line(token);
        }
        Ok(Exit::Ok)
    }
}
