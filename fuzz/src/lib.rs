//! The targets, and what they share: an Azure that answers with the fuzzer's bytes. Only what the product makes public is
//! used, and nothing of the fuzzer: the tests run these targets, too (tests/fuzz_targets.rs).

pub mod answers;
pub mod create;
pub mod credentials;
pub mod handshake;
pub mod plan;
pub mod state;
pub mod texts;
pub mod values;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azurebackup::azure::client::{ArmClient, ArmClientSettings};
use azurebackup::azure::clock::Clock;
use azurebackup::azure::data_protection::DataProtection;
use azurebackup::azure::deadline::Deadline;
use azurebackup::azure::limiter::Limiter;
use azurebackup::azure::random::Random;
use azurebackup::azure::retry::Backoff;
use azurebackup::azure::secret::Secret;
use azurebackup::azure::token::{AccessToken, TokenError, TokenSource};
use azurebackup::azure::transport::{
    HeaderMap, HeaderValue, HttpRequest, HttpResponse, HttpTransport, Method, TransportError,
};
use azurebackup::connection::{Connection, Connections};
use azurebackup::resources::backup_vault::{FromBackupVault, Workload};
use azurebackup::resources::blob_restore::BlobRestore;
use azurebackup::resources::cosmosdb_account_restore::CosmosdbAccountRestore;
use azurebackup::resources::data_lake_restore::DataLakeRestore;
use azurebackup::resources::disk_restore::DiskRestore;
use azurebackup::resources::file_share_restore::FileShareRestore;
use azurebackup::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
use azurebackup::resources::mysql_flexible_server_restore::MYSQL_FLEXIBLE_SERVER_RESTORE;
use azurebackup::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
use azurebackup::resources::recovery_services::FromRecoveryServicesVault;
use azurebackup::resources::restore::{RestoreKind, RestoreResource};
use azurebackup::resources::sql_database_restore::SqlDatabaseRestoreKind;
use azurebackup::resources::sql_managed_database_restore::SqlManagedDatabaseRestoreKind;
use azurebackup::resources::virtual_machine_restore::VirtualMachineRestore;
use azurebackup::resources::vm_hana_database_restore::VM_HANA_DATABASE_RESTORE;
use azurebackup::resources::vm_sql_database_restore::VM_SQL_DATABASE_RESTORE;
use azurebackup::restore::life::{RestoreContext, WaitTimes};
use azurebackup::restore::progress::Progress;
use azurebackup::restore::registry::Registry;
use azurebackup::tfplugin::resource::Resource;
use azurebackup::tfplugin::schema::Schema;
use azurebackup::tfplugin::value::Value;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The vault that every target works in.
pub const VAULT: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

/// Runs on a clock that jumps over every wait.
pub fn now<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

/// Takes the bytes up to the next 0xFF.
pub fn part<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let end = bytes.iter().position(|byte| *byte == 0xff).unwrap_or(bytes.len());
    let (part, rest) = bytes.split_at(end);
    *bytes = rest.get(1..).unwrap_or_default();
    part
}

/// Takes the first byte, which chooses among what is offered.
pub fn choice(bytes: &mut &[u8]) -> usize {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    *bytes = rest;
    usize::from(*first)
}

/// Deadline that ends after two simulated minutes.
pub fn deadline() -> Deadline {
    Deadline::new(Duration::from_secs(120), CancellationToken::new())
}

/// Azure as the fuzzer has it. Each part of the bytes is one answer: a byte for the status, one for headers, then the
/// body; afterwards all is 404.
#[derive(Debug)]
pub struct Canned {
    rest: Mutex<Vec<u8>>,
    sent: Mutex<Vec<(Method, Url)>>,
    /// The request ids of what restores.
    triggers: Mutex<Vec<HeaderValue>>,
}

impl Canned {
    pub fn new(bytes: &[u8]) -> Arc<Self> {
        Arc::new(Self { rest: Mutex::new(bytes.to_vec()), sent: Mutex::default(), triggers: Mutex::default() })
    }

    /// How many restores were sent.
    pub fn triggers(&self) -> usize {
        self.triggers.lock().expect("nobody panics").len()
    }

    /// What was asked.
    pub fn sent(&self) -> Vec<(Method, Url)> {
        self.sent.lock().expect("nobody panics").clone()
    }
}

