//! Evaluation of compiled expressions.

use super::{
    Value,
    node::{Fold, Node, Order},
    time,
    value::{Steps, same},
};
use bumpalo::{Bump, collections::Vec};

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
    fn whole(self, arena: &'a Bump) -> Value<'a> {
        match self {
            Self::Data(value) => value,
            Self::Lambda { accumulator, current } => {
                let fields = [("accumulator", accumulator), ("current", current)];
                Value::Object(arena.alloc_slice_copy(&fields))
            }
        }
    }
    fn field(self, name: &str) -> Value<'a> {
        match (self, name) {
            (Self::Lambda { accumulator, .. }, "accumulator") => accumulator,
            (Self::Lambda { current, .. }, "current") => current,
            _ => Value::Null,
        }
    }
}

impl<'a> Run<'a> {
    /// The value of a node.
    pub(super) fn value(&self, node: &'a Node, scope: Scope<'a>) -> Evaluated<Value<'a>> {
        Ok(match node {
            Node::Bool(value) => Value::Bool(*value),
            Node::Integer(value) => Value::Integer(*value),
            Node::Text(text) => Value::Text(text),
            Node::Instant(at) => Value::Instant(*at),
            Node::List(items) => self.list(items, scope)?,
            Node::Var(steps) => {
                let (value, steps) = match (scope, &**steps) {
                    (_, []) => return Ok(scope.whole(self.arena)),
                    (Scope::Data(data), steps) => (data, steps),
                    (_, [first, rest @ ..]) => (scope.field(&first.name), rest),
                };
                steps.iter().fold(value, |value, step| step.take(value))
            }
            Node::If(parts) => {
                let [guard, then, otherwise] = &**parts;
                let chosen = if self.truthy(guard, scope)? { then } else { otherwise };
                self.value(chosen, scope)?
            }
            Node::And(operands) => self.and(operands, scope)?,
            Node::Not(operand) => Value::Bool(!self.truthy(operand, scope)?),
            Node::Equal(parts) => {
                let [a, b] = &**parts;
                let (a, b) = (self.value(a, scope)?, self.value(b, scope)?);
                Value::Bool(same(a, b, &self.steps, 0)?)
            }
            Node::In(parts) => Value::Bool(self.member(parts, scope)?),
            Node::InTexts(operand, texts) => {
                let text = self.value(operand, scope)?.as_text();
                let find = |text| texts.binary_search_by(|known| (**known).cmp(text)).is_ok();
                Value::Bool(text.is_some_and(find))
            }
            Node::Plus(parts) => {
                let [a, b] = &**parts;
                let sum = self.integer(a, scope)?.checked_add(self.integer(b, scope)?);
                Value::Integer(sum.ok_or("the sum is too large")?)
            }
            Node::Compare(order, operands) => {
                Value::Bool(chain(operands, *order, |node| self.integer(node, scope))?)
            }
            Node::CompareTimes(order, operands) => {
                let read = |node| match self.value(node, scope)? {
                    Value::Instant(at) => Ok(at),
                    _ => Err("date-times are compared with date-times only"),
                };
                Value::Bool(chain(operands, *order, read)?)
            }
            Node::PlusTime(operand, amount, unit) => {
                let text = self.value(operand, scope)?.as_text();
                let text = text.ok_or("plusTime takes a date or date-time as text")?;
                let at = time::read(text).ok_or("plusTime was given a malformed date")?;
                let moved = time::plus(at, *amount, *unit);
                Value::Instant(moved.ok_or("plusTime leads beyond the calendar")?)
            }
            Node::BirthDate(operand) => {
                let text = self.value(operand, scope)?.as_text();
                let text = text.ok_or("dccDateOfBirth takes a date as text")?;
                let day = time::read_date(text.as_bytes());
                Value::Instant(day.ok_or("dccDateOfBirth was given a malformed date")?)
            }
            Node::ExtractFromUvci(operand, index) => self.extract(operand, *index, scope)?,
            Node::Reduce(fold) => self.reduce(fold, scope)?,
        })
    }

    fn list(&self, items: &'a [Node], scope: Scope<'a>) -> Evaluated<Value<'a>> {
        let mut list = Vec::with_capacity_in(items.len(), self.arena);
        for item in items {
            list.push(self.value(item, scope)?);
        }
        Ok(Value::List(list.into_bump_slice()))
    }

    fn truthy(&self, node: &'a Node, scope: Scope<'a>) -> Evaluated<bool> {
        let truthiness = self.value(node, scope)?.truthiness();
        truthiness.ok_or("a value is neither truthy nor falsy")
    }

    fn and(&self, operands: &'a [Node], scope: Scope<'a>) -> Evaluated<Value<'a>> {
        let mut last = Value::Bool(true);
        for operand in operands {
            last = self.value(operand, scope)?;
            if !last.truthiness().ok_or("an operand of and is neither truthy nor falsy")? {
                break;
            }
        }
        Ok(last)
    }

    fn integer(&self, node: &'a Node, scope: Scope<'a>) -> Evaluated<i64> {
        match self.value(node, scope)? {
            Value::Integer(value) => Ok(value),
            _ => Err("an operand is not an integer"),
        }
    }

    fn member(&self, parts: &'a [Node; 2], scope: Scope<'a>) -> Evaluated<bool> {
        let member = self.value(&parts[0], scope)?;
        let Value::List(items) = self.value(&parts[1], scope)? else {
            return Err("in looks into an array only");
        };
        self.steps.take(items.len())?;
        for item in items {
            if same(member, *item, &self.steps, 0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn extract(&self, operand: &'a Node, index: i64, scope: Scope<'a>) -> Evaluated<Value<'a>> {
        let text = match self.value(operand, scope)? {
            Value::Null => return Ok(Value::Null),
            Value::Text(text) => text,
            _ => return Err("extractFromUVCI takes a text or null"),
        };
        let Ok(index) = usize::try_from(index) else { return Ok(Value::Null) };
        let text = text.strip_prefix("URN:UVCI:").unwrap_or(text);
        Ok(text.split(['/', '#', ':']).nth(index).map_or(Value::Null, Value::Text))
    }

    fn reduce(&self, fold: &'a Fold, scope: Scope<'a>) -> Evaluated<Value<'a>> {
        let items = match self.value(&fold.operand, scope)? {
            // What does not exist counts as an empty array: so the published test suite.
            Value::Null => &[],
            Value::List(items) => items,
            _ => return Err("reduce takes an array"),
        };
        let mut accumulator = self.value(&fold.initial, scope)?;
        for current in items {
            self.steps.take(fold.lambda_size)?;
            let inner = Scope::Lambda { accumulator, current: *current };
            accumulator = self.value(&fold.lambda, inner)?;
        }
        Ok(accumulator)
    }
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
