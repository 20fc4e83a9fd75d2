//! The link between a vault and a resource guard, without which nobody restores from it alone
//! (docs/reference/azure-recovery-services.md#resource-guard).

use serde_json::Value;

use crate::azure::json_fields::JsonFields;

/// The operation that a guard may protect.
const RESTORE: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action";
/// How the guard's own request of it is called, where the operation has another name.
const RESTORE_REQUESTS: &str = "triggerRestoreRequests";

/// The request that a restore must name, if the links in the answer cover restores.
pub(super) fn restore_request(links: &[Value]) -> Option<String> {
    let details =
        links.iter().flat_map(|link| JsonFields::of(link).object("properties").list("resourceGuardOperationDetails"));
    details
        .filter_map(|detail| {
            let detail = JsonFields::of(detail);
            let request = detail.text("defaultResourceRequest")?;
            let named = detail.text("vaultCriticalOperation").is_some_and(|name| name.eq_ignore_ascii_case(RESTORE));
            let asks = request.split('/').rev().nth(1).is_some_and(|kind| kind.eq_ignore_ascii_case(RESTORE_REQUESTS));
            (named || asks).then_some(request)
        })
        .next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REQUEST: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r/triggerRestoreRequests/default";

    fn link(operation: &str, request: &str) -> Value {
        json!({"name": "VaultProxy", "properties": {"resourceGuardOperationDetails": [
            {"vaultCriticalOperation": operation, "defaultResourceRequest": request}]}})
    }

    #[test]
    fn a_guard_over_restores_is_found_by_the_operation_or_by_its_request() {
        let other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r/x/default";
        assert_eq!(restore_request(&[link(RESTORE, other)]).as_deref(), Some(other));
        assert_eq!(
            restore_request(&[link("Microsoft.DataProtection/resourceGuards/y", REQUEST)]).as_deref(),
            Some(REQUEST)
        );
    }

    #[test]
    fn a_guard_over_other_operations_asks_nothing_of_a_restore() {
        let other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r/deleteProtectedItemRequests/default";
        assert_eq!(restore_request(&[link("x", other)]), None);
        assert_eq!(restore_request(&[json!({}), json!(null)]), None);
    }
}
