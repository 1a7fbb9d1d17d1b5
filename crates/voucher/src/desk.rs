//! What laying out A4 and cards has in common.

use crate::{
    Lang, Text, Voucher,
    limits::QUIET_ZONE_MODULES,
    page::{Book, Ink, Mark, Node},
    setting::{Line, Run, Style, Tongue, Typesetter, height},
    symbol::Symbol,
    words::{self, Word},
};
use krilla::{
    geom::Rect,
    tagging::{BBox, Tag, TagKind},
};

/// A voucher, the means to set it, and the pages so far.
pub(crate) struct Desk<'a> {
    pub(crate) voucher: &'a Voucher,
    pub(crate) lang: Lang,
    pub(crate) setter: &'a Typesetter<'a>,
    pub(crate) book: Book,
}

/// The look of the first language of a text, and of the second.
pub(crate) type Looks = [Style; 2];

impl Desk<'_> {
    /// The languages of a text that are shown, the first one first.
    fn tongues<'t>(&self, zh: &'t str, en: &'t str) -> Vec<(&'t str, Tongue)> {
        let (zh, en) = ((zh, Tongue::Zh), (en, Tongue::En));
        let same = zh.0.trim() == en.0.trim();
        let wanted = match self.lang {
            Lang::Zh => vec![zh],
            Lang::En => vec![en],
            Lang::Both if same => vec![zh],
            Lang::Both => vec![zh, en],
        };
        let said = |texts: Vec<(&'t str, Tongue)>| -> Vec<(&'t str, Tongue)> {
            texts.into_iter().filter(|(text, _)| !text.trim().is_empty()).collect()
        };
        match said(wanted) {
            // What is missing in the language asked for is said in the other.
            none if none.is_empty() => said(vec![zh, en]),
            some => some,
        }
    }

    /// A text, the second language under the first.
    pub(crate) fn stack(&self, text: &Text, looks: Looks, width: f32) -> Vec<Line> {
        self.stack_of(&text.zh, &text.en, looks, width)
    }

    /// A fixed text, the second language under the first.
    pub(crate) fn stack_of(&self, zh: &str, en: &str, looks: Looks, width: f32) -> Vec<Line> {
        let set = |((text, tongue), look): ((&str, Tongue), Style)| {
            self.setter.wrap(text, look, tongue, width)
        };
        self.tongues(zh, en).into_iter().zip(looks).flat_map(set).collect()
    }

    /// A text, the second language under the first, in no more room than this; what goes beyond is
    /// cut short.
    pub(crate) fn stack_within(
        &self,
        text: &Text,
        looks: Looks,
        width: f32,
        room: f32,
    ) -> Vec<Line> {
        let tongues = self.tongues(&text.zh, &text.en);
        let mut stack = Vec::new();
        for (index, ((text, tongue), look)) in tongues.iter().zip(looks).enumerate() {
            // Each language that follows keeps a line.
            let kept: f32 =
                looks.iter().take(tongues.len()).skip(index + 1).map(|l| l.line()).sum();
            let free = ((room - height(&stack) - kept) / look.line()).max(1.0) as usize;
            let mut lines = self.setter.wrap(text, look, *tongue, width);
            if lines.len() > free {
                let rest: String = lines.drain(free - 1..).map(|line| line.text()).collect();
                lines.push(Line(vec![self.setter.cut(&rest, look, *tongue, width)]));
            }
            stack.extend(lines);
        }
        stack
    }

    /// A text with its languages beside each other; under each other where that is too wide.
    pub(crate) fn beside(&self, zh: &str, en: &str, looks: Looks, width: f32) -> Vec<Line> {
        let tongues = self.tongues(zh, en);
        let last = tongues.len().saturating_sub(1);
        let set = |(index, ((text, tongue), look)): (usize, ((&str, Tongue), Style))| {
            self.setter.one(text, if index < last { "  " } else { "" }, look, tongue)
        };
        let runs: Vec<Run> = tongues.into_iter().zip(looks).enumerate().map(set).collect();
        let line = Line(runs);
        if line.width() <= width { vec![line] } else { self.stack_of(zh, en, looks, width) }
    }

    /// A fixed text with its languages beside each other.
    pub(crate) fn label(&self, (zh, en): Word, looks: Looks, width: f32) -> Vec<Line> {
        self.beside(zh, en, looks, width)
    }

    /// A text that is the same in both languages: a date or a number.
    pub(crate) fn plain(&self, text: &str, look: Style, width: f32) -> Vec<Line> {
        self.setter.wrap(text, look, self.first(), width)
    }

    /// The name in the script of the language shown first, then the other, which may be empty.
    pub(crate) fn names(&self) -> [(&str, Tongue); 2] {
        let person = &self.voucher.person;
        let name = (person.name.as_str(), Tongue::Zh);
        let latin = (person.latin_name.as_str(), Tongue::En);
        match (self.lang, name.0.is_empty(), latin.0.is_empty()) {
            (_, false, true) => [name, latin],
            (_, true, _) | (Lang::En, ..) => [latin, name],
            _ if name.0 == latin.0 => [name, ("", Tongue::En)],
            _ => [name, latin],
        }
    }

    /// A text on one line of at most this width, its languages beside each other; what has no room
    /// is cut short, and the second language left out where hardly any of it would be seen.
    pub(crate) fn cut(&self, zh: &str, en: &str, looks: Looks, width: f32) -> Line {
        let mut runs = Vec::new();
        let mut room = width;
        for ((text, tongue), look) in self.tongues(zh, en).into_iter().zip(looks) {
            // A gap before, and at least some letters.
            let gap = if runs.is_empty() { 0.0 } else { look.size };
            if !runs.is_empty() && room < gap + 4.0 * look.size {
                break;
            }
            if let Some(Run { width, .. }) = runs.last_mut() {
                *width += gap;
            }
            let run = self.setter.cut(text, look, tongue, room - gap);
            room -= gap + run.width;
            runs.push(run);
        }
        Line(runs)
    }

    /// The language that comes first.
    pub(crate) fn first(&self) -> Tongue {
        if self.lang == Lang::En { Tongue::En } else { Tongue::Zh }
    }

    /// A text for readers of the properties and for reading machines.
    pub(crate) fn said(&self, zh: &str, en: &str) -> String {
        let texts: Vec<&str> = self.tongues(zh, en).into_iter().map(|(text, _)| text).collect();
        texts.join(" · ")
    }

    /// Adds an element to the structure.
    pub(crate) fn element(&mut self, parent: Option<Node>, kind: impl Into<TagKind>) -> Node {
        self.book.tree.add(parent, kind)
    }

    /// Draws lines under each other and says where they end.
    pub(crate) fn put(&mut self, node: Option<Node>, x: f32, mut y: f32, lines: Vec<Line>) -> f32 {
        for line in lines {
            let (height, baseline) = (line.height(), y + line.baseline());
            self.book.draw(node, Mark::Text { x, baseline, line });
            y += height;
        }
        y
    }

    /// Draws lines that end at `right`.
    pub(crate) fn put_right(&mut self, node: Option<Node>, right: f32, y: f32, lines: Vec<Line>) {
        let mut y = y;
        for line in lines {
            let x = right - line.width();
            y = self.put(node, x, y, vec![line]);
        }
    }

    /// Draws a rule or a ground: an ornament.
    pub(crate) fn fill(&mut self, area: [f32; 4], ink: Ink) {
        self.book.draw(None, Mark::Fill(area, ink));
    }

    /// Draws a symbol, of which `x` and `y` are the corner of its first module, with what a
    /// reading machine says of it.
    pub(crate) fn symbol(
        &mut self,
        parent: Node,
        at: (f32, f32),
        module: f32,
        symbol: Symbol,
        caption: &Text,
    ) {
        let side = symbol.size() as f32 * module;
        let (kind, caption) =
            (self.said(words::CODE.0, words::CODE.1), self.said(&caption.zh, &caption.en));
        let page = self.book.pages.len().saturating_sub(1);
        let area = Rect::from_xywh(at.0, at.1, side, side).map(|rect| BBox::new(page, rect));
        let figure = Tag::Figure(Some(format!("{kind}: {caption}"))).with_bbox(area);
        let node = self.element(Some(parent), figure);
        self.book.draw(Some(node), Mark::Symbol { x: at.0, y: at.1, module, symbol });
    }
}

/// Width of the quiet zone, in points.
pub(crate) fn quiet(module: f32) -> f32 {
    module * QUIET_ZONE_MODULES as f32
}
