//! What is true of everything that may come from Azure, or from whoever sits between: nothing panics, nothing grows
//! without bound, nothing secret stays, and no id leads away from where it belongs.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};
use time::macros::datetime;
use url::Url;

use super::data_protection::{BackupInstanceId, BackupJobId, BackupVaultId};
use super::endpoint::Endpoint;
use super::error::AzureError;
use super::job::JobStatus;
use super::operation::OperationStatus;
use super::poll::PollResult;
use super::redaction::redact;
use super::resource_id::{Location, ResourceId};
use super::retry::{self, LONGEST_RETRY_AFTER};
use super::transport::{HeaderMap, HeaderValue};
use super::{duration, timestamp};

/// Planted where a signature, a token or a key may stand.
pub(crate) const PLANTED: &str = "PlAnTeD0secret1signature2never3to4be5printed6";

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

/// Ways in which a secret comes within a text.
pub(crate) fn planted_text() -> BoxedStrategy<String> {
    let way = prop::sample::select(vec![
        "https://a.blob.core.windows.net/c?sv=2024&sig={}&se=2026",
        "https://a.blob.core.windows.net/c?sv=2024&amp;sig={}",
        "{\"url\":\"https://a.blob.core.windows.net/c?sv=1\\u0026sig={}\"}",
        "x?u=https%3A%2F%2Fa.blob%3Fsv%3D1%26sig%3D{}",
        "SharedAccessSignature=sv=1&sig={};EndpointSuffix=x",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net",
        "https://management.azure.com/x?api-version=1&t=1&c={}&s=x&h=y",
        "https://management.azure.com/x?api-version=1\\u0026h={}",
        "https://v.vault.azure.net/secrets/s/1?anything={}",
        "https://v.vault.azure.net/keys/k/1?a=b&c={}",
        "Authorization: Bearer {}",
        "'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.{}'",
        "grant_type=x&client_secret={}",
        "client_secret={}",
        "(sig={})",
    ]);
    let around = prop::sample::select(vec!["", " ", "\n", "Failed: ", "é\u{0}", "\"", "see <a href="]);
    (around.clone(), way, around)
        .prop_map(|(before, way, after)| format!("{before}{}{after}", way.replace("{}", PLANTED)))
        .boxed()
}

/// Texts at the edges of what a member may hold.
pub(crate) fn hostile_text() -> BoxedStrategy<String> {
    let edge = prop::sample::select(vec![
        "",
        "0",
        "-1",
        "null",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "2026-11-20T10:00:00",
        "-0001-01-01T00:00:00Z",
        "2026-13-41T25:61:61Z",
        "P1Y",
        "PT-5S",
        "P99999999999999999999D",
        "PT1e308S",
        "-00:05:00",
        "10675199.02:48:05.4775807",
        "99999999999999999999",
        "1e400",
        "../../x",
        "a/../b",
        "/subscriptions/o/resourceGroups/o/providers/Microsoft.DataProtection/backupVaults/o/backupJobs/j",
        "/subscriptions/",
        "//",
        "a?b#c",
        "%2e%2e%2f",
        "\u{0}",
        "\u{feff}",
        "\u{1b}[2J",
        "\u{202e}",
        "\u{212a}",
        "{\"a\":",
        "[[[[",
        "{\"error\":{\"message\":\"{\\\"error\\\":1}\"}}",
        "Completed",
        "Failed",
        "Succeeded",
        "InProgress",
        "Restore",
    ]);
    let long = Just("x".repeat(10_000));
    prop_oneof![3 => edge.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z]{0,8}", 1 => long].boxed()
}

