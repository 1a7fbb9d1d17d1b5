//! From JSON to a compiled expression, which is refused where it is not `CertLogic`: unknown
//! operations, a wrong number of operands, literals that are not allowed, nesting too deep. All of
//! it is looked at before anything is evaluated (specification 1.3.3, "Introduction").

use super::{
    ValueSets, json,
    node::{Fold, Node, Order, Step, Texts},
    time::{self, Unit},
};
use hutong_model::limits::JSON_DEPTH_MAX;
use serde_json::Value as Json;

type Compiled<T = Node> = Result<T, Box<str>>;

/// Compiles an expression; value sets that are given are bound to it.
pub(super) fn compile(source: &Json, sets: Option<&ValueSets>) -> Compiled {
    Compiler { sets, depth: 0, size: 0 }.node(source)
}

struct Compiler<'s> {
    /// What `external.valueSets` holds. None inside of a lambda, where there is no `external`.
    sets: Option<&'s ValueSets>,
    depth: usize,
    /// Operations and literals so far.
    size: usize,
}

impl Compiler<'_> {
    fn node(&mut self, source: &Json) -> Compiled {
        if self.depth >= JSON_DEPTH_MAX {
            return Err("the expression is nested too deep".into());
        }
        self.depth += 1;
        self.size += 1;
        let node = match source {
            Json::Null => Err("null is not allowed as a literal".into()),
            Json::Bool(value) => Ok(Node::Bool(*value)),
            Json::Number(number) => integer(number)
                .map(Node::Integer)
                .ok_or_else(|| format!("{number} is not an integer").into()),
            Json::String(text) => Ok(Node::Text(text.as_str().into())),
            Json::Array(items) => Ok(Node::List(self.nodes(items)?.into())),
            Json::Object(fields) => {
                let mut fields = fields.iter();
                match (fields.next(), fields.next()) {
                    (Some((name, operands)), None) => self.operation(name, operands),
                    _ => Err("an operation is an object with exactly one name".into()),
                }
            }
        };
        self.depth -= 1;
        node
    }

    fn nodes(&mut self, sources: &[Json]) -> Compiled<Vec<Node>> {
        sources.iter().map(|source| self.node(source)).collect()
    }

    fn operation(&mut self, name: &str, operands: &Json) -> Compiled {
        if name == "var" {
            let Json::String(path) = operands else {
                return Err("var takes a path, as a text".into());
            };
            return steps(path).map(Node::Var);
        }
        let Some(operands) = operands.as_array() else {
            return Err(format!("{name}: operands are given as an array").into());
        };
        let wanted = match name {
            "===" | "in" | "+" | "extractFromUVCI" => 2..=2,
            "!" | "dccDateOfBirth" => 1..=1,
            "if" | "plusTime" | "reduce" => 3..=3,
            "and" => 2..=usize::MAX,
            "<" | ">" | "<=" | ">=" | "after" | "before" | "not-after" | "not-before" => 2..=3,
            _ => return Err(format!("the operation {} is unknown", quoted(name)).into()),
        };
        if !wanted.contains(&operands.len()) {
            return Err(format!("{name}: {} operands are not what it takes", operands.len()).into());
        }
        match name {
            "if" => self.exactly(operands).map(Node::If),
            "and" => Ok(Node::And(self.nodes(operands)?.into())),
            "!" => Ok(Node::Not(Box::new(self.node(&operands[0])?))),
            "===" => self.exactly(operands).map(Node::Equal),
            "+" => self.exactly(operands).map(Node::Plus),
            "in" => self.membership(operands),
            "plusTime" => self.plus_time(operands),
            "dccDateOfBirth" => Ok(Node::BirthDate(Box::new(self.node(&operands[0])?))),
            "extractFromUVCI" => {
                let index = operands[1].as_number().and_then(integer);
                let index = index.ok_or("extractFromUVCI: the index is an integer")?;
                Ok(Node::ExtractFromUvci(Box::new(self.node(&operands[0])?), index))
            }
            "reduce" => self.reduction(operands),
            _ => self.comparison(name, operands),
        }
    }

    fn exactly<const N: usize>(&mut self, operands: &[Json]) -> Compiled<Box<[Node; N]>> {
        let nodes: Result<[Node; N], _> = self.nodes(operands)?.try_into();
        // INVARIANT: the number of operands was looked at before.
        nodes.map(Box::new).map_err(|_| "a wrong number of operands".into())
    }

    fn comparison(&mut self, name: &str, operands: &[Json]) -> Compiled {
        let nodes = self.nodes(operands)?.into();
        Ok(match name {
            "<" => Node::Compare(Order::Less, nodes),
            ">" => Node::Compare(Order::Greater, nodes),
            "<=" => Node::Compare(Order::LessOrEqual, nodes),
            ">=" => Node::Compare(Order::GreaterOrEqual, nodes),
            "after" => Node::CompareTimes(Order::Greater, nodes),
            "before" => Node::CompareTimes(Order::Less, nodes),
            "not-after" => Node::CompareTimes(Order::LessOrEqual, nodes),
            _ => Node::CompareTimes(Order::GreaterOrEqual, nodes),
        })
    }

    /// `in`: a list of literal texts, or a value set that is bound, is sorted once.
    fn membership(&mut self, operands: &[Json]) -> Compiled {
        let bound = operands[1].get("var").and_then(Json::as_str).and_then(|path| {
            self.sets.and_then(|sets| sets.texts(path.strip_prefix("external.valueSets.")?))
        });
        if let Some(texts) = bound {
            self.size += 1;
            return Ok(Node::InTexts(Box::new(self.node(&operands[0])?), texts));
        }
        let [member, list] = *self.exactly::<2>(operands)?;
        if let Node::List(items) = &list
            && let Some(texts) = items.iter().map(literal).collect::<Option<Vec<_>>>()
        {
            return Ok(Node::InTexts(Box::new(member), sorted(texts)));
        }
        Ok(Node::In(Box::new([member, list])))
    }

    fn plus_time(&mut self, operands: &[Json]) -> Compiled {
        let amount = operands[1].as_number().and_then(integer);
        let amount = amount.ok_or("plusTime: the amount is an integer")?;
        let unit = operands[2].as_str().and_then(Unit::parse);
        let unit = unit.ok_or("plusTime: the unit is year, month, day or hour")?;
        let operand = self.node(&operands[0])?;
        if let Node::Text(text) = &operand
            && let Some(at) = time::read(text).and_then(|at| time::plus(at, amount, unit))
        {
            return Ok(Node::Instant(at));
        }
        Ok(Node::PlusTime(Box::new(operand), amount, unit))
    }

    fn reduction(&mut self, operands: &[Json]) -> Compiled {
        let operand = self.node(&operands[0])?;
        let initial = self.node(&operands[2])?;
        let (before, sets) = (self.size, self.sets.take());
        let lambda = self.node(&operands[1])?;
        self.sets = sets;
        let lambda_size = self.size - before;
        Ok(Node::Reduce(Box::new(Fold { operand, lambda, initial, lambda_size })))
    }
}

/// A number as an integer, however it is written.
fn integer(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| match json::number(number.as_f64()?) {
        super::Value::Integer(value) => Some(value),
        _ => None,
    })
}

fn literal(node: &Node) -> Option<Box<str>> {
    if let Node::Text(text) = node { Some(text.clone()) } else { None }
}

/// Texts, as `in` looks into them.
pub(super) fn sorted(mut texts: Vec<Box<str>>) -> Texts {
    texts.sort_unstable();
    texts.dedup();
    texts.into()
}

/// The steps of a path: none for the empty one, which is all of the data.
fn steps(path: &str) -> Compiled<Box<[Step]>> {
    if path.is_empty() {
        return Ok(Box::default());
    }
    let step = |name: &str| {
        if name.is_empty() {
            return Err(format!("the path {} of a var is malformed", quoted(path)).into());
        }
        Ok(Step::new(name))
    };
    path.split('.').map(step).collect()
}

/// A name for a message: cut short, with what cannot be printed escaped.
fn quoted(name: &str) -> String {
    format!("{:?}", name.chars().take(40).collect::<String>())
}
