//! Where lines may end, in Chinese and in Latin script.
//!
//! The part of UAX 14 that names, institutions and sentences of a voucher need, with the rules of
//! Chinese print (GB/T 15834): no line begins with a mark that closes, none ends with one that
//! opens, and a number is not torn from its unit.

use std::ops::Range;

/// Marks that do not begin a line.
const NOT_FIRST: &str = "，。、；：？！…—～·•‧）》」』】〉〕］｝”’％‰℃／,.;:?!)]}%/°";
/// Marks that do not end a line.
const NOT_LAST: &str = "（《「『【〈〔［｛“‘([{$￥#";

/// Divides characters with these widths into lines of at most `width`. Spaces stay at the end of
/// the line before, where they take no room. A word wider than a line is broken anywhere.
pub(crate) fn lines(characters: &[char], advances: &[f32], width: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < characters.len() {
        let end = line_end(characters, advances, start, width);
        lines.push(start..end);
        start = end;
    }
    lines
}

fn line_end(characters: &[char], advances: &[f32], start: usize, width: f32) -> usize {
    let mut filled = 0.0;
    let mut last_break = None;
    for index in start..characters.len() {
        if index > start && may_break(characters[index - 1], characters[index]) {
            last_break = Some(index);
        }
        filled += advances[index];
        if filled > width && characters[index] != ' ' {
            return last_break.unwrap_or(index.max(start + 1));
        }
    }
    characters.len()
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    let hyphenated = matches!(before, '-' | '–' | '/') && after.is_alphabetic();
    before == ' ' || is_wide(before) || is_wide(after) || hyphenated
}

/// Characters that are set in a square each.
fn is_wide(c: char) -> bool {
    matches!(c, '□' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters without a shape of their own: joiners, directions, selectors of variants. A paper
/// has nothing to select, and a direction inside a name could make it read as another.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Code points that are never characters.
pub(crate) fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        let advances: Vec<f32> =
            characters.iter().map(|c| if is_wide(*c) { 2.0 } else { 1.0 }).collect();
        let text_of = |range: Range<usize>| characters[range].iter().collect();
        lines(&characters, &advances, width).into_iter().map(text_of).collect()
    }

    #[test]
    fn chinese_breaks_anywhere_but_at_marks() {
        assert_eq!(broken("阿卜杜热合曼·买买提明", 12.0), ["阿卜杜热合", "曼·买买提明"]);
        assert_eq!(broken("第一剂，完成", 6.0), ["第一", "剂，完", "成"]);
        assert_eq!(broken("接种（首剂）", 6.0), ["接种", "（首", "剂）"]);
    }

    #[test]
    fn latin_breaks_at_spaces_and_hyphens() {
        assert_eq!(broken("COVID-19 vaccine", 9.0), ["COVID-19 ", "vaccine"]);
        assert_eq!(broken("Al-Hassan-Abdul", 10.0), ["Al-Hassan-", "Abdul"]);
        assert_eq!(broken("2021-06-15", 6.0), ["2021-0", "6-15"], "only where it must");
        assert_eq!(broken("abcdefgh", 3.0), ["abc", "def", "gh"]);
    }

    #[test]
    fn nothing_and_narrow() {
        assert!(broken("", 5.0).is_empty());
        assert_eq!(broken("证", 0.5), ["证"], "a line holds at least one character");
    }
}
