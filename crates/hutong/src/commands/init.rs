//! `hutong init`.

use crate::{
    clock::OsEntropy,
    failure::{Exit, Failure},
    lang::Lang,
    sealing, show,
};
use clap::Args;
use hutong_code::{Algorithm, Sign, VerifyingKey};
use hutong_model::{MemberId, RegionCode};
use hutong_node::keys::{self, KeyUse};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Make the configuration and the keys of a new node, and say what to do next.
#[derive(Debug, Args)]
pub struct Init {
    /// Region that the node serves; 000000 for the root.
    #[arg(long, value_name = "CODE", value_parser = RegionCode::parse)]
    region: RegionCode,
    /// Its name, as shown to people.
    #[arg(long)]
    name: String,
    /// Folder of the configuration and, in data/, of keys and records.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// The node above; the root has none.
    #[arg(long, value_name = "URL", requires = "trust_anchor")]
    parent: Option<String>,
    /// The root's trust-list key, as `hutong keys anchor` prints it there.
    #[arg(long, value_name = "KEY", requires = "parent")]
    trust_anchor: Option<String>,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the node is reached from outside; the address listened on where absent.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Init {
    /// Makes the files.
    ///
    /// # Errors
    /// [`Failure`] where they are there already or cannot be written.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        self.check()?;
        let config = self.dir.join("node.toml");
        if config.exists() {
            return Err(Failure::setup(
                format!("{} is there already", config.display()),
                "choose another --dir, or remove it first; keys that are there are kept",
            ));
        }
        let data = self.dir.join("data");
        let folder = data.join("keys");
        keys::make_folder(&data)?;
        sealing::create_first(&folder, &OsEntropy)?;
        for key_use in KeyUse::ALL {
            // Whoever has nobody above signs the trust list.
            let is_needed = key_use != KeyUse::TrustList || self.parent.is_none();
            let known = keys::list(&folder)?.iter().any(|file| file.key_use == key_use);
            if is_needed && !known {
                keys::create(&folder, key_use, Algorithm::EdDsa)?;
            }
        }
        std::fs::write(&config, self.toml()?).map_err(|error| Failure::file(&config, &error))?;
        self.say_what_next(lang, &config, &folder)?;
        Ok(Exit::Ok)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.region == RegionCode::NATION && self.parent.is_some() {
            return Err(Failure::usage(
                "the root (000000) has no parent",
                "leave out --parent and --trust-anchor, or name another region",
            ));
        }
        if let Some(anchor) = &self.trust_anchor {
            read_anchor(anchor)?;
        }
        Ok(())
    }

    fn toml(&self) -> Result<String, Failure> {
        let mut node = toml::Table::new();
        node.insert("region".into(), self.region.as_str().into());
        node.insert("name".into(), self.name.clone().into());
        if let Some(url) = &self.public_url {
            node.insert("public_url".into(), url.trim_end_matches('/').into());
        }
        if let (Some(url), Some(anchor)) = (&self.parent, &self.trust_anchor) {
            let mut parent = toml::Table::new();
            parent.insert("url".into(), url.trim_end_matches('/').into());
            parent.insert("trust_anchor".into(), anchor.trim().into());
            node.insert("parent".into(), parent.into());
        }
        let mut table = toml::Table::new();
        table.insert("listen".into(), self.listen.to_string().into());
        table.insert("data_dir".into(), "data".into());
        table.insert("node".into(), node.into());
        let text = toml::to_string_pretty(&table)
            .map_err(|error| Failure::setup(format!("TOML: {error}"), ""))?;
        Ok(format!("# A Hutong node. Every setting is explained in docs/operations.md.\n{text}"))
    }

    fn say_what_next(&self, lang: Lang, config: &Path, folder: &Path) -> Result<(), Failure> {
        let shown = config.display();
        show::line(lang.pick(
            format!("已写入 {shown}，密钥在 {}（仅本用户可读，请备份）。", folder.display()),
            format!(
                "{shown} is written; the keys are in {} (only you may read them: back them up).",
                folder.display()
            ),
        ));
        if self.parent.is_some() {
            let key = keys::read_key(&newest(folder, KeyUse::Client)?)?;
            let set = key_set([key.public_key()]);
            let id = MemberId::of_node(self.region);
            show::line(lang.pick(
                "下一步：把下面的公钥集交给上级节点的管理员，由其执行：",
                "Next: give this key set to whoever runs the node above, who does:",
            ));
            show::line(format!(
                "  hutong member admit {id} --kind node --name {:?} --jwks FILE",
                self.name
            ));
            show::json(&set)?;
        } else {
            show::line(lang.pick(
                "下级节点加入时需要这个信任锚（hutong keys anchor 可再次显示）：",
                "Nodes below need this trust anchor (hutong keys anchor shows it again):",
            ));
            show::line(anchor_of(folder)?);
        }
        show::line(lang.pick("然后运行：", "Then run:"));
        show::line(format!("  hutong serve --config {shown}"));
        Ok(())
    }
}

/// The newest key file of a use.
///
/// # Errors
/// [`Failure`] where there is none.
pub fn newest(folder: &Path, key_use: KeyUse) -> Result<PathBuf, Failure> {
    keys::list(folder)?
        .into_iter()
        .filter(|file| file.key_use == key_use)
        .max_by_key(|file| file.number)
        .map(|file| file.path)
        .ok_or_else(|| {
            Failure::setup(
                format!("{}: no {} key", folder.display(), key_use.as_str()),
                format!("make one with: hutong keys new {}", key_use.as_str()),
            )
        })
}

/// A JSON Web Key Set of public keys.
pub fn key_set<'k>(keys: impl IntoIterator<Item = &'k VerifyingKey>) -> serde_json::Value {
    let keys: Vec<serde_json::Value> = keys
        .into_iter()
        .map(|key| {
            let mut jwk = key.to_jwk();
            if let Some(fields) = jwk.as_object_mut() {
                fields.insert("kid".into(), key.key_id().to_string().into());
                fields.insert("use".into(), "sig".into());
                fields.insert("alg".into(), key.algorithm().as_str().into());
            }
            jwk
        })
        .collect();
    serde_json::json!({ "keys": keys })
}

/// The trust anchor of the root whose keys lie in the folder.
///
/// # Errors
/// [`Failure`] where there is no trust-list key.
pub fn anchor_of(folder: &Path) -> Result<String, Failure> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let key = keys::read_key(&newest(folder, KeyUse::TrustList)?)?;
    Ok(URL_SAFE_NO_PAD.encode(key.public_key().cose_key().to_bytes()))
}

/// Reads a trust anchor.
///
/// # Errors
/// [`Failure`] where it is none.
pub fn read_anchor(text: &str) -> Result<VerifyingKey, Failure> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let wrong = |why: String| {
        Failure::usage(
            format!("the trust anchor is not one: {why}"),
            "copy what hutong keys anchor prints at the root",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|error| wrong(error.to_string()))?;
    VerifyingKey::from_cose_key(&bytes).map_err(|error| wrong(error.to_string()))
}
