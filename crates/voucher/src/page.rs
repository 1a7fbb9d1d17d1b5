//! Pages as they are laid out, before they are written: what lies where, and what it means.
//!
//! Lengths are in points (1/72 inch) from the upper left corner.

use crate::{setting::Line, symbol::Symbol};
use krilla::tagging::{Identifier, TagKind};

/// Points in a millimetre.
pub(crate) const fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// The colours there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Symbols.
    Black,
    /// What is read first.
    Text,
    /// Labels and second languages. Seven to one against white.
    Grey,
    /// Headings and the rules under them.
    Navy,
    /// Rules between rows.
    Rule,
    /// Behind the person.
    Tint,
}

impl Ink {
    /// Red, green and blue.
    pub(crate) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Black => [0, 0, 0],
            Self::Text => [0x1c, 0x1f, 0x24],
            Self::Grey => [0x52, 0x5a, 0x64],
            Self::Navy => [0x1b, 0x3a, 0x5f],
            Self::Rule => [0xcd, 0xd3, 0xda],
            Self::Tint => [0xf1, 0xf4, 0xf8],
        }
    }
}

/// Something drawn.
pub(crate) enum Mark {
    /// A line of text.
    Text {
        /// Left end.
        x: f32,
        /// Where its letters stand.
        baseline: f32,
        /// The text.
        line: Line,
    },
    /// A filled rectangle: left, top, width, height.
    Fill([f32; 4], Ink),
    /// A QR symbol.
    Symbol {
        /// Left edge of its first module.
        x: f32,
        /// Upper edge of its first module.
        y: f32,
        /// Width of a module.
        module: f32,
        /// What is drawn.
        symbol: Symbol,
    },
}

/// An element of the structure that reading machines follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(usize);

/// What an element holds.
pub(crate) enum Child {
    /// A smaller element.
    Node(Node),
    /// Something drawn.
    Leaf(Identifier),
}

/// The structure: elements in reading order.
#[derive(Default)]
pub(crate) struct Tree {
    nodes: Vec<(TagKind, Vec<Child>)>,
    roots: Vec<Node>,
}

impl Tree {
    /// Adds an element at the end of another, or of the document.
    pub(crate) fn add(&mut self, parent: Option<Node>, kind: impl Into<TagKind>) -> Node {
        let node = Node(self.nodes.len());
        self.nodes.push((kind.into(), Vec::new()));
        match parent {
            Some(Node(index)) => self.nodes[index].1.push(Child::Node(node)),
            None => self.roots.push(node),
        }
        node
    }

    /// Adds something drawn to an element.
    pub(crate) fn attach(&mut self, Node(index): Node, leaf: Identifier) {
        self.nodes[index].1.push(Child::Leaf(leaf));
    }

    /// The elements of the document.
    pub(crate) fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// What an element is and holds.
    pub(crate) fn node(&self, Node(index): Node) -> &(TagKind, Vec<Child>) {
        &self.nodes[index]
    }
}

/// A part of the document that a reader may jump to.
pub(crate) struct Bookmark {
    /// What it is called.
    pub(crate) title: String,
    /// The page, from 0.
    pub(crate) page: usize,
    /// Where on the page.
    pub(crate) y: f32,
}

/// All pages. A mark without an element is an ornament, or repeats what was said.
pub(crate) struct Book {
    /// Width and height of a page.
    pub(crate) size: (f32, f32),
    /// What is drawn, page by page.
    pub(crate) pages: Vec<Vec<(Option<Node>, Mark)>>,
    /// What it means.
    pub(crate) tree: Tree,
    /// Where its parts begin.
    pub(crate) bookmarks: Vec<Bookmark>,
}

impl Book {
    /// No pages yet.
    pub(crate) fn new(size: (f32, f32)) -> Self {
        Self { size, pages: Vec::new(), tree: Tree::default(), bookmarks: Vec::new() }
    }

    /// Draws on the last page.
    pub(crate) fn draw(&mut self, node: Option<Node>, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push((node, mark));
        }
    }

    /// Names a place on the last page.
    pub(crate) fn bookmark(&mut self, title: String, y: f32) {
        self.bookmarks.push(Bookmark { title, page: self.pages.len().saturating_sub(1), y });
    }
}
