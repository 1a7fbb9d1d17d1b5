//! Why nothing was read.

/// A file gave no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The content is neither PNG, JPEG nor PDF.
    #[error("neither a PNG or JPEG picture nor a PDF document")]
    UnknownFormat,
    /// Reading it would take more than is allowed. Nothing was allocated for it.
    #[error("too large: more than {max} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: u64,
    },
    /// The file breaks off, or contradicts its own format.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The document opens only with a password.
    #[error("the document is locked with a password")]
    Locked,
    /// The picture was read, and no QR code in it.
    #[error("no readable QR code found; a sharper, larger or brighter picture may help")]
    NothingFound,
}
