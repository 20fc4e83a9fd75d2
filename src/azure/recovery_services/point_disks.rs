//! The disks that a point of a virtual machine holds.

use serde_json::Value;

use crate::azure::json_fields::JsonFields;

/// `IaasVMRPExtendedInfo` of the REST description, as far as a restore chooses among disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointDisks {
    /// LUNs and names of the data disks. That of the operating system has no LUN (Azure says -1).
    pub data_disks: Vec<PointDisk>,
}

/// A data disk in a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointDisk {
    /// Its LUN.
    pub lun: i64,
    /// Its name, where Azure gives it.
    pub name: Option<String>,
}

impl PointDisks {
    /// Reads the list that the service answers with for one point.
    ///
    /// # Errors
    /// Why it does not say which disks there are.
    pub(super) fn read(answer: &Value) -> Result<Self, &'static str> {
        let Some(points) = JsonFields::of(answer).get("value").and_then(Value::as_array) else {
            return Err("it has no list of points");
        };
        let [point] = points.as_slice() else { return Err("it is not about one point") };
        let point = JsonFields::of(point).object("properties");
        if point.is_empty() {
            return Err("it says nothing of the point");
        }
        let disks = match point.get("dataDisks") {
            // A machine without data disks.
            None => &[],
            Some(Value::Array(disks)) => disks.as_slice(),
            Some(_) => return Err("its data disks are no list"),
        };
        let data_disks = disks.iter().map(PointDisk::read).collect::<Option<Vec<_>>>();
        data_disks.map(|data_disks| Self { data_disks }).ok_or("a data disk has no LUN")
    }
}

impl PointDisk {
    fn read(value: &Value) -> Option<Self> {
        let disk = JsonFields::of(value);
        Some(Self { lun: disk.text("lun")?.parse().ok()?, name: disk.text("name") })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(properties: &Value) -> Result<Vec<i64>, &'static str> {
        let read = PointDisks::read(&json!({"value": [{"properties": properties}]}))?;
        Ok(read.data_disks.iter().map(|disk| disk.lun).collect())
    }

    #[test]
    fn data_disks_have_luns_and_a_machine_may_have_none() {
        let disks = json!([{"lun": 0, "name": "data-0", "diskSizeInGb": 32}, {"lun": "3"}]);
        let info = json!({"objectType": "IaasVMRPExtendedInfo", "osDisk": {"lun": -1}, "dataDisks": disks});
        assert_eq!(of(&info), Ok(vec![0, 3]));
        assert_eq!(of(&json!({"objectType": "IaasVMRPExtendedInfo", "osDisk": {"lun": -1}})), Ok(vec![]));
    }

    #[test]
    fn an_answer_that_does_not_say_it_is_an_error_and_never_no_disks() {
        for properties in [json!({}), json!(null), json!({"dataDisks": {}}), json!({"dataDisks": [{"name": "x"}]})] {
            assert!(of(&properties).is_err(), "{properties}");
        }
        for answer in [json!({}), json!({"value": []}), json!({"value": [{}, {}]}), json!(null)] {
            assert!(PointDisks::read(&answer).is_err(), "{answer}");
        }
    }
}
