//! The order in which a reader's eye meets the codes.

use crate::symbols::Symbol;

/// The texts of symbols: line by line from the top, in a line from the left.
///
/// Codes stand in one line when the middle of the one lies within the height of the other.
pub(crate) fn reading_order(mut symbols: Vec<Symbol>) -> Vec<String> {
    symbols.sort_by(|a, b| a.place.top.total_cmp(&b.place.top));
    let mut lines: Vec<Vec<Symbol>> = Vec::new();
    for symbol in symbols {
        match lines.last_mut() {
            Some(line) if line[0].place.same_line(&symbol.place) => line.push(symbol),
            _ => lines.push(vec![symbol]),
        }
    }
    for line in &mut lines {
        line.sort_by(|a, b| a.place.left.total_cmp(&b.place.left));
    }
    lines.into_iter().flatten().map(|symbol| symbol.text).collect()
}

#[cfg(test)]
mod tests {
    use super::reading_order;
    use crate::symbols::{Place, Symbol};

    fn symbol(text: &str, left: f32, top: f32) -> Symbol {
        let place = Place { left, top, right: left + 100.0, bottom: top + 100.0 };
        Symbol { text: text.into(), place }
    }

    #[test]
    fn lines_from_the_top_and_codes_from_the_left() {
        let symbols = vec![
            symbol("d", 300.0, 330.0),
            symbol("b", 300.0, 10.0),
            symbol("c", 20.0, 300.0),
            symbol("a", 10.0, 30.0),
        ];
        assert_eq!(reading_order(symbols), ["a", "b", "c", "d"]);
    }
}
