//! Whatever stands in the environment of the process.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::part;
use azurebackup::tfplugin::handshake::{MAGIC_COOKIE, PluginEnvironment};
use azurebackup::tfplugin::logging::level_from;

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let mut rest = bytes;
    let names = [
        "PLUGIN_PROTOCOL_VERSIONS",
        "PLUGIN_CLIENT_CERT",
        "PLUGIN_MIN_PORT",
        "PLUGIN_MAX_PORT",
        "PLUGIN_UNIX_SOCKET_DIR",
        "TMPDIR",
        "PLUGIN_MULTIPLEX_GRPC",
        "TF_PLUGIN_MAGIC_COOKIE",
    ];
    let values = names.map(|_| OsString::from_vec(part(&mut rest).to_vec()));
    for with_cookie in [true, false] {
        let environment = PluginEnvironment::read(|name| {
            if with_cookie && name == "TF_PLUGIN_MAGIC_COOKIE" {
                return Some(MAGIC_COOKIE.into());
            }
            names.iter().position(|own| *own == name).map(|position| values[position].clone())
        });
        let certificate = &values[1];
        match environment.negotiate() {
            Ok(terms) => {
                assert!(with_cookie || values[7] == MAGIC_COOKIE);
                // Who shows a certificate is not served without one.
                assert_eq!(terms.client_certificate.is_some(), !certificate.is_empty());
                assert!(terms.bind_options.ports.start() <= terms.bind_options.ports.end());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let text = values[0].to_string_lossy();
    let _ = level_from(Some(&text), None);
}
