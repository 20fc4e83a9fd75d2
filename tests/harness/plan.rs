use serde_json::Value;

/// A saved plan, as `show -json` tells it.
#[derive(Debug, Clone)]
pub struct Plan {
    pub json: Value,
}

/// What a plan means to do with one resource.
#[derive(Debug, Clone)]
pub struct PlannedChange {
    /// `["no-op"]`, `["create"]`, `["update"]`, `["delete", "create"]`, …
    pub actions: Vec<String>,
    pub before: Value,
    pub after: Value,
    /// `true` at each place whose value is known only after apply.
    pub after_unknown: Value,
    /// The paths that force a replacement, each as `triggers` or `containers[0].name`.
    pub replace_paths: Vec<String>,
    /// `replace_because_tainted`, `replace_because_cannot_update`, `replace_by_request`, …
    pub reason: Option<String>,
}

impl Plan {
    pub fn read(text: &str) -> Self {
        let json = serde_json::from_str(text).unwrap_or_else(|error| panic!("show -json printed {text:?}: {error}"));
        Self { json }
    }

    /// The change planned for a managed resource.
    pub fn change(&self, address: &str) -> PlannedChange {
        let changes = self.json["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = changes.iter().find(|change| change["address"] == address && change["deposed"].is_null());
        let found = found.unwrap_or_else(|| panic!("the plan says nothing of {address}: {:#}", self.json));
        let change = &found["change"];
        let actions = change["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let paths = change["replace_paths"].as_array().map(Vec::as_slice).unwrap_or_default();
        PlannedChange {
            actions: actions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            before: change["before"].clone(),
            after: change["after"].clone(),
            after_unknown: change["after_unknown"].clone(),
            replace_paths: paths.iter().map(path).collect(),
            reason: found["action_reason"].as_str().map(str::to_owned),
        }
    }

    /// The actions planned for a managed resource, joined as in `delete, create`.
    pub fn actions(&self, address: &str) -> String {
        self.change(address).actions.join(", ")
    }
}

impl PlannedChange {
    /// Names of the top-level attributes whose value the plan leaves open, sorted.
    pub fn unknown(&self) -> Vec<&str> {
        let Some(members) = self.after_unknown.as_object() else { return Vec::new() };
        let mut names: Vec<&str> = members.iter().filter(|(_, open)| any_true(open)).map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names
    }
}

fn any_true(value: &Value) -> bool {
    match value {
        Value::Bool(open) => *open,
        Value::Array(elements) => elements.iter().any(any_true),
        Value::Object(members) => members.values().any(any_true),
        _ => false,
    }
}

fn path(steps: &Value) -> String {
    let mut text = String::new();
    for step in steps.as_array().map(Vec::as_slice).unwrap_or_default() {
        match step.as_str() {
            Some(name) if text.is_empty() => text.push_str(name),
            Some(name) => text.push_str(&format!(".{name}")),
            None => text.push_str(&format!("[{step}]")),
        }
    }
    text
}
