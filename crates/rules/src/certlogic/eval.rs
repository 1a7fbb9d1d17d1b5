//! Evaluation of compiled expressions.

use super::{
    Value,
    node::{Fold, Node, Order, Step},
    time::{self, Unit},
    value::{Steps, is_same, same},
};
use bumpalo::{Bump, collections::Vec};
use hutong_model::Timestamp;

type Evaluated<T> = Result<T, &'static str>;

/// One evaluation: where new values lie, and the work that it may still do.
pub(super) struct Run<'a> {
    pub arena: &'a Bump,
    pub steps: Steps,
}

/// What `var` looks into.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The data.
    Data(Value<'a>),
    /// Inside of the lambda of a `reduce`.
    Lambda { accumulator: Value<'a>, current: Value<'a> },
}

impl<'a> Scope<'a> {
    fn whole(&self, arena: &'a Bump) -> Value<'a> {
        match self {
            Self::Data(value) => *value,
            Self::Lambda { accumulator, current } => {
                let fields = [("accumulator", *accumulator), ("current", *current)];
                Value::object(&fields, arena)
            }
        }
    }
    fn field(&self, name: &str) -> &Value<'a> {
        match (self, name) {
            (Self::Lambda { accumulator, .. }, "accumulator") => accumulator,
            (Self::Lambda { current, .. }, "current") => current,
            _ => &Value::Null,
        }
    }
}

