use serde_json::{Value, json};

use super::*;
use crate::azure::error::WriteError;
use crate::azure::operation::AcceptedOperation;
use crate::azure::scripted::{
    ScriptedTokens, ScriptedTransport, Step, WAIT, answer, client, deadline, settings, with_headers,
};

const PATH: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
const URL: &str = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v?api-version=1";
const TEN_HOURS: u64 = 36_000;

async fn get(transport: &Arc<ScriptedTransport>, seconds: u64) -> Result<Value, ArmError> {
    client(transport).get(PATH, "1", &[], &deadline(seconds)).await
}

fn url(text: &str) -> AsyncUrl {
    AsyncUrl::new(Url::parse(text).unwrap())
}

mod hosts;
mod lists;
mod logs;
mod recent;
mod repetition;
mod sends;
mod tokens;
