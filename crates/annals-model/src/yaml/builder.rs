//! From the parser's events to the tree. Recursion is bounded by the nesting limit; what is refused is
//! poisoned and read over, so that all else is still read.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, StrInput};

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, Span};

use super::offsets::Offsets;
use super::tree::{Entry, Kind, Node, Scalar, SpanMap, Style};
use super::{flow, traps};

/// The longest file, in bytes.
const MAX_FILE_BYTES: usize = 1 << 20;

/// The longest system, in bytes.
const MAX_SYSTEM_BYTES: usize = 16 << 20;

/// The most values of a system.
const MAX_NODES: usize = 500_000;

/// The deepest nesting.
const MAX_DEPTH: usize = 32;

/// What the files of one system may still use up together.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    bytes: usize,
    nodes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_SYSTEM_BYTES, nodes: MAX_NODES }
    }
}

/// Reads one file that is a system of its own.
pub fn parse(file: FileId, text: &str, problems: &mut Problems) -> Node {
    parse_within(&mut Budget::default(), file, text, problems)
}

/// Reads one file of a system. A mistake of syntax hides only the rest of the file.
pub fn parse_within(
    budget: &mut Budget,
    file: FileId,
    text: &str,
    problems: &mut Problems,
) -> Node {
    let whole = Span { file, start: 0, end: text.len().min(1) as u32 };
    let poisoned = Node { span: whole, kind: Kind::Poisoned };
    if text.len() > MAX_FILE_BYTES || text.len() > budget.bytes {
        let message = format!("{} bytes are more than may be read", text.len());
        let cure = "split the system into a folder of smaller files";
        problems.error(codes::TOO_LARGE, whole, message).cure(cure);
        return poisoned;
    }
    budget.bytes -= text.len();
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        offsets: Offsets::new(text),
        text,
        file,
        problems,
        nodes_left: &mut budget.nodes,
        broken: false,
    };
    builder.file().unwrap_or(poisoned)
}

struct Builder<'t, 'p> {
    parser: Parser<'t, StrInput<'t>>,
    offsets: Offsets<'t>,
    text: &'t str,
    file: FileId,
    problems: &'p mut Problems,
    nodes_left: &'p mut usize,
    /// Nothing more can be read.
    broken: bool,
}