impl<'a> Run<'a> {
    /// The value of a node.
    pub(super) fn value(&self, node: &'a Node, scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        Ok(match node {
            Node::Bool(value) => Value::Bool(*value),
            Node::Integer(value) => Value::Integer(*value),
            Node::Text(text) => Value::Text(text),
            Node::Instant(at) => Value::Instant(*at),
            Node::List(items) => self.list(items, scope)?,
            Node::Var(steps) => self.var(steps, scope),
            Node::If(parts) => {
                let [guard, then, otherwise] = &**parts;
                let chosen = if self.holds(guard, scope)? { then } else { otherwise };
                self.value(chosen, scope)?
            }
            Node::And(operands) => self.and(operands, scope)?,
            Node::Plus(parts) => self.plus(parts, scope)?,
            Node::PlusTime(operand, amount, unit) => {
                self.plus_time(operand, *amount, *unit, scope)?
            }
            Node::BirthDate(operand) => self.birth_date(operand, scope)?,
            Node::ExtractFromUvci(operand, index) => self.extract(operand, *index, scope)?,
            Node::Reduce(fold) => self.reduce(fold, scope)?,
            // What is a boolean anyway.
            _ => Value::Bool(self.holds(node, scope)?),
        })
    }

    /// Whether a node is truthy. Most of a rule is evaluated without making values.
    pub(super) fn holds(&self, node: &'a Node, scope: &Scope<'a>) -> Evaluated<bool> {
        match node {
            Node::If(parts) => {
                let [guard, then, otherwise] = &**parts;
                let chosen = if self.holds(guard, scope)? { then } else { otherwise };
                self.holds(chosen, scope)
            }
            Node::And(operands) => {
                for operand in operands {
                    if !self.holds(operand, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Not(operand) => self.holds(operand, scope).map(|holds| !holds),
            Node::Equal(parts) => {
                let [a, b] = &**parts;
                same(self.value(a, scope)?, self.value(b, scope)?, &self.steps)
            }
            Node::In(parts) => self.member(parts, scope),
            Node::InTexts(operand, texts) => {
                let text = self.value(operand, scope)?.as_text();
                Ok(text.is_some_and(|text| is_among(text, texts)))
            }
            Node::Compare(order, operands) => {
                chain(operands, *order, |node| self.integer(node, scope))
            }
            Node::CompareTimes(order, operands) => {
                chain(operands, *order, |node| self.instant(node, scope))
            }
            Node::Var(steps) => truth(self.var(steps, scope)),
            Node::Bool(value) => Ok(*value),
            _ => truth(self.value(node, scope)?),
        }
    }

    fn var(&self, steps: &[Step], scope: &Scope<'a>) -> Value<'a> {
        let (value, steps) = match (scope, steps) {
            (_, []) => return scope.whole(self.arena),
            (Scope::Data(data), steps) => (data, steps),
            (_, [first, rest @ ..]) => (scope.field(&first.name), rest),
        };
        *steps.iter().fold(value, |value, step| step.take(value))
    }

    // What is rarely come by is kept out of the frame of `value`, which calls itself.
    #[inline(never)]
    fn plus_time(
        &self,
        operand: &'a Node,
        amount: i64,
        unit: Unit,
        scope: &Scope<'a>,
    ) -> Evaluated<Value<'a>> {
        let text = self.value(operand, scope)?.as_text();
        let text = text.ok_or("plusTime takes a date or date-time as text")?;
        let at = time::read(text).ok_or("plusTime was given a malformed date")?;
        let moved = time::plus(at, amount, unit);
        moved.map(Value::Instant).ok_or("plusTime leads beyond the calendar")
    }

    #[inline(never)]
    fn birth_date(&self, operand: &'a Node, scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let text = self.value(operand, scope)?.as_text();
        let text = text.ok_or("dccDateOfBirth takes a date as text")?;
        let day = time::read_date(text.as_bytes());
        day.map(Value::Instant).ok_or("dccDateOfBirth was given a malformed date")
    }

    #[inline(never)]
    fn list(&self, items: &'a [Node], scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let mut list = Vec::with_capacity_in(items.len(), self.arena);
        for item in items {
            list.push(self.value(item, scope)?);
        }
        Ok(Value::List(list.into_bump_slice()))
    }

    fn and(&self, operands: &'a [Node], scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let mut last = Value::Bool(true);
        for operand in operands {
            last = self.value(operand, scope)?;
            if !truth(last)? {
                break;
            }
        }
        Ok(last)
    }

    fn plus(&self, parts: &'a [Node; 2], scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let [a, b] = parts;
        let sum = self.integer(a, scope)?.checked_add(self.integer(b, scope)?);
        sum.map(Value::Integer).ok_or("the sum is too large")
    }

    fn integer(&self, node: &'a Node, scope: &Scope<'a>) -> Evaluated<i64> {
        match self.value(node, scope)? {
            Value::Integer(value) => Ok(value),
            _ => Err("an operand is not an integer"),
        }
    }

    fn instant(&self, node: &'a Node, scope: &Scope<'a>) -> Evaluated<Timestamp> {
        match self.value(node, scope)? {
            Value::Instant(at) => Ok(at),
            _ => Err("date-times are compared with date-times only"),
        }
    }

    #[inline(never)]
    fn member(&self, parts: &'a [Node; 2], scope: &Scope<'a>) -> Evaluated<bool> {
        let member = self.value(&parts[0], scope)?;
        let Value::List(items) = self.value(&parts[1], scope)? else {
            return Err("in looks into an array only");
        };
        self.steps.take(items.len())?;
        for item in items {
            if same(member, *item, &self.steps)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[inline(never)]
    fn extract(&self, operand: &'a Node, index: i64, scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let text = match self.value(operand, scope)? {
            Value::Null => return Ok(Value::Null),
            Value::Text(text) => text,
            _ => return Err("extractFromUVCI takes a text or null"),
        };
        let Ok(index) = usize::try_from(index) else { return Ok(Value::Null) };
        let text = text.strip_prefix("URN:UVCI:").unwrap_or(text);
        Ok(text.split(['/', '#', ':']).nth(index).map_or(Value::Null, Value::Text))
    }

    #[inline(never)]
    fn reduce(&self, fold: &'a Fold, scope: &Scope<'a>) -> Evaluated<Value<'a>> {
        let items = match self.value(&fold.operand, scope)? {
            // What does not exist counts as an empty array: so the published test suite.
            Value::Null => &[],
            Value::List(items) => items,
            _ => return Err("reduce takes an array"),
        };
        let mut accumulator = self.value(&fold.initial, scope)?;
        for current in items {
            self.steps.take(fold.lambda_size)?;
            let inner = &Scope::Lambda { accumulator, current: *current };
            accumulator = self.value(&fold.lambda, inner)?;
        }
        Ok(accumulator)
    }
}

fn truth(value: Value<'_>) -> Evaluated<bool> {
    value.truthiness().ok_or("a value is neither truthy nor falsy")
}

/// Whether a text is among sorted ones. A few are looked through: most differ in length or in
/// their last letter.
fn is_among(text: &str, texts: &[Box<str>]) -> bool {
    if texts.len() > 8 {
        return texts.binary_search_by(|known| (**known).cmp(text)).is_ok();
    }
    texts.iter().any(|known| is_same(known, text))
}

/// Whether each of two or three operands is in order with the next. All of them are evaluated.
fn chain<'a, T: Ord>(
    operands: &'a [Node],
    order: Order,
    read: impl Fn(&'a Node) -> Evaluated<T>,
) -> Evaluated<bool> {
    let [first, rest @ ..] = operands else { return Err("a comparison takes operands") };
    let (mut holds, mut last) = (true, read(first)?);
    for operand in rest {
        let next = read(operand)?;
        holds &= order.holds(&last, &next);
        last = next;
    }
    Ok(holds)
}
