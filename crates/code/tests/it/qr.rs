//! The QR symbol: small enough, and read back by another implementation.

use crate::{World, label};
use hutong_code::qr::{TEXT_CHARACTERS_MAX, VERSION_MAX};
use hutong_code::{Algorithm, Qr};

/// The text that a scanner reads from the symbol.
fn scan(qr: &Qr) -> String {
    let (scale, quiet) = (4, 4);
    let side = (qr.size() + 2 * quiet) * scale;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        match ((x / scale).checked_sub(quiet), (y / scale).checked_sub(quiet)) {
            (Some(x), Some(y)) if qr.is_dark(x, y) => 0,
            _ => 255,
        }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    let (meta, text) = grids[0].decode().expect("decode");
    assert_eq!(meta.version.0, usize::from(qr.version()));
    // 0 is M in the format information.
    assert_eq!(meta.ecc_level, 0);
    text
}

#[test]
fn presentations_fit_and_scan() {
    for issuer in Algorithm::ALL {
        for device in Algorithm::ALL {
            let world = World::new(issuer, device);
            let text = world.show(&world.claims());
            let qr = Qr::encode(&text).expect("qr");
            assert!(qr.version() <= VERSION_MAX, "version {}", qr.version());
            assert!(text.len() <= TEXT_CHARACTERS_MAX, "{} characters", text.len());
            assert_eq!(scan(&qr), text);
        }
    }
}

#[test]
fn long_labels_still_fit() {
    let world = World::new(Algorithm::EdDsa, Algorithm::Es256);
    let mut claims = world.claims();
    let standing = claims.standing.as_mut().expect("standing");
    standing.event = label(&"e".repeat(32));
    standing.pack.id = label(&"p".repeat(24));
    let qr = Qr::encode(&world.show(&claims)).expect("qr");
    assert!(qr.version() <= VERSION_MAX, "version {}", qr.version());
}

#[test]
fn paper_codes_fit_and_scan() {
    let world = World::new(Algorithm::Es256, Algorithm::EdDsa);
    let text = world.paper();
    let qr = Qr::encode(&text).expect("qr");
    assert!(qr.version() <= VERSION_MAX);
    assert_eq!(scan(&qr), text);
}

#[test]
fn version_15_holds_600_characters() {
    let full = "A".repeat(TEXT_CHARACTERS_MAX);
    assert_eq!(Qr::encode(&full).expect("qr").version(), VERSION_MAX);
    assert_eq!(Qr::encode(&format!("{full}A")).expect("qr").version(), VERSION_MAX + 1);
    assert!(Qr::encode(&"A".repeat(16_000)).is_err());
}

#[test]
fn pictures_have_their_quiet_zone() {
    let qr = Qr::encode("HT1:ABC").expect("qr");
    let side = qr.size() + 8;
    assert!(qr.svg().contains(&format!("viewBox=\"0 0 {side} {side}\"")));
    let lines: Vec<String> = qr.terminal().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), side.div_ceil(2));
    assert!(lines.iter().all(|line| line.chars().count() == side));
    assert!(lines[0].chars().all(|c| c == '█'));
}
