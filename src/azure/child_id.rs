//! Ids of what lies in something else, level by level: a job in a vault; a recovery point in an item in a container in a
//! fabric in a vault. A service declares its collections, and what holds for all ids comes along.

use std::fmt;

use super::resource_id::{InvalidResourceId, ResourceId, is_same, is_special};

/// The id of one member of a collection, with the ids of all that it lies in.
///
/// Parsed in any casing, equal as [`ResourceId`] is. Printed with its names as they came in and with the collections in the
/// casing that Azure documents, which `azurerm` and everybody else writes, whatever an answer had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChildId<C: Collection> {
    parent: C::Parent,
    id: ResourceId,
}

/// A collection of things in another thing, such as the jobs of a vault. Implemented by types without values.
pub trait Collection {
    /// What it lies in: for the first level a vault, for every further one another [`ChildId`].
    type Parent: ParentId;
    /// What stands before the name, in the casing that Azure documents: `backupJobs`.
    const SEGMENT: &'static str;
    /// The whole id with placeholders, for errors: `/subscriptions/{subscription}/…/backupJobs/{job}`.
    const FORM: &'static str;
    /// What its names may hold.
    const NAMES: NameRule = NameRule::Plain;
}

/// What the names of a collection may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// What ARM allows everywhere: none of `< > % & \ ? #`, and so no escapes either. A name with a `%` is a mistake or
    /// an attack, and is refused before anything is sent.
    Plain,
    /// Every character, if it is percent-encoded where [`ResourceId::parse`] wants it: names that people gave to
    /// databases, or that are composed of others with `;`.
    Any,
}

/// The id of something that other things lie in.
pub trait ParentId: Sized {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    fn parse(text: &str) -> Result<Self, InvalidResourceId>;

    /// The id as an ARM id.
    fn resource_id(&self) -> &ResourceId;
}

impl<C: Collection> ChildId<C> {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let other = InvalidResourceId::OtherType { expected: C::FORM };
        let id = ResourceId::parse(text)?;
        let Some((above, name)) = id.as_str().rsplit_once('/') else { return Err(other) };
        match above.rsplit_once('/') {
            Some((parent, segment)) if is_same(segment, C::SEGMENT) => {
                Self::below(C::Parent::parse(parent).map_err(|_| other)?, name)
            }
            _ => Err(other),
        }
    }

    /// The member `name` of the collection in `parent`. `name` is written as in an id; of one that people gave, make
    /// [`segment_of_name`](super::resource_id::segment_of_name) first.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` is not one segment, or holds what no name of this collection may hold.
    pub fn below(parent: C::Parent, name: &str) -> Result<Self, InvalidResourceId> {
        if C::NAMES == NameRule::Plain
            && let Some(character) = name.chars().find(|character| is_special(*character))
        {
            return Err(InvalidResourceId::Character(character));
        }
        let id = parent.resource_id().child(C::SEGMENT, name)?;
        Ok(Self { parent, id })
    }

    /// What it lies in.
    pub fn parent(&self) -> &C::Parent {
        &self.parent
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.id
    }

    /// The thing's own name, the last segment, as written.
    pub fn name(&self) -> &str {
        self.id.name()
    }
}

impl<C: Collection> ParentId for ChildId<C> {
    fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        Self::parse(text)
    }

    fn resource_id(&self) -> &ResourceId {
        &self.id
    }
}

impl<C: Collection> fmt::Display for ChildId<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(formatter)
    }
}

