//! ARM resource ids and locations: kept as they were written, compared as Azure compares them.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The id of anything in Azure Resource Manager, such as
/// `/subscriptions/{guid}/resourceGroups/{group}/providers/{Namespace}/{type}/{name}`.
///
/// Services answer with other casing than was sent, so two ids are equal if they differ in case only; `Display` gives
/// the casing that came in.
#[derive(Clone, Debug)]
pub struct ResourceId {
    text: String,
}

/// Why a text is no resource id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResourceId {
    /// It does not begin with a slash.
    #[error("a resource id begins with \"/\"")]
    NoLeadingSlash,
    /// Two slashes in a row, a slash at the end, or `.` or `..` between two slashes.
    #[error("a resource id has no empty segments, no \"/\" at its end and no \".\" or \"..\" between slashes")]
    EmptySegment,
    /// A character that no Azure name may hold.
    #[error("a resource id cannot contain {0:?}")]
    Character(char),
    /// A type without a name, or a name without a type.
    #[error("a resource id alternates between types and names, and ends with a name")]
    Unpaired,
    /// An id of another type than the one needed here.
    #[error("expected an id of the form {expected}")]
    OtherType {
        /// The form with placeholders, as in Azure's documentation.
        expected: &'static str,
    },
}

impl ResourceId {
    /// Takes an id apart to see whether it is one.
    ///
    /// # Errors
    /// [`InvalidResourceId`] names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let path = text.strip_prefix('/').ok_or(InvalidResourceId::NoLeadingSlash)?;
        // The characters ARM allows in no name; a `%` would be encoded a second time on the way out.
        if let Some(character) =
            text.chars().find(|c| matches!(c, '<' | '>' | '%' | '&' | '\\' | '?' | '#') || c.is_control())
        {
            return Err(InvalidResourceId::Character(character));
        }
        // `.` and `..` would be resolved by the URL and lead to another resource.
        if path.split('/').any(|segment| segment.is_empty() || segment == "." || segment == "..") {
            return Err(InvalidResourceId::EmptySegment);
        }
        let id = Self { text: text.to_owned() };
        if id.pairs().all(|(_, name)| name.is_some()) { Ok(id) } else { Err(InvalidResourceId::Unpaired) }
    }

    /// The id as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name below the innermost `segment`, which is compared without case: `segment("backupVaults")`.
    pub fn segment(&self, segment: &str) -> Option<&str> {
        self.pairs().filter(|(kind, _)| kind.eq_ignore_ascii_case(segment)).filter_map(|(_, name)| name).last()
    }

    /// The GUID of the subscription; none for ids of tenant level.
    pub fn subscription(&self) -> Option<&str> {
        self.segment("subscriptions")
    }

    /// The name of the resource group; none for ids above it.
    pub fn resource_group(&self) -> Option<&str> {
        self.segment("resourceGroups")
    }

    /// The last segment: the resource's own name.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// `Namespace/type/childType` as written; decided by the last `/providers/`. None for subscriptions and groups.
    pub fn resource_type(&self) -> Option<String> {
        let mut resource_type: Option<String> = None;
        for (kind, name) in self.pairs() {
            if kind.eq_ignore_ascii_case("providers") {
                resource_type = name.map(str::to_owned);
            } else if let Some(so_far) = &mut resource_type {
                so_far.push('/');
                so_far.push_str(kind);
            }
        }
        resource_type.filter(|found| found.contains('/'))
    }

    /// Whether [`Self::resource_type`] is `resource_type`, without case.
    pub fn is_of_type(&self, resource_type: &str) -> bool {
        self.resource_type().is_some_and(|found| found.eq_ignore_ascii_case(resource_type))
    }

    /// The id one type and name further down.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        Self { text: format!("{}/{kind}/{name}", self.text) }
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut segments = self.text.split('/').skip(1);
        std::iter::from_fn(move || segments.next().map(|kind| (kind, segments.next())))
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::str::FromStr for ResourceId {
    type Err = InvalidResourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.text.to_lowercase() == other.text.to_lowercase()
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.to_lowercase().hash(state);
    }
}

