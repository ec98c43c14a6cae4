//! Where a byte offset is, as people count: lines and columns from 1, columns in characters.

use std::sync::Arc;

use crate::source::{Sources, Span};

/// The starts of all lines of all files.
pub(crate) struct Lines<'s> {
    sources: &'s Sources,
    starts: Vec<Vec<u32>>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(sources: &'s Sources) -> Self {
        let starts = |text: &str| {
            let after = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(after.map(|(i, _)| i as u32 + 1)).collect()
        };
        Self { sources, starts: sources.0.iter().map(|file| starts(&file.text)).collect() }
    }

    /// `path:line:column` of the span's start.
    pub(crate) fn place(&self, span: Span) -> Arc<str> {
        let file = span.file.0 as usize;
        let (source, starts) = (&self.sources.0[file], &self.starts[file]);
        let line = starts.partition_point(|start| *start <= span.start);
        let from = starts[line - 1] as usize;
        let before = source.text.get(from..span.start as usize).unwrap_or_default();
        format!("{}:{}:{}", source.path, line, before.chars().count() + 1).into()
    }
}
