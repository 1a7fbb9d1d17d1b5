//! What can be wrong with a pack or an expression. Never carries person data.

/// Why a pack or an expression cannot be used, or an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not JSON, or not that of a pack.
    #[error("not well formed: {0}")]
    Json(#[from] serde_json::Error),
    /// The pack contradicts itself.
    #[error("the rule pack is wrong: {0}")]
    Pack(&'static str),
    /// A rule of the pack is wrong.
    #[error("rule {rule}: {what}")]
    Rule {
        /// Id of the rule.
        rule: Box<str>,
        /// What is wrong.
        what: &'static str,
    },
    /// A variation gives a value that the pack does not permit.
    #[error("variation of {name}: {what}")]
    Variation {
        /// The variable.
        name: Box<str>,
        /// What is wrong.
        what: Box<str>,
    },
    /// An example of the pack is malformed.
    #[error("example {example}: {what}")]
    Example {
        /// Its name.
        example: Box<str>,
        /// What is wrong.
        what: Box<str>,
    },
    /// An expression is not `CertLogic`.
    #[error("not a CertLogic expression: {0}")]
    Expression(Box<str>),
    /// An expression could not be evaluated over the given data: wrong types.
    #[error("the expression failed: {0}")]
    Evaluation(&'static str),
    /// A business rule is malformed.
    #[error("business rule: {field}: {what}")]
    Document {
        /// Which field, and in an array which rule.
        field: Box<str>,
        /// What is wrong with it.
        what: Box<str>,
    },
    /// A document of value sets is malformed.
    #[error("value set: {field}: expected {wanted}")]
    ValueSet {
        /// Where in the document.
        field: Box<str>,
        /// What should be there.
        wanted: &'static str,
    },
    /// An event's id, agent or times are malformed.
    #[error("the event is malformed: {0}")]
    Event(&'static str),
}
