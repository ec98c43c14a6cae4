//! From the parser's events to the tree. Recursion is bounded by the nesting limit; what is refused
//! is poisoned and read over, so that all else is still read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, StrInput};

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, Span};

use super::offsets::Offsets;
use super::tree::{Entry, Kind, Node, Scalar, SpanMap, Style};
use super::{flow, strict, traps, wording};

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
    /// The value that is too many has been complained about.
    spent: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_SYSTEM_BYTES, nodes: MAX_NODES, spent: false }
    }
}

/// A file as far as it can be read.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its value.
    pub root: Node,
    /// Something of it can't be seen: all behind a mistake, or the whole. That has been complained
    /// about.
    pub cut: bool,
}

/// Reads one file that is a system of its own.
pub fn parse(file: FileId, text: &str, problems: &mut Problems) -> Node {
    parse_within(&mut Budget::default(), file, text, problems).root
}

/// Reads one file of a system. A mistake of syntax hides only the rest of the file.
pub fn parse_within(
    budget: &mut Budget,
    file: FileId,
    text: &str,
    problems: &mut Problems,
) -> Parsed {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let whole = Span { file, start: 0, end: first as u32 };
    let unread = Parsed { root: Node { span: whole, kind: Kind::Poisoned }, cut: true };
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, more than 1 MiB", text.len());
        let cure = "split it into a folder of smaller files";
        problems.error(codes::TOO_LARGE, whole, message).cure(cure);
        return unread;
    }
    if text.len() > budget.bytes {
        let message = "with this file the system has more than 16 MiB";
        let cure = "split the system into smaller ones";
        problems.error(codes::TOO_LARGE, whole, message).cure(cure);
        return unread;
    }
    budget.bytes -= text.len();
    let unprintable = strict::look(file, text, problems);
    let text = strict::without_directives(text);
    let mut builder = Builder {
        parser: Parser::new_from_str(&text),
        offsets: Offsets::new(&text),
        text: &text,
        file,
        problems,
        budget,
        flows: 0,
        unprintable,
        broken: false,
    };
    let Some(root) = builder.file() else { return unread };
    let cut = builder.broken || matches!(root.kind, Kind::Poisoned);
    Parsed { root, cut }
}

