//! The body of a backup on demand.

use serde::Serialize;

/// `TriggerBackupRequest` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceBackupRequest {
    backup_rule_options: RuleOptions,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleOptions {
    rule_name: String,
    trigger_option: TriggerOption,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TriggerOption {
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_tag_override: Option<String>,
}

impl InstanceBackupRequest {
    /// A backup as this rule of the policy says, kept as this tag says; none: as the rule says.
    pub fn new(rule_name: impl Into<String>, retention_tag: Option<String>) -> Self {
        let trigger_option = TriggerOption { retention_tag_override: retention_tag };
        Self { backup_rule_options: RuleOptions { rule_name: rule_name.into(), trigger_option } }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn the_tag_may_be_left_to_the_rule_and_its_place_stays() {
        let tagged = InstanceBackupRequest::new("BackupWeekly", Some("yearly".into()));
        let option = |option| json!({"backupRuleOptions": {"ruleName": "BackupWeekly", "triggerOption": option}});
        assert_eq!(to_value(tagged).unwrap(), option(json!({"retentionTagOverride": "yearly"})));
        assert_eq!(to_value(InstanceBackupRequest::new("BackupWeekly", None)).unwrap(), option(json!({})));
    }
}
