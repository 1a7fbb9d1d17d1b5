//! What levels are decided by, for everybody to read; and what members file and approve.

pub(crate) mod areas;
pub(crate) mod events;
pub(crate) mod filings;
pub(crate) mod packs;
pub(crate) mod variations;
