//! Why there is no voucher.

use std::path::PathBuf;

/// A voucher was not made. Says which part is at fault, never what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VoucherError {
    /// None of the usual places holds a font with Chinese characters.
    #[error("no font with Chinese characters found; install one: apt-get install {package}")]
    FontsMissing {
        /// The package of Debian and its kin.
        package: &'static str,
    },
    /// A font file is missing, larger than the limit, or not to be read.
    #[error("the font {} cannot be read: {reason}", path.display())]
    FontUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The bytes are no font, or a font without Chinese characters.
    #[error("not a font that has Chinese and Latin characters")]
    FontUnsuitable,
    /// There are more than the limit.
    #[error("more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A text is longer than the limit.
    #[error("{what} is longer than {max} characters")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How many characters it may have.
        max: usize,
    },
    /// This code has no text. An empty symbol would look like one that verifies.
    #[error("code {number} is empty")]
    CodeEmpty {
        /// Which code, from 1.
        number: usize,
    },
    /// No QR symbol holds the text of this code.
    #[error("code {number} does not fit a QR symbol")]
    CodeTooLong {
        /// Which code, from 1.
        number: usize,
    },
    /// On a card the modules of this code would be too small to scan.
    #[error("code {number} is too dense for a card; print the voucher on A4")]
    CodeTooDense {
        /// Which code, from 1.
        number: usize,
    },
    /// The document breaks a rule of PDF/A or PDF/UA, or the font may not be embedded.
    #[error("the document cannot be written: {0}")]
    Document(&'static str),
}
