//! Connections and environments for unit tests: nothing of the machine, and the network is a script.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Connection, HostEnvironment, Network};
use crate::azure::auth::ProcessEnvironment;
use crate::azure::client::ArmClient;
use crate::azure::random::fixed::FixedRandom;
use crate::azure::scripted::{ScriptedTransport, StandingClock};
use crate::restore::life::{RestoreContext, WaitTimes};
use crate::restore::progress::Progress;

/// Variables, and no files.
#[derive(Debug)]
pub(crate) struct Variables(Vec<(&'static str, &'static str)>);

impl ProcessEnvironment for Variables {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned())
    }

    fn read_file(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

pub(crate) fn environment(variables: &[(&'static str, &'static str)]) -> Variables {
    Variables(variables.to_vec())
}

pub(crate) fn host(transport: &Arc<ScriptedTransport>, variables: &[(&'static str, &'static str)]) -> HostEnvironment {
    HostEnvironment {
        clock: Arc::new(StandingClock),
        random: Arc::new(FixedRandom::drawing(0.5)),
        environment: Arc::new(environment(variables)),
        network: Network::Over(transport.clone()),
    }
}

/// A connection with this client.
pub(crate) fn connection(client: ArmClient) -> Connection {
    let restore_context = RestoreContext {
        clock: Arc::new(StandingClock),
        random: Arc::new(FixedRandom::drawing(0.5)),
        registry: Arc::default(),
        progress: Progress::logged(Arc::new(StandingClock)),
        wait_times: WaitTimes::new(None),
    };
    let subscription_id = Some("5ea1ab1e-0000-4000-8000-000000000001".to_owned());
    Connection { client, restore_context, subscription_id, preflight: super::Preflight::Off }
}
