//! Where services keep their state: under the checkout's own `target/`, so that two checkouts never
//! meet; where their account can't go there, in a folder of `/tmp` that is this checkout's too.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;

/// One folder for all services of a checkout.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// As whom they run.
    pub(super) account: Account,
    /// Why it isn't under `target/`.
    pub(super) note: Option<String>,
}

impl Place {
    /// The place of the checkout at `root`, made where it isn't there yet.
    ///
    /// # Errors
    /// The folder that can't be made, and why.
    pub(super) fn of(root: &Path, account: Account) -> Result<Self, String> {
        let folder = root.join("target/services");
        fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        open(&folder)?;
        if !is_plain(&folder) {
            let why = "a letter of its path means something to a shell";
            return Self::aside(root, account, why);
        }
        if !account.can_enter(&folder) {
            let why = format!("the user `{}` may not go there", account.name);
            return Self::aside(root, account, &why);
        }
        Ok(Self { folder, account, note: None })
    }

    fn aside(root: &Path, account: Account, why: &str) -> Result<Self, String> {
        let folder = aside_of(root);
        match DirBuilder::new().mode(0o755).create(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(at(&folder, &error));
            }
            _ => {}
        }
        // Everyone may write in /tmp: a folder or a link that isn't ours is a trap.
        let facts = fs::symlink_metadata(&folder).map_err(|error| at(&folder, &error))?;
        let us = fs::metadata(root.join("target/services")).map_err(|error| at(root, &error))?;
        if !facts.is_dir() || facts.uid() != us.uid() {
            let folder = folder.display();
            return Err(format!("{folder} is no folder of whoever runs this: have it removed"));
        }
        open(&folder)?;
        let note = format!("{}/target: {why}; its state is under /tmp", root.display());
        Ok(Self { folder, account, note: Some(note) })
    }
}

/// Lets every account pass, whatever the caller's umask is; what is private is so further in.
///
/// # Errors
/// The folder, and why it can't be changed.
pub(super) fn open(folder: &Path) -> Result<(), String> {
    let facts = fs::metadata(folder).map_err(|error| at(folder, &error))?;
    if facts.mode() & 0o777 == 0o755 {
        return Ok(());
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(|error| at(folder, &error))
}

/// Holds others off until the file is dropped. A holder that dies lets go of it.
///
/// # Errors
/// The file, and why it can't be had.
pub(super) fn lock(path: &Path) -> Result<File, String> {
    let file = File::options().create(true).append(true).open(path);
    let file = file.map_err(|error| at(path, &error))?;
    file.lock().map_err(|error| at(path, &error))?;
    Ok(file)
}

/// An error of the system, its place, and for the one that people meet the cure.
pub(super) fn at(path: &Path, error: &io::Error) -> String {
    let cure = match error.kind() {
        ErrorKind::PermissionDenied => "; if another user made it, run this as him, or remove it",
        _ => "",
    };
    format!("{}: {error}{cure}", path.display())
}

fn aside_of(root: &Path) -> PathBuf {
    let path = root.as_os_str().as_encoded_bytes();
    PathBuf::from(format!("/tmp/annals-services-{:016x}", hash(path)))
}

/// Servers' own tools hand paths to a shell, between double quotes.
fn is_plain(path: &Path) -> bool {
    let special = |byte: &u8| b"\"$`\\\n".contains(byte);
    !path.as_os_str().as_encoded_bytes().iter().any(special)
}

/// FNV-1a, 64 bits: the same for ever, unlike `std`'s.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_aside_is_the_same_for_ever() {
        // The published test vectors of FNV-1a.
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
        let folder = aside_of(Path::new("foobar"));
        assert_eq!(folder, Path::new("/tmp/annals-services-85944171f73967e8"));
        assert!(is_plain(Path::new("/a b/ü'")) && !is_plain(Path::new("/a$b")));
    }

    #[test]
    fn a_checkout_that_the_account_cannot_enter_keeps_its_state_aside() {
        let account = Account::find_or_create().unwrap();
        let root = PathBuf::from(format!("/tmp/annals-closed-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&root).unwrap();
        let place = Place::of(&root, account.clone());
        let again = Place::of(&root, account.clone());
        fs::remove_dir_all(&root).unwrap();
        let (place, again) = (place.unwrap(), again.unwrap());
        assert_eq!(place.folder, again.folder);
        assert!(account.can_enter(&place.folder) || !account.is_other);
        if account.is_other {
            assert_eq!(place.folder, aside_of(&root));
            assert!(place.note.unwrap().contains(&account.name));
            fs::remove_dir(&place.folder).unwrap();
        } else {
            assert_eq!(place.folder, root.join("target/services"));
        }
    }

    #[test]
    fn a_folder_aside_that_is_a_link_is_refused() {
        let account = Account::find_or_create().unwrap();
        let root = PathBuf::from(format!("/tmp/annals-$-{}", std::process::id()));
        let trap = aside_of(&root);
        std::os::unix::fs::symlink("/tmp", &trap).unwrap();
        let refused = Place::of(&root, account).unwrap_err();
        fs::remove_file(&trap).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert!(refused.contains("have it removed"), "{refused}");
    }
}
