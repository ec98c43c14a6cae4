//! message-db's own SQL, as npm has it: fetched once a run, and installed into each database in the
//! order of its own `install.sh`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use annals_bench_harness::Failure;

/// The version that is measured.
pub(crate) const PACKAGE: &str = "@eventide/message-db@1.3.1";

const FILES: &[&str] = &[
    "roles/message-store.sql",
    "schema/message-store.sql",
    "extensions/pgcrypto.sql",
    "tables/messages.sql",
    "types/message.sql",
    "functions/message-store-version.sql",
    "functions/hash-64.sql",
    "functions/acquire-lock.sql",
    "functions/category.sql",
    "functions/is-category.sql",
    "functions/id.sql",
    "functions/cardinal-id.sql",
    "functions/stream-version.sql",
    "functions/write-message.sql",
    "functions/get-stream-messages.sql",
    "functions/get-category-messages.sql",
    "functions/get-last-stream-message.sql",
    "indexes/messages-id.sql",
    "indexes/messages-stream.sql",
    "indexes/messages-category.sql",
];

/// The files, in order.
pub(crate) fn fetch(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    run(Command::new("npm").args(["pack", "--silent", PACKAGE]).current_dir(folder))?;
    let archive = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|end| end == "tgz"));
    let archive = archive.ok_or("npm has packed nothing")?;
    run(Command::new("tar").arg("xzf").arg(archive).current_dir(folder))?;
    let database = folder.join("package/database");
    Ok(FILES.iter().map(|file| database.join(file)).collect())
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdout(Stdio::null()).status();
    let status = status.map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{:?}: {status}", command.get_program()).into())
}
