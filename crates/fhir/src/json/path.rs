//! Where in a JSON text an offset lies, as a `FHIRPath`. Used only when something is wrong.

/// How deep objects and lists are nested in a text, brackets within strings not counted.
pub(super) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    walk(text.as_bytes(), |token| {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    });
    deepest
}

/// The byte offset of a line and column, both from 1.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    (start + column).min(text.len())
}

/// One level of nesting.
enum Level<'a> {
    Object(&'a str),
    List(usize),
}

/// The path of the value at an offset: `Immunization.vaccineCode.coding[0].code`.
pub(super) fn at(text: &str, offset: usize, root: &str) -> String {
    let mut levels: Vec<Level<'_>> = Vec::new();
    let bytes = &text.as_bytes()[..offset.min(text.len())];
    walk(bytes, |token| match token {
        Token::Open(b'{') => levels.push(Level::Object("")),
        Token::Open(_) => levels.push(Level::List(0)),
        Token::Close => drop(levels.pop()),
        Token::Comma => match levels.last_mut() {
            Some(Level::List(index)) => *index += 1,
            Some(Level::Object(key)) => *key = "",
            None => {}
        },
        Token::Text(start, end) => {
            // The first text of a member is its key; later ones are values.
            if let Some(Level::Object(key)) = levels.last_mut()
                && key.is_empty()
            {
                *key = text.get(start..end).unwrap_or_default();
            }
        }
    });
    let mut path = root.to_owned();
    for level in &levels {
        match level {
            Level::Object("") => {}
            Level::Object(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                let plain = key.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_');
                path.extend(plain.take(64));
            }
            Level::List(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

enum Token {
    Open(u8),
    Close,
    Comma,
    /// Offsets of the characters between the quotes.
    Text(usize, usize),
}

fn walk(bytes: &[u8], mut each: impl FnMut(Token)) {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            open @ (b'{' | b'[') => each(Token::Open(open)),
            b'}' | b']' => each(Token::Close),
            b',' => each(Token::Comma),
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                each(Token::Text(start, at.min(bytes.len())));
            }
            _ => {}
        }
        at += 1;
    }
}
