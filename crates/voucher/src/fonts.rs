//! The fonts: found in the system, never part of this repository.
//!
//! A subset with the characters that occur is embedded in each document.

use crate::{VoucherError, limits::FONT_BYTES_MAX};
use skrifa::{FontRef, MetadataProvider as _, raw::FileRef, string::StringId};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The package that [`Fonts::find`] asks for: Noto Sans CJK, SIL Open Font License 1.1.
pub const PACKAGE: &str = "fonts-noto-cjk";

/// Where packages and systems put fonts that have Chinese characters: regular and bold.
const PLACES: [(&str, &str); 10] = [
    // Debian and Ubuntu, fonts-noto-cjk
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    ),
    // Fedora, Arch
    (
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    ),
    (
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    ),
    // macOS
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", ""),
    ("/System/Library/Fonts/STHeiti Light.ttc", "/System/Library/Fonts/STHeiti Medium.ttc"),
    // Windows
    ("C:\\Windows\\Fonts\\msyh.ttc", "C:\\Windows\\Fonts\\msyhbd.ttc"),
    ("C:\\Windows\\Fonts\\simhei.ttf", ""),
    // Debian and Ubuntu: fonts-wqy-microhei, fonts-wqy-zenhei, fonts-droid-fallback
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", ""),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", ""),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", ""),
];

/// Characters that a font must have to be of use here.
const NEEDED: [char; 6] = ['证', '疫', '苗', 'A', 'g', '0'];

/// One face of a font file.
#[derive(Clone)]
pub(crate) struct Face {
    data: Arc<Vec<u8>>,
    index: u32,
    embedded: krilla::text::Font,
}

impl Face {
    fn parse(bytes: Vec<u8>) -> Result<Self, VoucherError> {
        let index = best_face(&bytes).ok_or(VoucherError::FontUnsuitable)?;
        let data = Arc::new(bytes);
        let embedded = krilla::text::Font::new(data.clone().into(), index)
            .ok_or(VoucherError::FontUnsuitable)?;
        Ok(Self { data, index, embedded })
    }

    /// The face for reading. It was read once already, in [`Face::parse`].
    pub(crate) fn reader(&self) -> Result<FontRef<'_>, VoucherError> {
        FontRef::from_index(&self.data, self.index).map_err(|_| VoucherError::FontUnsuitable)
    }

    /// The face as the writer of PDF takes it.
    pub(crate) fn embedded(&self) -> krilla::text::Font {
        self.embedded.clone()
    }
}

/// The fonts of a voucher: read once, used for any number of documents.
#[derive(Clone)]
pub struct Fonts {
    pub(crate) regular: Face,
    pub(crate) bold: Face,
}

impl Fonts {
    /// Takes fonts from bytes (TrueType, OpenType or a collection of them). Without a bold one the
    /// regular one is used throughout. Of a collection, the face for simplified Chinese is taken.
    ///
    /// # Errors
    /// [`VoucherError::FontUnsuitable`] when the bytes are no font with Chinese characters.
    pub fn parse(regular: Vec<u8>, bold: Option<Vec<u8>>) -> Result<Self, VoucherError> {
        let regular = Face::parse(regular)?;
        let bold = bold.map_or_else(|| Ok(regular.clone()), Face::parse)?;
        Ok(Self { regular, bold })
    }

    /// Looks for fonts: the explicit file alone where there is one (with the bold one beside it,
    /// named alike), otherwise where the packages of Debian, Fedora and Arch, macOS and Windows
    /// put them. The only function of this crate that reads files.
    ///
    /// # Errors
    /// [`VoucherError::FontsMissing`] names what to install; [`VoucherError::FontUnreadable`] and
    /// [`VoucherError::FontUnsuitable`] are about the explicit file.
    pub fn find(explicit: Option<&Path>) -> Result<Self, VoucherError> {
        if let Some(path) = explicit {
            let bold = bold_beside(path).map(|bold| read(&bold)).transpose()?;
            return Self::parse(read(path)?, bold);
        }
        Self::find_in(&PLACES)
    }

    /// The first of these places with fonts that serve.
    fn find_in(places: &[(&str, &str)]) -> Result<Self, VoucherError> {
        places
            .iter()
            .filter(|(regular, _)| Path::new(regular).is_file())
            .find_map(|(regular, bold)| {
                Self::parse(read(Path::new(regular)).ok()?, read(Path::new(bold)).ok()).ok()
            })
            .ok_or(VoucherError::FontsMissing { package: PACKAGE })
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (regular, bold) = (self.regular.data.len(), self.bold.data.len());
        write!(f, "Fonts({regular} and {bold} bytes)")
    }
}

/// The file beside this one that is named as its bold.
fn bold_beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let bold = path.with_file_name(name.replace("Regular", "Bold"));
    (name.contains("Regular") && bold.is_file()).then_some(bold)
}

fn read(path: &Path) -> Result<Vec<u8>, VoucherError> {
    let unreadable =
        |reason: String| VoucherError::FontUnreadable { path: path.to_owned(), reason };
    let size = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > FONT_BYTES_MAX {
        return Err(unreadable(format!("larger than {FONT_BYTES_MAX} bytes")));
    }
    fs::read(path).map_err(|error| unreadable(error.to_string()))
}

/// The face for simplified Chinese, or else the first that has the characters needed.
fn best_face(bytes: &[u8]) -> Option<u32> {
    let suits = |font: &FontRef<'_>| NEEDED.iter().all(|c| font.charmap().map(*c).is_some());
    let faces: Vec<FontRef<'_>> = FileRef::new(bytes).ok()?.fonts().flatten().collect();
    let simplified = faces.iter().position(|font| suits(font) && is_simplified(font));
    let index = simplified.or_else(|| faces.iter().position(suits))?;
    u32::try_from(index).ok()
}

/// Whether the family is named as the one for mainland China, as in "Noto Sans CJK SC".
fn is_simplified(font: &FontRef<'_>) -> bool {
    font.localized_strings(StringId::FAMILY_NAME)
        .any(|name| name.chars().collect::<String>().ends_with(" SC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_are_none() {
        let missing = VoucherError::FontsMissing { package: PACKAGE };
        assert_eq!(Fonts::find_in(&[]).unwrap_err(), missing);
        let no_font = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let nowhere = [("/nowhere/font.ttc", ""), (no_font, "")];
        assert_eq!(Fonts::find_in(&nowhere).unwrap_err(), missing);
        assert!(missing.to_string().contains("apt-get install fonts-noto-cjk"), "{missing}");
    }
}
