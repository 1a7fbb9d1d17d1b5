//! Schemas that a program does not know, and whether it may work with them.
//!
//! A schema is widened in one release (`expand_…`: a new table, column or index, which programs
//! that do not know it can leave alone) and narrowed in a later one (any other name), when no
//! program of the earlier release runs any more. So a program works on with a store that a newer
//! one has only widened, and the two may run beside each other while a deployment is brought up to
//! date.

use refinery::{Error, Migration, Runner, error::Kind};

/// How the names of migrations begin that programs before them need not know.
pub(crate) const EXPAND: &str = "expand_";

/// Whether a store was refused only for migrations that this program does not know, and all of
/// them only widened the schema.
pub(crate) fn only_widened(refused: &Error, known: &Runner, applied: &[Migration]) -> bool {
    let is_unknown = |one: &&Migration| {
        known.get_migrations().iter().all(|ours| ours.version() != one.version())
    };
    matches!(refused.kind(), Kind::MissingVersion(_))
        && applied.iter().filter(is_unknown).all(|one| one.name().starts_with(EXPAND))
}
