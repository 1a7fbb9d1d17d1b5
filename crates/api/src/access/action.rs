//! What a member can ask of a node: a closed set. Each endpoint names one, by type.

/// An endpoint's action, as a type parameter of [`Caller`](super::Caller).
pub trait Permission: Send + Sync + 'static {
    /// The action that the policies decide about.
    const ACTION: Action;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $needs:ident, $default:expr;)*) => {
        /// What a member asks to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Action] = &[$(Self::$name),*];

            /// Its id in the policies.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
            /// What the token's scopes must permit.
            pub const fn needs(self) -> Needs {
                match self { $(Self::$name => Needs::$needs),* }
            }
            /// The purpose taken where the request names none and the member has it. None where a
            /// purpose must be named.
            pub const fn default_purpose(self) -> Option<hutong_model::Purpose> {
                match self { $(Self::$name => $default),* }
            }
        }

        /// One type for each action.
        pub mod may {
            $(
                #[doc = concat!("Permission for [`Action::", stringify!($name), "`](super::Action::", stringify!($name), ").")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl super::Permission for $name {
                    const ACTION: super::Action = super::Action::$name;
                }
            )*
        }
    };
}

/// What an action needs of the token's scopes (SMART App Launch 2.2, `system/*.cruds`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// `c`, `u` or `d`.
    Write,
    /// `r` or `s`.
    Read,
}

use hutong_model::Purpose;

actions! {
    /// Admit records.
    Admit = "admit", Write, Some(Purpose::Report);
    /// Correct or withdraw own records.
    Correct = "correct", Write, Some(Purpose::Report);
    /// Read a person's history.
    ReadHistory = "readHistory", Read, None;
    /// Look for a person by a document: answered only where there is a right to read them.
    FindPerson = "findPerson", Read, None;
    /// Take all records of the node's own region.
    ExportAll = "exportAll", Read, None;
    /// Get a grant by a code that the person shows.
    ReceiveGrant = "receiveGrant", Write, None;
    /// Apply for a person's records, and hand in the person's approval.
    ApplyToCall = "applyToCall", Write, None;
    /// Have a history that is sent assessed by the programme; nothing is read.
    Forecast = "forecast", Read, None;
    /// Check the doses of children before they enter a nursery or a school.
    CheckEntry = "checkEntry", Read, Some(Purpose::SchoolEntry);
    /// Verify codes.
    Verify = "verify", Read, Some(Purpose::Verification);
    /// See and answer requests for correction of own records.
    AnswerCorrection = "answerCorrection", Write, Some(Purpose::Report);
    /// Take what a person presents as proof, and answer such claims.
    HandleClaim = "handleClaim", Write, None;
    /// Link a document to a person, or undo it.
    LinkDocument = "linkDocument", Write, None;
    /// Link two persons who are one, or undo it.
    LinkPersons = "linkPersons", Write, None;
    /// State cases, contacts, stays, entries from abroad.
    AdmitEvidence = "admitEvidence", Write, None;
    /// Order a restriction or a release, or answer another organisation's order.
    OrderMeasure = "orderMeasure", Write, Some(Purpose::PublicHealth);
    /// Propose and approve rule packs.
    PublishRules = "publishRules", Write, Some(Purpose::PublicHealth);
    /// List areas, file variations.
    FileWithRoot = "fileWithRoot", Write, Some(Purpose::PublicHealth);
    /// Read counters.
    ReadCounts = "readCounts", Read, Some(Purpose::Report);
    /// Register places, print their codes.
    RegisterPlace = "registerPlace", Write, Some(Purpose::Verification);
    /// See a tube of one's own.
    ReadTube = "readTube", Read, Some(Purpose::Report);
    /// See the tasks of one's area.
    ReadTasks = "readTasks", Read, Some(Purpose::PublicHealth);
    /// Acknowledge and complete tasks.
    HandleTask = "handleTask", Write, Some(Purpose::PublicHealth);
    /// File a task.
    FileTask = "fileTask", Write, Some(Purpose::PublicHealth);
    /// See and close alarms.
    HandleAlarm = "handleAlarm", Write, Some(Purpose::PublicHealth);
    /// A node below passes up, asks, follows the feed.
    NodeExchange = "nodeExchange", Write, Some(Purpose::NodeExchange);
}
