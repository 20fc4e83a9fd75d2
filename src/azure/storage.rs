//! Microsoft.Storage, only as far as a restore asks whether its target is there.

use serde_json::Value;

use super::client::ArmClient;
use super::deadline::Deadline;
use super::error::ArmError;
use super::json_fields::JsonFields;
use super::resource_id::{Location, ResourceId, segment_of_name};

/// A stable version of accounts and of the shares in them.
const API_VERSION: &str = "2024-01-01";

/// `StorageAccounts_GetProperties`: where the account lies; none if the answer does not say.
///
/// # Errors
/// As [`ArmClient::get`].
pub async fn account_location(
    client: &ArmClient,
    account: &ResourceId,
    deadline: &Deadline,
) -> Result<Option<Location>, ArmError> {
    let answer: Value = client.get(account.as_str(), API_VERSION, &[], deadline).await?;
    Ok(JsonFields::of(&answer).text("location").map(Location::new))
}

/// `FileShares_Get`: an error if there is no such share.
///
/// # Errors
/// As [`ArmClient::get`].
pub async fn file_share(
    client: &ArmClient,
    account: &ResourceId,
    share: &str,
    deadline: &Deadline,
) -> Result<(), ArmError> {
    let path = format!("{account}/fileServices/default/shares/{}", segment_of_name(share));
    let _: Value = client.get(&path, API_VERSION, &[], deadline).await?;
    Ok(())
}