fn member_name() -> BoxedStrategy<String> {
    let known = prop::sample::select(vec![
        "error",
        "code",
        "message",
        "Message",
        "target",
        "details",
        "innererror",
        "embeddedInnerError",
        "additionalInfo",
        "info",
        "type",
        "recommendedAction",
        "activityId",
        "errorString",
        "id",
        "name",
        "properties",
        "status",
        "startTime",
        "endTime",
        "duration",
        "activityID",
        "operation",
        "operationCategory",
        "backupInstanceId",
        "dataSourceId",
        "dataSourceName",
        "extendedInfo",
        "subTasks",
        "taskName",
        "taskStatus",
        "warningDetails",
        "resourceName",
        "warning",
        "errorDetails",
        "additionalDetails",
        "recoveryDestination",
        "sourceRecoverPoint",
        "recoveryPointID",
        "recoveryPointTime",
        "recoveryPointId",
        "recoveryPointDataStoresDetails",
        "expiryTime",
        "state",
        "visible",
        "restorableTimeRanges",
        "jobId",
        "value",
        "nextLink",
        "dataTransferredInBytes",
        "dataSourceInfo",
        "resourceID",
        "resourceLocation",
        "$serde_json::private::Number",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => any::<String>()].boxed()
}

/// Any JSON of the members that are read, with `text` at its leaves.
pub(crate) fn answer_of(text: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    let number = prop::sample::select(vec!["0", "-1", "14.0", "1e400", "1e-400", "99999999999999999999999999"]);
    let leaf = prop_oneof![
        6 => text.prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => number.prop_map(|number| serde_json::from_str(number).unwrap()),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => vec((member_name(), inner), 0..6).prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_an_error_with_a_text(body in vec(any::<u8>(), 0..200)) {
        let error = AzureError::from_body(&body, None);
        prop_assert!(!error.to_string().is_empty());
    }

    #[test]
    fn any_json_is_an_error_of_bounded_size(answer in answer_of(hostile_text())) {
        let error = AzureError::from_body(answer.to_string().as_bytes(), Some("Header"));
        prop_assert!(error.chain().len() <= 101);
        prop_assert!(error.all_recommended_actions().len() <= 2_000);
        prop_assert!(!error.to_string().is_empty());
    }

    #[test]
    fn no_secret_of_an_answer_is_kept_in_an_error(answer in answer_of(planted_text())) {
        let error = AzureError::from_body(answer.to_string().as_bytes(), None);
        let said = [error.to_string(), error.all_recommended_actions().join(" ")].concat();
        prop_assert!(!said.contains(PLANTED), "{said}");
    }

    #[test]
    fn no_secret_survives_redaction_and_a_second_one_changes_nothing(text in planted_text(), more in planted_text()) {
        let clean = redact(&format!("{text} {more}"));
        prop_assert!(!clean.contains(PLANTED), "{clean}");
        prop_assert_eq!(redact(&clean), clean.clone());
    }

    #[test]
    fn redaction_takes_any_text_and_leaves_plain_words(text in any::<String>(), words in "[a-zA-Z /.:]{0,60}") {
        let _ = redact(&text);
        let small = words.to_ascii_lowercase();
        let announce_secrets = ["bearer", "basic", "pwd", "password"];
        prop_assume!(!announce_secrets.iter().any(|word| small.contains(word)) && !words.contains("eyJ"));
        // A colon more would begin a command to a pipeline.
        let words = words.split(':').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":");
        prop_assert_eq!(redact(&words), words.clone());
    }

    #[test]
    fn an_operation_ends_only_at_a_word_that_says_so(answer in answer_of(hostile_text())) {
        let status = OperationStatus::read(&answer);
        let word = status.status.to_ascii_lowercase();
        let ends = ["succeeded", "completed", "completedwithwarnings", "failed", "canceled", "cancelled"].contains(&word.as_str());
        prop_assert_eq!(matches!(status.judge(), PollResult::Ready(_)), ends);
    }

    #[test]
    fn a_job_ends_only_at_a_word_that_says_so(word in hostile_text()) {
        let status = JobStatus::read(&word);
        let ends = ["completed", "succeeded", "completedwithwarnings", "failed", "cancelled", "canceled"];
        prop_assert_eq!(status.is_ended(), ends.contains(&word.trim().to_ascii_lowercase().as_str()));
        prop_assert!(!status.to_string().is_empty());
    }

    #[test]
    fn an_id_is_what_was_written_or_an_error(text in prop_oneof![hostile_text(), "/?([a-zA-Z.%?#;() /]{0,6}/){0,8}[a-z]{0,3}"]) {
        if let Ok(id) = ResourceId::parse(&text) {
            prop_assert_eq!(id.as_str(), text.as_str());
            prop_assert_eq!(&ResourceId::parse(&text.to_ascii_uppercase()).unwrap(), &id);
            let _ = (id.resource_type(), id.subscription(), id.resource_group(), id.name().len());
        }
        for parsed in [
            BackupVaultId::parse(&text).map(|id| id.to_string()),
            BackupInstanceId::parse(&text).map(|id| id.to_string()),
            BackupJobId::parse(&text).map(|id| id.to_string()),
        ].into_iter().flatten() {
            prop_assert!(parsed.eq_ignore_ascii_case(&text), "{parsed} of {text}");
        }
        let _ = Location::new(text).normalized();
    }

    #[test]
    fn no_reference_to_a_job_leads_out_of_its_vault(reference in prop_oneof![hostile_text(), "[a-z.%2efF/?#\\\\;& ]{0,12}"]) {
        let vault = BackupVaultId::parse(VAULT).unwrap();
        for id in [vault.job(&reference).map(|id| id.to_string()), vault.instance(&reference).map(|id| id.to_string())].into_iter().flatten() {
            let endpoint = Endpoint::new(Url::parse("https://management.azure.com/").unwrap()).unwrap();
            let url = endpoint.url(&id, &[("api-version", "1")]);
            prop_assert!(url.path().starts_with(&format!("{VAULT}/backup")), "{url}");
            prop_assert_eq!(url.path_segments().unwrap().count(), VAULT.split('/').count() - 1 + 2, "{}", url);
            prop_assert_eq!((url.host_str(), url.query(), url.fragment()), (Some("management.azure.com"), Some("api-version=1"), None));
        }
    }

    #[test]
    fn a_token_goes_to_the_endpoint_and_below_it_only(
        scheme in "(https?|ftp)", user in "([a-z]{1,3}(:[a-z])?@)?",
        host in prop::sample::select(vec!["management.azure.com", "x.management.azure.com", "management.azure.com.evil.com", "evil.com",
            "xmanagement.azure.com", "management.azure.com.", "127.0.0.1", "[::1]", "management%2eazure.com", "MANAGEMENT.AZURE.COM", "azure.com"]),
        port in "(:[0-9]{1,5})?", tail in "[/\\\\@?#a-z.]{0,12}",
    ) {
        let endpoint = Endpoint::new(Url::parse("https://management.azure.com/").unwrap()).unwrap();
        if let Some(url) = endpoint.resolve(&format!("{scheme}://{user}{host}{port}{tail}")) && endpoint.owns(&url) {
            let host = url.host_str().unwrap();
            prop_assert!(host == "management.azure.com" || host.ends_with(".management.azure.com"), "{url}");
            prop_assert!(url.scheme() == "https" && url.port_or_known_default() == Some(443) && url.username().is_empty());
        }
    }

    #[test]
    fn nobody_is_kept_waiting_longer_than_the_longest_wait(
        value in prop_oneof![hostile_text(), "[0-9]{1,30}", "(Mon|Fri), [0-9]{2} (Jan|Nov|Feb) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"],
        name in prop::sample::select(vec!["retry-after", "retry-after-ms", "x-ms-retry-after-ms"]),
        year in prop::sample::select(vec![datetime!(0001-01-01 0:00 UTC), datetime!(2026-11-20 10:00 UTC), datetime!(9999-12-31 23:59 UTC)]),
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.insert(name, value);
        }
        prop_assert!(retry::retry_after(&headers, year).is_none_or(|wait| wait <= LONGEST_RETRY_AFTER));
    }

    #[test]
    fn durations_and_instants_are_read_or_not(text in prop_oneof![hostile_text(), "P?[0-9.DTHMS:-]{0,16}", "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})?"]) {
        prop_assert!(duration::read(&text).is_none_or(|found| found >= Duration::ZERO));
        if let Some(at) = timestamp::read(&text) {
            prop_assert!((2..=9999).contains(&at.year()));
            prop_assert_eq!(timestamp::read(&timestamp::write(at)).map(|again| again.unix_timestamp()), Some(at.unix_timestamp()));
        }
    }
}

#[test]
fn a_body_of_errors_without_end_costs_neither_memory_nor_time() {
    // Each error says something else, so that telling them apart would take the square of their number.
    let errors: Vec<Value> = (0..200_000).map(|number| serde_json::json!({"message": format!("m{number}")})).collect();
    for body in [serde_json::json!(errors), serde_json::json!({"error": {"code": "A", "details": errors}})] {
        let error = AzureError::from_body(body.to_string().as_bytes(), None);
        assert!(error.chain().len() <= 100, "{}", error.chain().len());
        assert!(error.to_string().starts_with(if body.is_array() { "m0; m1" } else { "A; m0; m1" }));
    }
    let long = AzureError::from_body(serde_json::json!({"message": "x".repeat(1 << 20)}).to_string().as_bytes(), None);
    assert!(long.message.len() < 9_000);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(AzureError::from_body(deep.as_bytes(), None).to_string().len() < 1_000);
}
