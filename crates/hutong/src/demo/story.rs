//! The story, chapter by chapter.

mod codes;
mod ending;
mod kill;
mod operations;
mod others;
mod records;
mod setting;
mod together;

pub use ending::try_yourself;

use super::{teller::Teller, tree::Tree};
use crate::{commands::demo::Demo, failure::Failure};
use setting::Setting;

/// Tells it.
///
/// # Errors
/// [`Failure`] where a process dies or does not answer; a check that fails is no error.
pub async fn tell(demo: &Demo, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    let setting = Setting::make(demo, tree, teller).await?;
    records::tell(&setting, tree, teller).await?;
    kill::tell(&setting, tree, teller).await?;
    if let Some(data) = &demo.data {
        records::more(data, &setting, teller).await?;
    }
    let resident = together::tell(&setting, tree, teller).await?;
    let held = codes::tell(&setting, &resident, tree, teller).await?;
    others::tell(&setting, tree, teller).await?;
    operations::tell(&setting, &resident, &held, tree, teller).await?;
    ending::keep(&setting, &resident, tree)
}
