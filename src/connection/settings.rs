//! The settings of a connection as somebody gave them, and what can be checked before anything is sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::open::{OpenError, TIMEOUT, off_the_runtime};
use crate::azure::auth::{CredentialArguments, CredentialSettings, ProcessEnvironment};
use crate::azure::deadline::Deadline;
use crate::azure::endpoint::is_loopback;
use crate::azure::retry::Backoff;

/// Polling more often than this helps nobody and costs the subscription's share of requests.
const SHORTEST_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What [`Connection::open`](super::Connection::open) makes a connection of: the provider block in plain types. A member
/// is named as its argument, and what was not given is `None` (or `false`). A program that speaks to Azure without
/// Terraform fills in what it knows; the default is azurerm's variables and nothing else.
#[derive(Clone, Debug, Default)]
pub struct ConnectionSettings {
    /// Who we are and which cloud is meant; merged with the `ARM_*` variables when the connection is opened.
    pub credentials: CredentialArguments,
    /// A fixed time between two polls of a restore, instead of one that grows with the time waited.
    pub poll_interval: Option<Duration>,
    /// How long a restore that is refused for want of a role is asked for again; zero: not at all.
    pub role_wait: Option<Duration>,
    /// Whether a plan asks Azure about the restores it would begin.
    pub preflight: bool,
    /// A file that gets each step of each restore as a line of JSON; made if it is not there.
    pub progress_file: Option<PathBuf>,
    /// Product and version of the program that uses us, for `User-Agent`: `Terraform/1.11.4`.
    pub used_by: Option<String>,
}

impl ConnectionSettings {
    /// Checks each setting by itself: formats, and the files that credentials are read from, which are given two minutes.
    /// Sends nothing.
    ///
    /// # Errors
    /// What [`Connection::open`](super::Connection::open) would end with, as far as it shows without asking anybody.
    pub async fn check(&self, environment: &Arc<dyn ProcessEnvironment>) -> Result<(), OpenError> {
        let deadline = Deadline::new(TIMEOUT, CancellationToken::new());
        self.resolve_off_the_runtime(environment, &deadline).await.map(drop)
    }

    /// [`ConnectionSettings::resolve`] reads files.
    pub(super) async fn resolve_off_the_runtime(
        &self,
        environment: &Arc<dyn ProcessEnvironment>,
        deadline: &Deadline,
    ) -> Result<CredentialSettings, OpenError> {
        let (given, environment) = (self.clone(), Arc::clone(environment));
        off_the_runtime(deadline, move || given.resolve(environment.as_ref())).await?
    }

    /// The credentials merged with the environment.
    fn resolve(&self, environment: &dyn ProcessEnvironment) -> Result<CredentialSettings, OpenError> {
        let settings = CredentialSettings::resolve(self.credentials.clone(), environment)?;
        let on_this_machine = settings.resource_manager_endpoint.as_ref().is_some_and(is_loopback);
        if self.polls_in_no_time() && !on_this_machine {
            return Err(OpenError::PollIntervalTooShort { shortest: SHORTEST_POLL_INTERVAL });
        }
        Ok(settings)
    }

    /// Waits between tries of a request. A poll interval below a second (the simulator's) shortens them, too.
    pub(super) fn backoff(&self) -> Backoff {
        let usual = Backoff::default();
        match self.poll_interval {
            Some(interval) if self.polls_in_no_time() => {
                Backoff { shortest: interval, longest: interval.saturating_mul(60).min(usual.longest) }
            }
            _ => usual,
        }
    }

    fn polls_in_no_time(&self) -> bool {
        self.poll_interval.is_some_and(|interval| interval < SHORTEST_POLL_INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::scripted::environment;

    fn polling(milliseconds: u64, endpoint: Option<&str>) -> ConnectionSettings {
        ConnectionSettings {
            credentials: CredentialArguments {
                resource_manager_endpoint: endpoint.map(str::to_owned),
                ..CredentialArguments::default()
            },
            poll_interval: Some(Duration::from_millis(milliseconds)),
            ..ConnectionSettings::default()
        }
    }

    #[test]
    fn a_poll_interval_below_a_second_is_for_this_machine_only() {
        let refused = |settings: ConnectionSettings| {
            matches!(settings.resolve(&environment(&[])), Err(OpenError::PollIntervalTooShort { .. }))
        };
        assert!(refused(polling(999, None)) && refused(polling(20, Some("https://management.azure.com"))));
        assert!(!refused(polling(20, Some("https://127.0.0.1:8443"))) && !refused(polling(1000, None)));
        let on_this_machine = environment(&[("ARM_RESOURCE_MANAGER_ENDPOINT", "https://127.0.0.1:8443")]);
        assert!(polling(20, None).resolve(&on_this_machine).is_ok());
    }

    /// One file, which somebody else has to hand out while it is read.
    #[derive(Debug)]
    struct SlowShare(std::sync::Mutex<std::sync::mpsc::Receiver<Vec<u8>>>);

    impl ProcessEnvironment for SlowShare {
        fn variable(&self, _: &str) -> Option<String> {
            None
        }

        fn read_file(&self, _: &std::path::Path) -> std::io::Result<Vec<u8>> {
            let handed_out = self.0.lock().unwrap().recv_timeout(Duration::from_secs(20));
            handed_out.map_err(|_| std::io::ErrorKind::TimedOut.into())
        }
    }

    #[tokio::test]
    async fn the_runtime_goes_on_while_a_file_of_a_secret_is_read() {
        let (hand_out, share) = std::sync::mpsc::channel();
        let environment: Arc<dyn ProcessEnvironment> = Arc::new(SlowShare(std::sync::Mutex::new(share)));
        let credentials =
            CredentialArguments { client_secret_file_path: Some("/share/secret".into()), ..Default::default() };
        let settings = ConnectionSettings { credentials, ..Default::default() };
        let others = async {
            tokio::task::yield_now().await;
            hand_out.send(b"secret".to_vec()).unwrap();
        };
        let (checked, ()) = tokio::join!(settings.check(&environment), others);
        assert!(checked.is_ok(), "{checked:?}");
    }

    #[test]
    fn a_poll_interval_below_a_second_shortens_the_waits_between_tries() {
        let usual = Backoff::default();
        let waits = |settings: ConnectionSettings| (settings.backoff().shortest, settings.backoff().longest);
        assert_eq!(waits(ConnectionSettings::default()), (usual.shortest, usual.longest));
        assert_eq!(waits(polling(1000, None)), (usual.shortest, usual.longest));
        assert_eq!(waits(polling(20, None)), (Duration::from_millis(20), Duration::from_millis(1200)));
    }
}