/// An Azure region. `North Europe` and `northeurope` are the same; `Display` gives the writing that came in.
#[derive(Clone, Debug)]
pub struct Location(String);

impl Location {
    /// Takes a region's name in either form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The region as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Lower case without blanks: the form that goes into a path.
    pub fn normalized(&self) -> String {
        self.0.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.normalized() == other.normalized()
    }
}

impl Eq for Location {}

impl Hash for Location {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalized().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    #[test]
    fn ids_that_differ_in_case_are_equal_and_keep_their_casing() {
        let written = ResourceId::parse(VAULT).unwrap();
        let answered =
            ResourceId::parse(&VAULT.replace("resourceGroups", "resourcegroups").replace("backupV", "BackupV"))
                .unwrap();
        assert_eq!(written, answered);
        assert_eq!(
            answered.to_string(),
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/BackupVaults/v"
        );
    }

    #[test]
    fn segments_are_found_without_case() {
        let id = ResourceId::parse(&VAULT.to_uppercase()).unwrap();
        assert_eq!(id.segment("backupVaults"), Some("V"));
        assert_eq!(id.subscription(), Some("S"));
        assert_eq!(id.resource_group(), Some("G"));
        assert_eq!(id.name(), "V");
        assert!(id.is_of_type("Microsoft.DataProtection/backupVaults"));
    }

    #[test]
    fn the_last_providers_decides_the_type_of_an_extension() {
        let id = ResourceId::parse(&format!("{VAULT}/providers/Microsoft.Authorization/locks/l")).unwrap();
        assert!(id.is_of_type("Microsoft.Authorization/locks"));
    }

    #[test]
    fn a_group_has_no_type_and_a_tenant_resource_no_subscription() {
        assert_eq!(ResourceId::parse("/subscriptions/s/resourceGroups/g").unwrap().resource_type(), None);
        let tenant = ResourceId::parse("/providers/Microsoft.Management/managementGroups/m").unwrap();
        assert_eq!(tenant.subscription(), None);
        assert!(tenant.is_of_type("Microsoft.Management/managementGroups"));
    }

    #[test]
    fn what_is_no_id_is_refused_by_the_rule_it_breaks() {
        let refused = |text: &str| ResourceId::parse(text).unwrap_err();
        assert_eq!(refused("subscriptions/s"), InvalidResourceId::NoLeadingSlash);
        assert_eq!(refused(""), InvalidResourceId::NoLeadingSlash);
        assert_eq!(refused("/"), InvalidResourceId::EmptySegment);
        assert_eq!(refused("/subscriptions/s/"), InvalidResourceId::EmptySegment);
        assert_eq!(refused("/subscriptions//s"), InvalidResourceId::EmptySegment);
        assert_eq!(refused("/subscriptions/../x"), InvalidResourceId::EmptySegment);
        assert_eq!(refused("/subscriptions/s/resourceGroups"), InvalidResourceId::Unpaired);
        assert_eq!(refused("/subscriptions/s?x=1"), InvalidResourceId::Character('?'));
        assert_eq!(refused("/subscriptions/%2e"), InvalidResourceId::Character('%'));
        assert_eq!(refused("/subscriptions/s\n"), InvalidResourceId::Character('\n'));
    }

    #[test]
    fn semicolons_blanks_and_parentheses_may_stand_in_names() {
        assert!(ResourceId::parse("/subscriptions/s/resourceGroups/g (1)/providers/N/t/VM;compute;x").is_ok());
    }

    #[test]
    fn locations_are_compared_without_case_and_blanks() {
        assert_eq!(Location::new("North Europe"), Location::new("northeurope"));
        assert_ne!(Location::new("North Europe"), Location::new("westeurope"));
    }
}
