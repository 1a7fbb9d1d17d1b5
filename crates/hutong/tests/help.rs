//! The help of every command is as it was looked at last (`TRYCMD=overwrite` writes it anew).

#[test]
fn help() {
    trycmd::TestCases::new()
        .default_bin_name("hutong")
        .env("HUTONG_LANG", "en")
        .env("COLUMNS", "100")
        .case("tests/cmd/*.trycmd");
}
