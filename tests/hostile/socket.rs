//! Other users of the machine, and the plugin's socket.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::protocol::plugin::Start;

/// Nobody, on every system.
const NOBODY: &str = "65534";

/// The exit code of a command as another user; none where this user may not become one.
fn as_nobody(arguments: &[&str]) -> Option<i32> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: that another user cannot reach the socket follows here from its directory's mode alone");
        return None;
    }
    let drop = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"];
    let status = Command::new("setpriv").args(drop).args(arguments).stderr(std::process::Stdio::null()).status();
    Some(status.expect("setpriv is part of util-linux").code().expect("it ends by itself"))
}

#[tokio::test]
async fn no_other_user_reaches_the_socket() {
    let plugin = Start::by_terraform().plugin().await;
    let socket = Path::new(plugin.field(3));
    let directory = socket.parent().unwrap();
    let record = std::fs::symlink_metadata(directory).unwrap();
    assert_eq!(record.permissions().mode() & 0o7777, 0o700, "the directory, while the plugin serves");
    assert!(record.is_dir() && std::fs::symlink_metadata(socket).unwrap().file_type().is_socket());
    // The parent must be passable, or nothing is shown by what follows.
    let parent = directory.parent().unwrap();
    std::fs::set_permissions(parent, PermissionsExt::from_mode(0o755)).unwrap();
    let (socket, parent) = (socket.to_str().unwrap(), parent.to_str().unwrap());
    // The exit code is the system's own error: 13 is "permission denied".
    let connect =
        "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or exit $!; exit 0";
    let own = Command::new("perl").args(["-e", connect, socket]).status().expect("perl").code();
    assert_eq!(own, Some(0), "this user connects");
    if let Some(code) = as_nobody(&["test", "-x", parent]) {
        assert_eq!(code, 0, "nobody gets as far as the parent");
        assert_eq!(as_nobody(&["test", "-e", socket]), Some(1), "nobody does not even see it");
        assert_eq!(as_nobody(&["perl", "-e", connect, socket]), Some(13), "nobody cannot connect");
    }
    // Connecting without a word has harmed nobody.
    plugin.client().await.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_directory_named_by_the_client_holds_a_private_one() {
    let shared = tempfile::tempdir().unwrap();
    std::fs::set_permissions(shared.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let plugin = Start::by_terraform().env("PLUGIN_UNIX_SOCKET_DIR", shared.path().to_str().unwrap()).plugin().await;
    let socket = Path::new(plugin.field(3));
    let directory = socket.parent().unwrap();
    assert!(directory.starts_with(shared.path()) && directory != shared.path());
    assert_eq!(std::fs::metadata(directory).unwrap().permissions().mode() & 0o7777, 0o700);
    if let Some(code) = as_nobody(&["test", "-e", socket.to_str().unwrap()]) {
        assert_eq!(code, 1);
    }
}
