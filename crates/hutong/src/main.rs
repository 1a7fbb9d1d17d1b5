//! The one executable: `hutong serve | demo | import | verify | doctor …`.

mod admin;
mod cli;
mod client;
mod clock;
mod commands;
mod config;
mod demo;
mod deployment;
mod failure;
mod import;
mod lang;
mod lines;
mod sealing;
mod server;
mod show;

use clap::Parser;
use std::process::ExitCode;

// A node makes and drops very many small things on every core: a fifth of its time went into the
// system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let lang = cli.lang();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => Err(failure::Failure::setup(format!("cannot start: {error}"), "")),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("{}{}", lang.pick("错误：", "error: "), failure.what);
            if !failure.remedy.is_empty() {
                eprintln!("{}{}", lang.pick("处理：", "what to do: "), failure.remedy);
            }
            failure.exit.into()
        }
    }
}