struct Builder<'t, 'p> {
    parser: Parser<'t, StrInput<'t>>,
    offsets: Offsets<'t>,
    text: &'t str,
    file: FileId,
    problems: &'p mut Problems,
    budget: &'p mut Budget,
    /// How many `{` and `[` are open.
    flows: usize,
    /// It has characters that can't be printed, which has been complained about: the parser may
    /// stumble over them too.
    unprintable: bool,
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
        if self.unprintable && error.info().contains("unprintable") {
            return;
        }
        let at = self.offsets.byte(error.marker().index());
        let alias = error.info().contains("unknown anchor");
        if alias && traps::at_sign(self.text, self.file, at, self.problems)
            || traps::at_error(self.text, self.file, at, self.problems)
        {
            return;
        }
        let mut span = self.span_at(at);
        let mut said = wording::of(error.info());
        if let Some(value) = traps::value_at_error(self.text, at) {
            let written = &self.text[value.clone()];
            let of_value = Span { start: value.start as u32, end: value.end as u32, ..span };
            let optional = written.strip_prefix("optional").map(str::trim_start);
            if let Some(map) = optional.filter(|map| map.starts_with('{')) {
                "`optional` stands before a word, not before a map".clone_into(&mut said.message);
                said.cure = format!("write `{{ optional: {map} }}`");
                span = of_value;
            } else if said.colon {
                said.cure = format!("quote it: {}", traps::quoted(written));
                span = of_value;
            }
        }
        self.problems.error(said.code, span, said.message).cure(said.cure);
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
                    self.broken = true;
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
        if depth >= MAX_DEPTH && nesting(&event) > 0 {
            self.too_deep(&event, span);
            return Node { span, kind: Kind::Poisoned };
        }
        let refused = self.refuse_anchor_and_tag(&event, span) || !self.count(span);
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
        if refused { Node { span: node.span, kind: Kind::Poisoned } } else { node }
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
        let (sign, code, what) = if tag.is_some() {
            ('!', codes::TAG, "a tag")
        } else {
            ('&', codes::ANCHOR, "an anchor")
        };
        // The event's place may be that of the value behind; the sign stands before it.
        let from = span.start as usize;
        let at = if self.text[from..].starts_with(sign) {
            from
        } else {
            traps::sign_before(self.text, sign, from).unwrap_or(from)
        };
        if traps::at_sign(self.text, self.file, at, self.problems) {
            return true;
        }
        let end = self.text[at..].find([' ', '\n', ',']).map_or(self.text.len(), |end| at + end);
        let span = Span { file: self.file, start: at as u32, end: end as u32 };
        self.problems
            .error(code, span, format!("{what} stands here"))
            .cure(format!("remove it; where `{sign}` belongs to a text, quote the text"));
        true
    }

    /// Counts a value against the budget; the one that is too many is complained about once.
    fn count(&mut self, span: Span) -> bool {
        if self.budget.nodes > 0 {
            self.budget.nodes -= 1;
            return true;
        }
        if !std::mem::replace(&mut self.budget.spent, true) {
            let message = format!("this is value number {}", MAX_NODES + 1);
            let cure = "split the system into smaller ones";
            self.problems.error(codes::TOO_MANY_NODES, span, message).cure(cure);
        }
        self.broken = true;
        false
    }

    /// Complains about a value that is nested too deep and reads over all that is in it.
    fn too_deep(&mut self, event: &Event<'t>, span: Span) {
        let message = format!("this is nested more than {MAX_DEPTH} deep");
        let cure = "give the inner part a name under `types:`";
        self.problems.error(codes::TOO_DEEP, span, message).cure(cure);
        let mut open = nesting(event);
        while open > 0 {
            let Some((event, marks)) = self.next() else { return };
            let span = self.span(marks);
            if !self.count(span) {
                return;
            }
            open += nesting(&event);
        }
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
        let end = first + text.len();
        let verbatim = self.text.get(first..end) == Some(text);
        if style == Style::Plain && verbatim && self.cut_by_comment(first..end, span) {
            return Node { span, kind: Kind::Poisoned };
        }
        let content = if verbatim && style != Style::Block {
            SpanMap::Exact(first as u32)
        } else {
            SpanMap::Whole
        };
        let span = if style == Style::Plain && verbatim {
            Span { end: end as u32, ..span }
        } else if matches!(style, Style::Single | Style::Double) {
            self.trimmed(span)
        } else {
            span
        };
        Node { span, kind: Kind::Scalar(Scalar { text: text.into(), style, content }) }
    }

    /// The parser counts the spaces behind a closing quote or bracket as its own.
    fn trimmed(&self, span: Span) -> Span {
        let written = &self.text[span.start as usize..span.end as usize];
        Span { end: span.start + written.trim_end().len() as u32, ..span }
    }

    /// Whether a ` #` has cut an expression off. Complains if so.
    fn cut_by_comment(&mut self, value: Range<usize>, span: Span) -> bool {
        let Some(whole) = traps::cut_by_comment(self.text, value, self.flows > 0) else {
            return false;
        };
        traps::report(self.text, span.file, whole, self.problems);
        // The comment has swallowed the brackets that close what is open.
        self.broken |= self.flows > 0;
        true
    }

    /// A list; poisoned where the file breaks off before its first item.
    fn list(&mut self, start: Span, depth: usize) -> Node {
        let flow = self.opens(start);
        let (mut items, mut end) = (Vec::new(), None);
        while let Some((event, marks)) = self.next() {
            if event == Event::SequenceEnd {
                end = Some(self.span(marks).end);
                break;
            }
            items.push(self.node(event, marks, depth + 1));
        }
        if flow {
            self.flows -= 1;
            let until = end.map_or(self.text.len(), |end| end as usize);
            flow::repair_list(self.text, &mut items, until, self.problems);
        }
        let kind =
            if end.is_none() && items.is_empty() { Kind::Poisoned } else { Kind::List(items) };
        self.close(start, end.unwrap_or(start.end), kind)
    }

    /// A map; poisoned where the file breaks off before its first key.
    fn map(&mut self, start: Span, depth: usize) -> Node {
        let flow = self.opens(start);
        let (mut pairs, mut end) = (Vec::new(), None);
        while let Some((event, marks)) = self.next() {
            if event == Event::MappingEnd {
                end = Some(self.span(marks).end);
                break;
            }
            let key = self.node(event, marks, depth + 1);
            let value = match self.next() {
                Some((event, marks)) => self.node(event, marks, depth + 1),
                None => Node { span: key.span, kind: Kind::Poisoned },
            };
            pairs.push((key, value));
        }
        if flow {
            self.flows -= 1;
            let until = end.map_or(self.text.len(), |end| end as usize);
            flow::repair_map(self.text, &mut pairs, until, self.problems);
        }
        let (mut seen, mut entries) = (HashMap::new(), Vec::with_capacity(pairs.len()));
        for (key, value) in pairs {
            self.entry(key, value, &mut seen, &mut entries);
        }
        let nothing = end.is_none() && entries.is_empty();
        let kind = if nothing { Kind::Poisoned } else { Kind::Map(entries) };
        self.close(start, end.unwrap_or(start.end), kind)
    }

    /// Whether a collection is written in brackets; if so it is open from here on.
    fn opens(&mut self, start: Span) -> bool {
        let flow = self.text[start.start as usize..].starts_with(['{', '[']);
        self.flows += usize::from(flow);
        flow
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
                .error(
                    codes::DUPLICATE_KEY,
                    key.span,
                    format!("`{}` stands here twice", scalar.text),
                )
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
            _ => {
                let span = self.trimmed(Span { end: end.max(start.start), ..start });
                (span.start, span.end)
            }
        };
        Node { span: Span { file: self.file, start: from, end: to.max(from) }, kind }
    }
}

/// What an event adds to the number of open collections.
fn nesting(event: &Event<'_>) -> isize {
    match event {
        Event::SequenceStart(..) | Event::MappingStart(..) => 1,
        Event::SequenceEnd | Event::MappingEnd => -1,
        _ => 0,
    }
}