impl<'t> Builder<'t, '_> {
    /// The next event, or `None` once the file is over or broken.
    fn next(&mut self) -> Option<(Event<'t>, Marks)> {
        if self.broken {
            return None;
        }
        match self.parser.next_event()? {
            Ok(event) => Some(event),
            Err(error) => {
                self.broken = true;
                self.syntax_error(&error);
                None
            }
        }
    }

    fn syntax_error(&mut self, error: &ScanError) {
        let at = self.offsets.byte(error.marker().index());
        if traps::at_error(self.text, self.file, at, self.problems) {
            return;
        }
        let span = self.span_at(at);
        let (code, cure) = match error.info() {
            info if info.contains("unknown anchor") => {
                (codes::ALIAS, "write the value out, or quote it where it is text")
            }
            _ => (codes::SYNTAX, "compare the indentation and the quotes with the lines before it"),
        };
        self.problems.error(code, span, error.info().to_owned()).cure(cure);
    }

    /// The rest of the line at a byte, or its last character where that is empty.
    fn span_at(&self, at: usize) -> Span {
        let rest = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
        let (start, end) = if rest > at {
            (at, at + self.text[at..].chars().next().map_or(0, char::len_utf8))
        } else {
            let before = self.text[..at].trim_end();
            (before.len() - before.chars().next_back().map_or(0, char::len_utf8), before.len())
        };
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    fn file(&mut self) -> Option<Node> {
        let mut root = None;
        while let Some((event, marks)) = self.next() {
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    let span = self.span(marks);
                    self.problems
                        .error(codes::MANY_DOCUMENTS, span, "a second document begins here")
                        .cure("put it into a file of its own, in one folder with this one");
                    break;
                }
                Event::DocumentStart(_) => {}
                event => root = Some(self.node(event, marks, 0)),
            }
        }
        let end = Span { file: self.file, start: 0, end: 0 };
        match root {
            None if self.broken => None,
            root => Some(root.unwrap_or(Node { span: end, kind: Kind::Null })),
        }
    }

    fn span(&mut self, marks: Marks) -> Span {
        let start = self.offsets.byte(marks.start.index());
        let end = self.offsets.byte(marks.end.index()).max(start);
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    fn node(&mut self, event: Event<'t>, marks: Marks, depth: usize) -> Node {
        let span = self.span(marks);
        let refused = self.refuse_anchor_and_tag(&event, span);
        let kept = self.count(span) && self.deep(span, depth);
        let node = match event {
            Event::Scalar(text, style, _, _) => self.scalar(&text, style, span),
            Event::SequenceStart(..) => self.list(span, depth),
            Event::MappingStart(..) => self.map(span, depth),
            Event::Alias(_) => {
                let cure = "write the value out, or quote it where it is text";
                self.problems.error(codes::ALIAS, span, "an alias stands here").cure(cure);
                Node { span, kind: Kind::Poisoned }
            }
            _ => Node { span, kind: Kind::Null },
        };
        if refused || !kept { Node { span: node.span, kind: Kind::Poisoned } } else { node }
    }

    fn refuse_anchor_and_tag(&mut self, event: &Event<'_>, span: Span) -> bool {
        let (anchor, tag) = match event {
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => (*anchor, tag),
            _ => return false,
        };
        if anchor == 0 && tag.is_none() {
            return false;
        }
        let (sign, code, what) =
            if tag.is_some() { ('!', codes::TAG, "tag") } else { ('&', codes::ANCHOR, "anchor") };
        // The event's place may be that of the value behind; the sign stands before it.
        let from = span.start as usize;
        let line = self.text[..from].rfind('\n').map_or(0, |at| at + 1);
        let at = if self.text[from..].starts_with(sign) {
            from
        } else {
            self.text[line..from].rfind(sign).map_or(from, |at| line + at)
        };
        if traps::at_sign(self.text, self.file, at, self.problems) {
            return true;
        }
        let end = self.text[at..].find([' ', '\n', ',']).map_or(self.text.len(), |end| at + end);
        let span = Span { file: self.file, start: at as u32, end: end as u32 };
        self.problems
            .error(code, span, format!("a {what} stands here"))
            .cure(format!("remove it; where `{sign}` belongs to a text, quote the text"));
        true
    }

    /// Counts a value against the budget; the one that is too many is complained about once.
    fn count(&mut self, span: Span) -> bool {
        if *self.nodes_left == 0 {
            if !self.broken {
                let message = format!("this value is the {}th", MAX_NODES + 1);
                let cure = "split the system into smaller ones";
                self.problems.error(codes::TOO_MANY_NODES, span, message).cure(cure);
            }
            self.broken = true;
            return false;
        }
        *self.nodes_left -= 1;
        true
    }

    fn deep(&mut self, span: Span, depth: usize) -> bool {
        if depth <= MAX_DEPTH {
            return true;
        }
        if !self.broken {
            let message = format!("this value is nested {depth} deep");
            let cure = "give the inner part a name under `types:`";
            self.problems.error(codes::TOO_DEEP, span, message).cure(cure);
        }
        self.broken = true;
        false
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        if style == Style::Plain && text.is_empty() {
            return Node { span, kind: Kind::Null };
        }
        let first = span.start as usize + usize::from(style != Style::Plain);
        let verbatim = self.text.get(first..first + text.len()) == Some(text);
        let content = if verbatim && style != Style::Block {
            SpanMap::Exact(first as u32)
        } else {
            SpanMap::Whole
        };
        let span = if style == Style::Plain && verbatim {
            Span { end: (first + text.len()) as u32, ..span }
        } else {
            span
        };
        Node { span, kind: Kind::Scalar(Scalar { text: text.into(), style, content }) }
    }

    fn list(&mut self, start: Span, depth: usize) -> Node {
        let (mut items, mut end) = (Vec::new(), start.end);
        while let Some((event, marks)) = self.next() {
            if event == Event::SequenceEnd {
                end = self.span(marks).end;
                break;
            }
            items.push(self.node(event, marks, depth + 1));
        }
        self.close(start, end, Kind::List(items))
    }

    fn map(&mut self, start: Span, depth: usize) -> Node {
        let (mut entries, mut end) = (Vec::new(), start.end);
        let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
        while let Some((event, marks)) = self.next() {
            if event == Event::MappingEnd {
                end = self.span(marks).end;
                break;
            }
            let key = self.node(event, marks, depth + 1);
            let value = match self.next() {
                Some((event, marks)) => self.node(event, marks, depth + 1),
                None => Node { span: key.span, kind: Kind::Poisoned },
            };
            self.entry(key, value, &mut seen, &mut entries);
        }
        if self.text[start.start as usize..].starts_with('{') {
            flow::repair(self.text, &mut entries, self.problems);
        }
        self.close(start, end, Kind::Map(entries))
    }

    fn entry(
        &mut self,
        key: Node,
        value: Node,
        seen: &mut HashMap<Arc<str>, Span>,
        entries: &mut Vec<Entry>,
    ) {
        let Kind::Scalar(scalar) = &key.kind else {
            if !matches!(key.kind, Kind::Poisoned) {
                let cure = "quote it where it is text";
                self.problems.error(codes::BAD_KEY, key.span, "this key is no text").cure(cure);
            }
            return;
        };
        if &*scalar.text == "<<" && scalar.style == Style::Plain {
            let cure = "write the keys out";
            self.problems.error(codes::MERGE_KEY, key.span, "a merge key stands here").cure(cure);
            return;
        }
        if let Some(first) = seen.get(&scalar.text) {
            self.problems
                .error(codes::DUPLICATE_KEY, key.span, format!("`{}` stands here twice", scalar.text))
                .label(*first, "it stands here first")
                .cure("remove one of them, or give it another name");
            return;
        }
        seen.insert(scalar.text.clone(), key.span);
        entries.push(Entry { key: scalar.text.clone(), key_span: key.span, value });
    }

    /// A collection's place: from its bracket or its first part to the end of its last.
    fn close(&self, start: Span, end: u32, kind: Kind) -> Node {
        let flow = self.text[start.start as usize..].starts_with(['{', '[']);
        let inner = match &kind {
            Kind::Map(entries) => {
                let first = entries.first().map(|entry| entry.key_span.start);
                first.zip(entries.last().map(|last| last.value.span.end.max(last.key_span.end)))
            }
            Kind::List(items) => {
                items.first().map(|item| item.span.start).zip(items.last().map(|l| l.span.end))
            }
            _ => None,
        };
        let (from, to) = match inner {
            Some(inner) if !flow => inner,
            _ => (start.start, end.max(start.start)),
        };
        Node { span: Span { file: self.file, start: from, end: to.max(from) }, kind }
    }
}
