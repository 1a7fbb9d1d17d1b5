//! Residents: signing in, their codes, their records, who looked, what they declare and dispute.

pub(crate) mod accesses;
pub(crate) mod certificates;
pub(crate) mod check_ins;
pub(crate) mod claims;
pub(crate) mod codes;
pub(crate) mod correction_requests;
pub(crate) mod declarations;
pub(crate) mod devices;
pub(crate) mod grants;
pub(crate) mod health_information;
pub(crate) mod me;
pub(crate) mod notices;
pub(crate) mod records;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod tasks;
pub(crate) mod vouchers;
