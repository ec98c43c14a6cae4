//! Files of environments, `environments/NAME.yaml` beside a system's own. They are coming: each is
//! refused, and nothing in it is read.

use std::path::Path;

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, SourceFile, Span};
use crate::yaml::{Kind, Node, Parsed};

/// Refuses a file that stands in a folder `environments` beside other files of the system.
pub(super) fn refuse(
    file: FileId,
    files: &[SourceFile],
    problems: &mut Problems,
) -> Option<Parsed> {
    let SourceFile { path, text } = &files[file.0 as usize];
    let folder = Path::new(path).parent()?;
    let system = folder.parent()?;
    let beside = |other: &SourceFile| Path::new(&other.path).parent() == Some(system);
    if !folder.ends_with("environments") || !files.iter().any(beside) {
        return None;
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let span = Span { file, start: 0, end: first as u32 };
    problems
        .error(codes::NOT_YET, span, "files of environments aren't read yet")
        .cure("move it out of the system's folder; a later release will read it");
    let root = Node { span: Span { end: 0, ..span }, kind: Kind::Null };
    Some(Parsed { root, cut: false })
}
