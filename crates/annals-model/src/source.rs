//! The texts that a system is read from, and places in them.

use std::sync::Arc;

/// One file, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as messages name it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The number of a file among its [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A piece of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

/// All files of a system, shared.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub Arc<Vec<SourceFile>>);

impl Sources {
    /// The files, in the order in which they were given.
    pub fn new(files: Vec<SourceFile>) -> Self {
        Self(Arc::new(files))
    }

    /// A file.
    pub fn get(&self, file: FileId) -> Option<&SourceFile> {
        self.0.get(file.0 as usize)
    }

    /// The files in order.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.0.iter()
    }

    /// Where a span begins: path, line and column, both from 1, the column in characters.
    pub fn locate(&self, span: Span) -> (&str, usize, usize) {
        let Some(file) = self.get(span.file) else { return ("", 1, 1) };
        let before = file.text.get(..span.start as usize).unwrap_or(&file.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (&file.path, line, before[start..].chars().count() + 1)
    }
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}
