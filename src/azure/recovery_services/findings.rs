//! What the validation of a restore has found. It stands in an answer that says `Succeeded`
//! (docs/reference/azure-recovery-services.md#validation).

use serde_json::Value;

use crate::azure::error::AzureError;
use crate::azure::json_fields::JsonFields;

/// Reads the result of a validation: `None` where the answer holds none, and the findings as one error. Nothing that stands
/// where findings should is taken for none.
pub(super) fn read(result: &Value) -> Result<Option<()>, Box<AzureError>> {
    let Some(response) = JsonFields::of(result).get("validateOperationResponse") else { return Ok(None) };
    let unreadable = || Box::new(AzureError::new("", "The result of the validation cannot be understood."));
    if !response.is_object() {
        return Err(unreadable());
    }
    match JsonFields::of(response).get("validationResults") {
        None => Ok(Some(())),
        Some(Value::Array(findings)) if findings.is_empty() => Ok(Some(())),
        Some(findings) => {
            let error = AzureError::read(findings);
            Err(if error.is_silent() { unreadable() } else { Box::new(error) })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(results: &Value) -> Result<Option<()>, Box<AzureError>> {
        read(&json!({"validateOperationResponse": {"validationResults": results}}))
    }

    #[test]
    fn findings_are_one_error_with_all_advice() {
        let error = of(&json!([
            {"code": "UserErrorCoreCountSubscriptionQuotaReached", "message": "No cores.", "recommendations": ["Ask."]},
            {"code": "UserErrorOther", "message": "Other.", "recommendations": ["Do."]}]))
        .unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("UserErrorCoreCountSubscriptionQuotaReached", "No cores.")
        );
        assert!(error.has_code("UserErrorOther"));
        assert_eq!(error.all_recommended_actions(), ["Ask.", "Do."]);
    }

    #[test]
    fn no_findings_are_no_complaint_and_no_response_is_no_result() {
        assert_eq!(of(&json!([])), Ok(Some(())));
        assert_eq!(of(&json!(null)), Ok(Some(())));
        for silent in [json!(null), json!({}), json!({"validateOperationResponse": null})] {
            assert_eq!(read(&silent), Ok(None), "{silent}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_finding() {
        for results in [json!([{}]), json!([null]), json!("no"), json!({"code": "C"}), json!(7)] {
            assert!(of(&results).is_err(), "{results}");
        }
        assert!(read(&json!({"validateOperationResponse": ["C"]})).is_err());
    }
}
