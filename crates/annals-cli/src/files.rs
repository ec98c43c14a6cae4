//! Architecture files from disk: one file, or a folder's `*.yaml` without its tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use annals_model::SourceFile;

use crate::exit::Failed;

/// Files larger than this are refused before they are read; the language's own limit is lower.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The architecture's files, sorted by path, then those of its environments: what they mean is the
/// language's business.
pub(crate) fn architecture(path: &Path) -> Result<Vec<SourceFile>, Failed> {
    let mut paths = if path.is_dir() { yaml_files(path)? } else { vec![path.to_owned()] };
    if path.is_dir() {
        paths.retain(|path| !is_test(path));
    }
    if paths.is_empty() {
        return Err(Failed::Input(format!("{} holds no .yaml file", path.display())));
    }
    let environments = folder_of(path).join("environments");
    if environments.is_dir() {
        paths.extend(yaml_files(&environments)?);
    }
    paths.iter().map(|path| read(path)).collect()
}

/// The folder that a system is in.
fn folder_of(path: &Path) -> &Path {
    if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) }
}

/// The test files beside an architecture, sorted by path.
pub(crate) fn tests(path: &Path) -> Result<Vec<SourceFile>, Failed> {
    let folder = folder_of(path);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    yaml_files(folder)?.iter().filter(|path| is_test(path)).map(|path| read(path)).collect()
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn is_test(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(".test.yaml"))
}

fn read(path: &Path) -> Result<SourceFile, Failed> {
    let length = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if length > MAX_FILE_BYTES {
        return Err(Failed::Input(format!(
            "{} has {length} bytes, and a file at most 1 MiB; make it a folder of smaller files",
            path.display()
        )));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let path = path.display();
        Failed::Input(format!("{path}: line {line} is no UTF-8; save the file in that encoding"))
    })?;
    Ok(SourceFile { path: path.display().to_string(), text })
}

fn unreadable(path: &Path, error: &io::Error) -> Failed {
    let hint = if error.kind() == io::ErrorKind::NotFound {
        "; name an architecture file or a folder of them, or run this where it is"
    } else {
        ""
    };
    Failed::Input(format!("{}: {error}{hint}", path.display()))
}
