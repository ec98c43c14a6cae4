//! The tree.

use std::sync::Arc;

use crate::source::Span;

/// A value and its place. A block's span begins at its first key or item.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One text; what it means follows from the place that asks for it.
    Scalar(Scalar),
    /// Items in order.
    List(Vec<Node>),
    /// Keys with values, each key once, in order.
    Map(Vec<Entry>),
    /// Nothing is written.
    Null,
    /// It has been complained about: whoever reads it says nothing more.
    Poisoned,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Its place.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A text as it was written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text, unescaped.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
    /// Where its bytes stand in the file.
    pub content: SpanMap,
}

/// How a text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As a block behind `|` or `>`.
    Block,
}

/// Where the bytes of a scalar's text stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanMap {
    /// Byte `i` of the text is byte `i` behind this one.
    Exact(u32),
    /// Escapes or folded lines stand between: only the whole is known.
    Whole,
}

impl SpanMap {
    /// The place of `start..end` of the text; that of the whole node where it isn't known exactly.
    pub fn span(&self, node: Span, start: usize, end: usize) -> Span {
        match self {
            Self::Exact(first) => Span {
                file: node.file,
                start: first + start as u32,
                end: first + end.max(start) as u32,
            },
            Self::Whole => node,
        }
    }
}
