//! Telling a network file system from a local one (Linux: from the mount table).
//!
//! It must not open the store.

use std::path::Path;

/// How far a file system can be trusted with SQLite's locks and shared memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Local, or unknown.
    Local,
    /// Shared, but commonly with working locks; the user is told.
    Doubtful(String),
    /// A network file system; refused.
    Network(String),
}

/// Judges the file system that holds `path` (which need not exist; its directory must).
pub(crate) fn trust(path: &Path) -> Trust {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let (Ok(directory), Ok(table)) = (
        directory.canonicalize(),
        std::fs::read_to_string("/proc/self/mountinfo"),
    ) else {
        return Trust::Local;
    };
    judge(&kind_of(&table, &directory).unwrap_or_default())
}

fn judge(kind: &str) -> Trust {
    match kind {
        "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "afs" | "fuse.sshfs" | "fuse.s3fs"
        | "fuse.gcsfuse" => Trust::Network(kind.to_owned()),
        "ceph" | "glusterfs" | "fuse.glusterfs" | "lustre" | "gpfs" | "v9fs" | "9p"
        | "fuse.rclone" => Trust::Doubtful(kind.to_owned()),
        _ => Trust::Local,
    }
}

/// The type of the file system that holds an absolute path: of all mount points that contain it the longest,
/// of equal ones the last mounted.
fn kind_of(table: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in table.lines() {
        let (before, after) = line.split_once(" - ")?;
        let mount = unescape(before.split(' ').nth(4)?);
        let kind = after.split(' ').next()?;
        let longer = best.is_none_or(|(length, _)| mount.len() >= length);
        if longer && path.starts_with(&mount) {
            best = Some((mount.len(), kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// Undoes the mount table's octal escapes (space, tab, line feed, backslash).
fn unescape(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/local\\040disk rw - xfs /dev/sdb rw
32 21 0:42 / /mnt/c rw - 9p drvfs rw
";

    #[test]
    fn the_longest_mount_point_decides() {
        let kind = |path: &str| kind_of(TABLE, Path::new(path)).unwrap();
        assert_eq!(kind("/srv/x"), "ext4");
        assert_eq!(kind("/home/me"), "nfs4");
        assert_eq!(kind("/homes"), "ext4");
        assert_eq!(kind("/home/local disk/x"), "xfs");
    }

    #[test]
    fn network_file_systems_are_told_from_shared_folders() {
        assert_eq!(judge("nfs4"), Trust::Network("nfs4".to_owned()));
        assert_eq!(judge("9p"), Trust::Doubtful("9p".to_owned()));
        assert_eq!(judge("ext4"), Trust::Local);
    }
}