#[async_trait]
impl HttpTransport for Canned {
    async fn send(&self, request: HttpRequest, _: Instant) -> Result<HttpResponse, TransportError> {
        assert!(request.url.scheme() == "https", "a token in clear text");
        let host = request.url.host_str().unwrap_or_default();
        assert!(host == "management.azure.com" || host.ends_with(".management.azure.com"), "a token to {host}");
        let path = request.url.path().to_lowercase();
        if request.method == Method::POST && (path.ends_with("/restore") || path.ends_with("/crossregionrestore")) {
            let id = request.headers.get("x-ms-client-request-id").expect("a trigger has a request id").clone();
            let mut triggers = self.triggers.lock().expect("nobody panics");
            assert!(!triggers.contains(&id), "a request id was sent twice");
            triggers.push(id);
        }
        self.sent.lock().expect("nobody panics").push((request.method, request.url));
        let mut rest = self.rest.lock().expect("nobody panics");
        let bytes = std::mem::take(&mut *rest);
        let mut left = &bytes[..];
        let answer = part(&mut left).to_vec();
        *rest = left.to_vec();
        let Some((&status, tail)) = answer.split_first() else { return Ok(response(404, HeaderMap::new(), &[])) };
        let (&header, body) = tail.split_first().unwrap_or((&0, &[]));
        let status = [200, 200, 200, 202, 400, 401, 403, 404, 409, 429, 500, 503, 307, 201][usize::from(status) % 14];
        if header == b'!' {
            return Err(TransportError::Lost { message: "reset".to_owned(), source: None });
        }
        let mut headers = HeaderMap::new();
        // The first line of the body, where the second byte says so.
        let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let name = match header {
            b'a' => "azure-asyncoperation",
            b'l' => "location",
            b'r' => "retry-after",
            _ => return Ok(response(status, headers, body)),
        };
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.insert(name, value);
        }
        Ok(response(status, headers, body.get(line.len() + 1..).unwrap_or_default()))
    }
}

fn response(status: u16, headers: HeaderMap, body: &[u8]) -> HttpResponse {
    HttpResponse { status, headers, body: body.to_vec() }
}

#[derive(Debug)]
struct Tokens;

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, _: &Deadline) -> Result<AccessToken, TokenError> {
        Ok(AccessToken { token: Secret::new("t"), expires_at: datetime!(9999-12-31 0:00 UTC) })
    }

    fn invalidate(&self, _: &AccessToken) {}
}

#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-11-20 12:00 UTC)
    }
}

#[derive(Debug)]
struct Zero;

impl Random for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A client of that Azure.
pub fn client(azure: &Arc<Canned>) -> DataProtection {
    let settings = ArmClientSettings {
        endpoint: Url::parse("https://management.azure.com/").expect("a URL"),
        transport: azure.clone(),
        tokens: Arc::new(Tokens),
        auxiliary_tokens: Vec::new(),
        clock: Arc::new(Standing),
        random: Arc::new(Zero),
        limiter: Limiter::default(),
        backoff: Backoff::default(),
        user_agent: "fuzz".to_owned(),
        correlation_id: None,
    };
    DataProtection::new(ArmClient::new(settings).expect("the settings are right"))
}

/// A configured provider's connection to that Azure.
pub fn connection(azure: &Arc<Canned>) -> Connection {
    let clock: Arc<dyn Clock> = Arc::new(Standing);
    Connection {
        client: client(azure).client().clone(),
        restore_context: RestoreContext {
            clock: clock.clone(),
            random: Arc::new(Zero),
            registry: Arc::new(Registry::default()),
            progress: Progress::logged(clock),
            wait_times: WaitTimes::new(None),
        },
        subscription_id: None,
        preflight: azurebackup::connection::Preflight::Off,
    }
}

/// So many restores are offered.
pub const RESTORES: usize = 13;

/// One of them in a process of its own, connected to that Azure.
pub fn restore(which: usize, azure: &Arc<Canned>) -> Arc<dyn Resource> {
    match which % RESTORES {
        0 => connected(BlobRestore, azure),
        1 => connected(POSTGRESQL_FLEXIBLE_SERVER_RESTORE, azure),
        2 => connected(MYSQL_FLEXIBLE_SERVER_RESTORE, azure),
        3 => connected(DiskRestore, azure),
        4 => connected(DataLakeRestore, azure),
        5 => connected(KubernetesClusterRestore, azure),
        6 => connected(CosmosdbAccountRestore, azure),
        7 => offered(FromRecoveryServicesVault::new(FileShareRestore), azure),
        8 => offered(FromRecoveryServicesVault::new(VirtualMachineRestore), azure),
        9 => offered(FromRecoveryServicesVault::new(VM_SQL_DATABASE_RESTORE), azure),
        10 => offered(FromRecoveryServicesVault::new(VM_HANA_DATABASE_RESTORE), azure),
        11 => offered(SqlDatabaseRestoreKind, azure),
        _ => offered(SqlManagedDatabaseRestoreKind, azure),
    }
}

fn connected<W: Workload>(workload: W, azure: &Arc<Canned>) -> Arc<dyn Resource> {
    offered(FromBackupVault::new(workload), azure)
}

fn offered<K: RestoreKind>(kind: K, azure: &Arc<Canned>) -> Arc<dyn Resource> {
    let connection = connection(azure);
    let registry = Arc::clone(&connection.restore_context.registry);
    let connections = Connections::default();
    connections.replace(Some(connection));
    Arc::new(RestoreResource::new(kind, connections, registry, clock()))
}

/// The item that seeds speak of, in whichever argument names it.
pub fn name_item(schema: &Schema, object: &mut Value) {
    let fabric = "backupFabrics/Azure/protectionContainers/c/protectedItems/i";
    let vault = VAULT.replace("Microsoft.DataProtection/backupVaults", "Microsoft.RecoveryServices/vaults");
    for (argument, id) in [
        ("backup_instance_id", format!("{VAULT}/backupInstances/i")),
        ("protected_item_id", format!("{vault}/{fabric}")),
    ] {
        if schema.attributes.iter().any(|attribute| attribute.name == argument) {
            object.set(argument, id);
        }
    }
}

/// The clock of [`connection`].
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(Standing)
}
