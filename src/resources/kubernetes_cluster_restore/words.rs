//! What a cluster restore brings back, as a plan says it: made of the criteria that are sent.

use crate::azure::data_protection::KubernetesClusterCriteria;
use crate::resources::given::NotGiven;

/// What is restored, in one sentence for each criterion.
pub(super) fn restored(criteria: &Result<KubernetesClusterCriteria, NotGiven>) -> String {
    let criteria = match criteria {
        Ok(criteria) => criteria,
        Err(NotGiven { argument, .. }) => {
            return format!(
                "What is restored is known only after apply: it depends on `{argument}`. An argument that is not set \
                 limits nothing."
            );
        }
    };
    let mappings = criteria.namespace_mappings.iter();
    let renamed: Vec<String> = mappings.map(|(from, to)| format!("{from:?} as {to:?}")).collect();
    let all = || "Resources of all namespaces are restored.".to_owned();
    let mut said = vec![
        listed("Resources of these namespaces are restored", &quoted(&criteria.included_namespaces))
            .unwrap_or_else(all),
    ];
    for (what, names) in [
        ("No resources of these namespaces", quoted(&criteria.excluded_namespaces)),
        ("Restored under another name", renamed),
        ("Only resources of these types", quoted(&criteria.included_resource_types)),
        ("No resources of these types", quoted(&criteria.excluded_resource_types)),
        ("Only resources with these labels", quoted(&criteria.label_selectors)),
    ] {
        said.extend(listed(what, &names));
    }
    let restored = if criteria.include_cluster_scope_resources { "restored as well" } else { "not restored" };
    said.push(format!("Resources that belong to no namespace are {restored}."));
    said.join("\n")
}

fn listed(what: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("{what}: {}.", names.join(", ")))
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("{name:?}")).collect()
}
