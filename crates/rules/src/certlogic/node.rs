//! A compiled expression.

use super::{
    Value,
    time::Unit,
    value::{Tag, find},
};
use hutong_model::Timestamp;
use std::sync::Arc;

/// Codes or other texts, sorted: what `in` looks into.
pub(super) type Texts = Arc<[Box<str>]>;

/// One operation, or a literal.
#[derive(Debug)]
pub(super) enum Node {
    Bool(bool),
    Integer(i64),
    Text(Box<str>),
    /// A `plusTime` of literals.
    Instant(Timestamp),
    List(Box<[Node]>),
    Var(Box<[Step]>),
    If(Box<[Node; 3]>),
    And(Box<[Node]>),
    Not(Box<Node>),
    Equal(Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    /// `in` a list of literal texts, or a bound value set.
    InTexts(Box<Node>, Texts),
    Plus(Box<[Node; 2]>),
    Compare(Order, Box<[Node]>),
    CompareTimes(Order, Box<[Node]>),
    PlusTime(Box<Node>, i64, Unit),
    BirthDate(Box<Node>),
    ExtractFromUvci(Box<Node>, i64),
    Reduce(Box<Fold>),
}

/// A reduction.
#[derive(Debug)]
pub(super) struct Fold {
    pub operand: Node,
    pub lambda: Node,
    pub initial: Node,
    /// How many operations and literals the lambda has.
    pub lambda_size: usize,
}

/// A step of a data access.
#[derive(Debug)]
pub(super) struct Step {
    pub name: Box<str>,
    tag: Tag,
    /// The place in a list, where it is a number.
    index: Option<usize>,
}

impl Step {
    /// A step with that name.
    pub(super) fn new(name: &str) -> Self {
        let digits = name.bytes().all(|byte| byte.is_ascii_digit());
        let index = digits.then(|| name.parse().unwrap_or(usize::MAX));
        Self { name: name.into(), tag: Tag::of(name), index }
    }

    /// What it leads to.
    pub(super) fn take<'v, 'a>(&self, value: &'v Value<'a>) -> &'v Value<'a> {
        match (value, self.index) {
            (Value::Object(fields), _) => find(fields, self.tag, &self.name),
            (Value::List(items), Some(index)) => items.get(index).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }
}

/// An order that a comparison asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether two things are in it.
    pub(super) fn holds<T: Ord>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}