/// Five levels with names of any characters, as a service of vaults, containers and items has them.
#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::azure::endpoint::Endpoint;
    use crate::azure::resource_id::segment_of_name;

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct RecoveryVaultId(ResourceId);

    impl ParentId for RecoveryVaultId {
        fn parse(text: &str) -> Result<Self, InvalidResourceId> {
            ResourceId::parse_of_type(text, "Microsoft.Test/vaults").map(Self)
        }

        fn resource_id(&self) -> &ResourceId {
            &self.0
        }
    }

    macro_rules! collection {
        ($name:ident in $parent:ty: $segment:literal, $names:expr) => {
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            enum $name {}

            impl Collection for $name {
                type Parent = $parent;
                const SEGMENT: &'static str = $segment;
                const FORM: &'static str = concat!("…/", $segment, "/{name}");
                const NAMES: NameRule = $names;
            }
        };
    }

    collection!(Fabrics in RecoveryVaultId: "backupFabrics", NameRule::Plain);
    collection!(Containers in ChildId<Fabrics>: "protectionContainers", NameRule::Any);
    collection!(Items in ChildId<Containers>: "protectedItems", NameRule::Any);
    collection!(Points in ChildId<Items>: "recoveryPoints", NameRule::Plain);
    collection!(Jobs in RecoveryVaultId: "backupJobs", NameRule::Plain);

    const VAULT: &str = "/subscriptions/s/resourceGroups/rg-Ärger/providers/Microsoft.Test/vaults/v";

    fn vault() -> RecoveryVaultId {
        RecoveryVaultId::parse(VAULT).unwrap()
    }

    /// The point of an item, from names as people know them.
    fn point(container: &str, item: &str) -> Result<ChildId<Points>, InvalidResourceId> {
        let fabric = ChildId::<Fabrics>::below(vault(), "Azure")?;
        let container = ChildId::<Containers>::below(fabric, &segment_of_name(container))?;
        let item = ChildId::<Items>::below(container, &segment_of_name(item))?;
        ChildId::<Points>::below(item, "932886657837421071")
    }

    fn url_of<C: Collection>(id: &ChildId<C>) -> Url {
        let endpoint = Endpoint::new(Url::parse("https://management.azure.com/").unwrap()).unwrap();
        endpoint.url(id.resource_id().as_str(), &[("api-version", "1")])
    }

    #[test]
    fn a_point_of_the_fifth_level_knows_all_it_lies_in() {
        let text = format!(
            "{VAULT}/BackupFabrics/Azure/protectioncontainers/VMAppContainer;Compute;g;vm/protectedItems\
             /SQLDataBase%3Bmssqlserver%3BR%26D/RecoveryPoints/1"
        );
        let point = ChildId::<Points>::parse(&text).unwrap();
        let item = point.parent();
        assert_eq!((point.name(), item.name()), ("1", "SQLDataBase%3Bmssqlserver%3BR%26D"));
        assert_eq!(item.resource_id().decoded_name(), "SQLDataBase;mssqlserver;R&D");
        assert_eq!(item.parent().name(), "VMAppContainer;Compute;g;vm");
        assert_eq!((item.parent().parent().name(), item.parent().parent().parent()), ("Azure", &vault()));
        assert_eq!(
            point.to_string(),
            format!(
                "{VAULT}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;vm/protectedItems\
                 /SQLDataBase%3Bmssqlserver%3BR%26D/recoveryPoints/1"
            )
        );
    }

    #[test]
    fn an_id_of_another_level_or_another_collection_is_refused_with_the_form_expected() {
        let item = point("c", "i").unwrap().parent().to_string();
        for other in [VAULT.to_owned(), item.clone(), format!("{VAULT}/recoveryPoints/p"), format!("{item}/jobs/j")] {
            let error = ChildId::<Points>::parse(&other).unwrap_err();
            assert_eq!(error, InvalidResourceId::OtherType { expected: Points::FORM }, "{other}");
        }
        assert!(ChildId::<Jobs>::parse(&format!("{item}/backupJobs/j")).is_err());
    }

    #[test]
    fn plain_names_hold_no_escapes_and_others_do() {
        for name in ["a%41", "a%", "a&b", "a?b", "a\\b"] {
            assert!(matches!(ChildId::<Jobs>::below(vault(), name), Err(InvalidResourceId::Character(_))), "{name}");
        }
        let fabric = ChildId::<Fabrics>::below(vault(), "Azure").unwrap();
        for name in ["a%41", "a%", "a%3Fb", "a;b"] {
            assert!(ChildId::<Containers>::below(fabric.clone(), name).is_ok(), "{name}");
        }
    }

    /// Names as people give them: any text without control characters.
    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => "[a-zA-Z%&#?<>/\\\\;+. \"'äÖßñЖ東🦀:@=,()0-9]{1,24}",
            1 => "\\PC{1,24}",
            1 => "(%[0-9a-fA-F]{2}|%|[./]){1,8}",
        ]
    }

    /// One of the ways in which somebody writes a name in an id: in another casing, with more or fewer escapes.
    fn rewritten(name: &str, how: u64) -> String {
        let one = |(position, character): (usize, char)| {
            let character = match (character.is_ascii_lowercase(), how >> (position % 61) & 1) {
                (true, 1) => character.to_ascii_uppercase(),
                _ => character,
            };
            let needed = "<>%&\\?#/".contains(character);
            let wanted = needed || how >> (position % 53) & 2 == 2;
            let escaped: String = character.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
            if wanted { escaped } else { character.to_string() }
        };
        name.chars().enumerate().map(one).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_name_is_one_segment_of_the_url_and_comes_out_as_it_went_in(container in name(), item in name()) {
            let Ok(point) = point(&container, &item) else {
                // Names that a URL would resolve are refused, and none else.
                prop_assert!([container, item].iter().any(|name| name.contains('.') || name.contains('%')));
                return Ok(());
            };
            let url = url_of(&point);
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 16, "{}", &url);
            prop_assert_eq!((url.host_str(), url.query(), url.fragment()), (Some("management.azure.com"), Some("api-version=1"), None));
            let decoded = |index: usize| percent_encoding::percent_decode_str(segments[index]).decode_utf8().unwrap();
            prop_assert_eq!((decoded(11), decoded(13)), (container.into(), item.into()));
            prop_assert_eq!((segments[0], segments[15]), ("subscriptions", "932886657837421071"));
        }

        #[test]
        fn what_was_sent_is_the_same_id_and_is_sent_alike(container in name(), item in name()) {
            if let Ok(point) = point(&container, &item) {
                let url = url_of(&point);
                let again = ChildId::<Points>::parse(url.path()).unwrap();
                prop_assert_eq!(&again, &point);
                prop_assert_eq!(url_of(&again), url);
            }
        }

        #[test]
        fn casing_and_escapes_make_no_other_id(container in name(), item in name(), how in any::<u64>()) {
            if let Ok(point) = point(&container, &item) {
                let text = format!(
                    "{VAULT}/backupfabrics/AZURE/protectionContainers/{}/protecteditems/{}/recoverypoints/932886657837421071",
                    rewritten(&container, how), rewritten(&item, how.rotate_left(32))
                );
                let other = ChildId::<Points>::parse(&text).unwrap();
                prop_assert_eq!(&other, &point);
                prop_assert_eq!(other.resource_id().canonical(), point.resource_id().canonical());
                let end = format!("/{}/recoverypoints/{}", other.parent().name(), other.name());
                prop_assert!(text.ends_with(&end), "names stay as written: {text}");
            }
        }

        #[test]
        fn other_names_make_another_id(one in name(), other in name()) {
            if let (Ok(first), Ok(second)) = (point("c", &one), point("c", &other)) {
                let alike = one.to_lowercase() == other.to_lowercase() || one.to_uppercase() == other.to_uppercase();
                prop_assert!(alike || first != second, "{first} {second}");
            }
        }
    }
}
