//! The demonstration: a tree of nodes as real processes, and the story of one dose.
//!
//! ```text
//!                 000000 root ── serves 350000, which has no node
//!        ┌──────────┼───────────────┐
//!     330000     440000          520000: a code system of its own, not Hutong
//! ```

mod child;
mod people;
mod phone;
mod story;
mod teller;
mod tree;

use crate::{
    commands::demo::Demo,
    failure::{Exit, Failure},
    lang::Lang,
};
use teller::Teller;

/// Runs the demonstration.
///
/// # Errors
/// [`Failure`] where the processes cannot be started or die.
pub async fn run(demo: Demo, lang: Lang) -> Result<Exit, Failure> {
    let temporary;
    let folder = match &demo.dir {
        Some(folder) => {
            hutong_node::keys::make_folder(folder)?;
            folder.clone()
        }
        None => {
            temporary = tempfile::Builder::new()
                .prefix("hutong-demo-")
                .tempdir()
                .map_err(|error| Failure::setup(format!("a temporary folder: {error}"), ""))?;
            temporary.path().to_path_buf()
        }
    };
    let folder = std::path::absolute(&folder).map_err(|error| Failure::file(&folder, &error))?;
    let mut teller = Teller::new(lang);
    let told = tell(&demo, &folder, &mut teller).await;
    match told {
        Ok(()) => Ok(if teller.end() { Exit::Ok } else { Exit::Wrong }),
        Err(failure) => {
            teller.end();
            Err(failure)
        }
    }
}

async fn tell(demo: &Demo, folder: &std::path::Path, teller: &mut Teller) -> Result<(), Failure> {
    let mut tree = tree::Tree::start(folder, demo.port_base, teller).await?;
    story::tell(demo, &mut tree, teller).await?;
    if !demo.once {
        story::try_yourself(&tree, teller);
        let _ = tokio::signal::ctrl_c().await;
    }
    tree.stop().await;
    Ok(())
}
