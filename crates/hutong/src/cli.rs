//! The command line: one file a command, in `commands/`.

use crate::{commands, failure::Exit, failure::Failure, lang::Lang};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Hutong: health codes recognised and vaccination and test records read across regions.
#[derive(Debug, Parser)]
#[command(name = "hutong", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Language of the messages; the environment's own where absent.
    #[arg(long, global = true, value_enum, env = "HUTONG_LANG")]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the configuration and the keys of a new node
    Init(commands::init::Init),
    /// Run a node
    Serve(commands::serve::Serve),
    /// Admit, suspend and list members
    Member(commands::member::Member),
    /// Make, rotate and list keys
    Keys(commands::keys::Keys),
    /// Describe code systems that are not Hutong
    Adapter(commands::adapter::AdapterCommand),
    /// File and list exceptions to recognition
    Exception(commands::exception::ExceptionCommand),
    /// Declare, renew, end and list public-health events
    Event(commands::event::Event),
    /// Whose keys count: the trust list, and files of other systems
    Trust(commands::trust::Trust),
    /// The certificate by which this node signs certificates for other systems
    Certificate(commands::certificate::CertificateCommand),
    /// Prove a verifier with vectors, right and wrong
    Conformance(commands::conformance::Conformance),
    /// Bring in records from files
    Import(commands::import::Import),
    /// Write an empty spreadsheet to be filled in and imported
    Template(commands::template::Template),
    /// Write the region's own records to a file
    Export(commands::export::Export),
    /// Copy the store while the node runs
    Backup(commands::backup::Backup),
    /// Put a copy in the place of the store
    Restore(commands::restore::Restore),
    /// Copy a whole store, or spread a new one over several servers
    Store(commands::store::StoreCommand),
    /// Compare what was passed up with the parent, and mend differences
    Reconcile(commands::reconcile::Reconcile),
    /// Count doses, results, uploads, delays and refused rows
    Counts(commands::counts::CountsCommand),
    /// Count everything again and compare with the counters
    Recount(commands::recount::Recount),
    /// Show how the node stands
    Status(commands::status::Status),
    /// Find out why a deployment does not work
    Doctor(commands::doctor::Doctor),
    /// Verify codes from standard input without a network
    Verify(commands::verify::Verify),
    /// Evaluate `CertLogic` over data from standard input
    Certlogic(commands::certlogic::Certlogic),
    /// Rule packs, by which levels are decided, and acceptance rules of certificates
    Rules(commands::rules::Rules),
    /// Evaluate immunization histories and forecast what is due
    Forecast(commands::forecast::Forecast),
    /// The editions of immunization programmes, what regions add, and what nobody has checked yet
    Programme(commands::programme::ProgrammeCommand),
    /// Check a public ledger with its public files alone
    Ledger(commands::ledger::Ledger),
    /// Have a node verify codes
    Recognise(commands::recognise::Recognise),
    /// Get an access token for a member's key
    Token(commands::token::Token),
    /// Make a member's key and the key set to hand in
    Key(commands::key::Key),
    /// Write a synthetic population
    Simulate(commands::simulate::Simulate),
    /// Run a whole tree of nodes on this machine and tell the story of one dose
    Demo(commands::demo::Demo),
    /// Print the `OpenAPI` document
    #[command(hide = true)]
    Openapi,
}

/// Which deployment a command is about.
#[derive(Debug, Clone, Args)]
pub struct Deployed {
    /// The configuration of the node.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HUTONG_CONFIG",
        default_value = "node.toml"
    )]
    pub config: PathBuf,
}

impl Cli {
    /// The language of the messages.
    pub fn lang(&self) -> Lang {
        Lang::choose(self.lang)
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] where it could not be done.
    pub async fn run(self) -> Result<Exit, Failure> {
        let lang = self.lang();
        match self.command {
            Command::Init(command) => command.run(lang),
            Command::Serve(command) => command.run().await,
            Command::Member(command) => command.run(lang).await,
            Command::Keys(command) => command.run(lang),
            Command::Adapter(command) => command.run(lang).await,
            Command::Exception(command) => command.run(lang).await,
            Command::Event(command) => command.run(lang).await,
            Command::Trust(command) => command.run(lang).await,
            Command::Certificate(command) => command.run(lang).await,
            Command::Import(command) => command.run(lang).await,
            Command::Template(command) => command.run(lang),
            Command::Export(command) => command.run(lang).await,
            Command::Backup(command) => command.run(lang).await,
            Command::Restore(command) => command.run(lang).await,
            Command::Store(command) => command.run(lang).await,
            Command::Reconcile(command) => command.run(lang).await,
            Command::Counts(command) => command.run(lang).await,
            Command::Recount(command) => command.run(lang).await,
            Command::Status(command) => command.run(lang).await,
            Command::Doctor(command) => command.run(lang).await,
            Command::Verify(command) => command.run(lang),
            Command::Certlogic(command) => command.run(lang),
            Command::Conformance(command) => command.run(lang),
            Command::Forecast(command) => command.run(lang),
            Command::Programme(command) => command.run(lang).await,
            Command::Ledger(command) => command.run(lang),
            Command::Rules(command) => command.run(lang).await,
            Command::Recognise(command) => command.run(lang).await,
            Command::Token(command) => command.run().await,
            Command::Key(command) => command.run(lang),
            Command::Simulate(command) => command.run(lang).await,
            Command::Demo(command) => command.run(lang).await,
            Command::Openapi => commands::openapi::run(),
        }
    }
}
