//! Ids, instants, durations, headers, URLs, and what is taken out of texts.

use super::{VAULT, clock};
use azurebackup::azure::data_protection::{BackupInstanceId, BackupJobId, BackupVaultId};
use azurebackup::azure::endpoint::Endpoint;
use azurebackup::azure::error::AzureError;
use azurebackup::azure::job::JobStatus;
use azurebackup::azure::operation::OperationStatus;
use azurebackup::azure::redaction::redact;
use azurebackup::azure::resource_id::{Location, ResourceId};
use azurebackup::azure::retry::{LONGEST_RETRY_AFTER, retry_after};
use azurebackup::azure::transport::{HeaderMap, HeaderValue};
use azurebackup::azure::{duration, timestamp};
use azurebackup::provider::AzureBackup;
use azurebackup::restore::intent::ClientRequestId;
use azurebackup::tfplugin::instant::parse_instant;
use azurebackup::tfplugin::number::Number;
use azurebackup::tfplugin::provider::Provider as _;
use azurebackup::tfplugin::timeouts::{format_duration, parse_duration};
use azurebackup::tfplugin::value::Value;
use url::Url;

const PLANTED: &str = "PlAnTeD0secret1signature2never3to4be5printed6";

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let error = AzureError::from_body(bytes, None);
    assert!(error.chain().len() <= 100 && !error.to_string().is_empty());
    if let Ok(json) = serde_json::from_slice(bytes) {
        let _ = OperationStatus::read(&json).judge();
    }
    for name in ["retry-after", "retry-after-ms"] {
        if let Ok(value) = HeaderValue::from_bytes(bytes) {
            let headers = HeaderMap::from_iter([(name.parse().expect("a name"), value)]);
            assert!(retry_after(&headers, clock().now()).is_none_or(|wait| wait <= LONGEST_RETRY_AFTER));
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let endpoint = Endpoint::new(Url::parse("https://management.azure.com").expect("a URL")).expect("an endpoint");
    if let Ok(id) = ResourceId::parse(text) {
        assert_eq!(id.as_str(), text);
        let _ = (id.resource_type(), id.subscription(), id.name().len(), id.child("a", "b"));
        // Nothing of it is lost or resolved on the way into a URL.
        let url = endpoint.url(text, &[]);
        assert_eq!(url.path().split('/').count(), text.split('/').count(), "{url}");
        assert_eq!((url.query(), url.fragment()), (None, None));
    }
    let vault = BackupVaultId::parse(VAULT).expect("an id");
    if let Ok(job) = vault.job(text) {
        let url = endpoint.url(job.resource_id().as_str(), &[]);
        assert!(url.path().starts_with(&format!("{VAULT}/backupJobs/")), "{url}");
        assert_eq!(url.path().split('/').count(), VAULT.split('/').count() + 2, "{url}");
    }
    let _ = (BackupVaultId::parse(text), BackupInstanceId::parse(text), BackupJobId::parse(text));
    for function in AzureBackup::system().offering().functions {
        let _ = function.call(&[Value::from(text)]);
    }
    let _ = (Location::new(text).normalized(), JobStatus::read(text).to_string(), text.parse::<ClientRequestId>());
    if let Some(url) = endpoint.resolve(text)
        && endpoint.owns(&url)
    {
        let host = url.host_str().unwrap_or_default();
        assert!(host == "management.azure.com" || host.ends_with(".management.azure.com"));
        assert_eq!(url.scheme(), "https");
    }
    let _ = duration::read(text);
    if let Some(at) = timestamp::read(text) {
        assert!(timestamp::read(&timestamp::write(at)).is_some());
    }
    let _ = parse_instant(text);
    if let Ok(length) = parse_duration(text) {
        assert_eq!(parse_duration(&format_duration(length)), Ok(length));
    }
    if let Ok(number) = text.parse::<Number>() {
        assert!(number.as_str().len() <= 2_002 && number.as_str().parse::<Number>().is_ok_and(|again| again == number));
        let _ = number.as_exact_f64();
    }
    let clean = redact(text);
    assert_eq!(redact(&clean), clean, "redaction is done at once");
    // The fuzzer reads what it is compared with, and sooner or later writes it itself.
    if !text.contains(PLANTED) {
        let planted = redact(&format!("{text} https://h/p?a=b&sig={PLANTED}&c=d {text}"));
        assert!(!planted.contains(PLANTED));
    }
}
