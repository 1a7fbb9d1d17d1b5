//! Writes vouchers of invented people into a folder, to be looked at and scanned.
//!
//! ```text
//! cargo run --release -p hutong-voucher --example vouchers -- FOLDER [FONT]
//! ```

#[path = "../tests/common/mod.rs"]
mod common;

use hutong_voucher::{Fonts, Lang, Size, Voucher, render};
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let fonts = Fonts::find(arguments.next().as_deref().map(Path::new))?;
    std::fs::create_dir_all(&folder)?;
    let write = |name: &str, voucher: &Voucher, size: Size, lang: Lang| {
        let pdf =
            render(voucher, size, lang, &fonts).map_err(|error| format!("{name}: {error}"))?;
        let path = folder.join(format!("{name}.pdf"));
        println!("{} {} bytes", path.display(), pdf.len());
        std::fs::write(path, pdf).map_err(|error| error.to_string())
    };
    for (records, codes) in [(1, 1), (5, 3), (5, 4), (40, 2), (0, 0)] {
        let name = format!("{records}-records-{codes}-codes");
        let voucher = common::voucher(records, codes);
        write(&format!("a4-{name}"), &voucher, Size::A4, Lang::Both)?;
        write(&format!("wallet-{name}"), &voucher, Size::Wallet, Lang::Both)?;
    }
    let mut voucher = common::voucher(5, 3);
    write("a4-zh", &voucher, Size::A4, Lang::Zh)?;
    write("a4-en", &voucher, Size::A4, Lang::En)?;
    write("wallet-en", &voucher, Size::Wallet, Lang::En)?;
    voucher.person.name = "阿卜杜热合曼·买买提明".into();
    voucher.person.latin_name = "ABDURAHMAN MEMETIMIN".into();
    write("a4-long-name", &voucher, Size::A4, Lang::Both)?;
    write("wallet-long-name", &voucher, Size::Wallet, Lang::Both)?;
    let voucher = common::longest();
    write("a4-longest", &voucher, Size::A4, Lang::Both)?;
    write("wallet-longest", &voucher, Size::Wallet, Lang::Both)?;
    Ok(())
}
