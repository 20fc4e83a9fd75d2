//! ARM resource ids and locations: kept as they were written, compared as Azure compares them, sent encoded once.
//!
//! Segments may be percent-encoded, since some services allow any character in a name (a database may be called
//! `R&D 100%`). `%` followed by two hexadecimal digits is an escape, wherever it stands; any other `%` is itself.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What a segment of a path holds unencoded: `pchar` of RFC 3986 without `&`, which the official clients encode, too.
const ENCODED_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// By us, by a proxy, by Resource Manager, by a service.
const MOST_DECODINGS: usize = 4;

/// Encodes the name of something as one segment of an id, whatever the name holds. For names that are known as people
/// see them: a `%` in it is a percent sign, not the begin of an escape.
pub fn segment_of_name(name: &str) -> String {
    percent_encode(name.as_bytes(), ENCODED_IN_SEGMENT).to_string()
}

/// The path of a URL that leads to `id`, or to anything written as ids are: every segment encoded, none of them twice, so
/// that no segment becomes two and none a query.
pub(super) fn path_of(id: &str) -> String {
    let encoded = |segment: &str| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&bytes, ENCODED_IN_SEGMENT).to_string()
    };
    id.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

/// The form that all ways of writing one id or name have in common: without escapes and without case.
///
/// Any text has one. A slash within a name stays apart from one between names, as `%2F`.
pub fn canonical(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    for (position, segment) in text.split('/').enumerate() {
        if position > 0 {
            canonical.push('/');
        }
        for character in percent_decode_str(segment).decode_utf8_lossy().chars() {
            match character {
                '/' => canonical.push_str("%2F"),
                '%' => canonical.push_str("%25"),
                other => canonical.push(without_case(other)),
            }
        }
    }
    canonical
}

/// Whether two ids, or two names, mean the same thing in Azure: without case in any script, encoded or not.
pub fn is_same(one: &str, other: &str) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// Character by character, as Azure compares: `ß` is not `ss`. No letter of another script becomes one of ours: the sign
/// for Kelvin is no `k`, `ı` no `i`.
fn without_case(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let upper = one_of(character.to_uppercase()).filter(|upper| !upper.is_ascii()).unwrap_or(character);
    one_of(upper.to_lowercase()).filter(|lower| !lower.is_ascii()).unwrap_or(upper)
}

fn one_of(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

/// The id of anything in Azure Resource Manager, such as
/// `/subscriptions/{guid}/resourceGroups/{group}/providers/{Namespace}/{type}/{name}`.
///
/// Services answer with other casing than was sent, and with or without escapes, so two ids are equal if [`is_same`] says
/// so; `Display` gives what came in.
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
    /// A character that no Azure name may hold, or not unless it is percent-encoded.
    #[error("a resource id cannot contain {0:?}")]
    Character(char),
    /// Escapes that do not make up characters.
    #[error("a resource id is percent-encoded UTF-8, which \"{0}\" is not")]
    Encoding(String),
    /// A type without a name, or a name without a type.
    #[error("a resource id alternates between types and names, and ends with a name")]
    Unpaired,
    /// An id of another type than the one needed here.
    #[error("expected an id of the form {expected}")]
    OtherType {
        /// The form with placeholders, as in Azure's documentation.
        expected: &'static str,
    },
    /// A resource of another type than the one needed here.
    #[error("it names a resource of type {found}, not {expected}")]
    OtherResourceType {
        /// `Namespace/type`; empty for what has none, such as a subscription.
        found: String,
        /// `Namespace/type`.
        expected: String,
    },
}

/// What a resource that lies directly in a resource group is called; see [`ResourceId::in_resource_group`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InResourceGroup<'a> {
    /// GUID.
    pub subscription: &'a str,
    /// As written.
    pub resource_group: &'a str,
    /// As written.
    pub name: &'a str,
}

impl ResourceId {
    /// Takes an id apart to see whether it is one. Every character may stand in a name if it is percent-encoded, but for
    /// control characters; unencoded, those that mean something in a URL may not.
    ///
    /// # Errors
    /// [`InvalidResourceId`] names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let path = text.strip_prefix('/').ok_or(InvalidResourceId::NoLeadingSlash)?;
        // The characters that ARM allows in no name, but for the sign of an escape.
        if let Some(character) = text.chars().find(|c| is_special(*c) && *c != '%') {
            return Err(InvalidResourceId::Character(character));
        }
        path.split('/').try_for_each(check_segment)?;
        let id = Self { text: text.to_owned() };
        if id.pairs().all(|(_, name)| name.is_some()) { Ok(id) } else { Err(InvalidResourceId::Unpaired) }
    }

    /// As [`ResourceId::parse`], for a resource of one type, such as `Microsoft.Compute/disks`.
    ///
    /// # Errors
    /// [`InvalidResourceId`]; of the id of something else [`InvalidResourceId::OtherResourceType`].
    pub fn parse_of_type(text: &str, resource_type: &str) -> Result<Self, InvalidResourceId> {
        let id = Self::parse(text)?;
        if id.is_of_type(resource_type) {
            return Ok(id);
        }
        let found = id.resource_type().unwrap_or_default();
        Err(InvalidResourceId::OtherResourceType { found, expected: resource_type.to_owned() })
    }

    /// The id as it was written: what state keeps and people see.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id without escapes, as bodies of requests name resources. It cannot be read again where a name holds a slash
    /// or a percent sign.
    pub fn decoded(&self) -> String {
        self.text.split('/').map(decoded).collect::<Vec<_>>().join("/")
    }

    /// The form that all ways of writing this id have in common; see [`canonical`].
    pub fn canonical(&self) -> String {
        canonical(&self.text)
    }

    /// The name below the innermost `segment`, which is compared without case: `segment("backupVaults")`.
    pub fn segment(&self, segment: &str) -> Option<&str> {
        self.pairs().filter(|(kind, _)| is_same(kind, segment)).filter_map(|(_, name)| name).last()
    }

    /// The GUID of the subscription; none for ids of tenant level.
    pub fn subscription(&self) -> Option<&str> {
        self.segment("subscriptions")
    }

    /// The name of the resource group; none for ids above it.
    pub fn resource_group(&self) -> Option<&str> {
        self.segment("resourceGroups")
    }

    /// The last segment as written: the resource's own name.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The resource's own name without escapes, for people and for bodies of requests.
    pub fn decoded_name(&self) -> Cow<'_, str> {
        decoded(self.name())
    }

    /// `Namespace/type/childType` as written; decided by the last `/providers/`. None for subscriptions and groups.
    pub fn resource_type(&self) -> Option<String> {
        let mut resource_type: Option<String> = None;
        for (kind, name) in self.pairs() {
            if is_same(kind, "providers") {
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
        self.resource_type().is_some_and(|found| is_same(&found, resource_type))
    }

    /// The parts of the id of a resource of `resource_type` that lies directly in a resource group. None for anything
    /// else, also for what lies in such a resource or extends it.
    pub fn in_resource_group(&self, resource_type: &str) -> Option<InResourceGroup<'_>> {
        let segments: Vec<&str> = self.text.split('/').skip(1).collect();
        let [subscriptions, subscription, groups, resource_group, providers, _, _, name] = segments.as_slice() else {
            return None;
        };
        let fits = is_same(subscriptions, "subscriptions")
            && is_same(groups, "resourceGroups")
            && is_same(providers, "providers")
            && self.is_of_type(resource_type);
        fits.then_some(InResourceGroup { subscription, resource_group, name })
    }

    /// The id one type and name further down; `name` is written as ids are, see [`segment_of_name`].
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `kind` or `name` is not one segment.
    pub fn child(&self, kind: &str, name: &str) -> Result<Self, InvalidResourceId> {
        if kind.contains('/') || name.contains('/') {
            return Err(InvalidResourceId::Unpaired);
        }
        Self::parse(&format!("{}/{kind}/{name}", self.text))
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut segments = self.text.split('/').skip(1);
        std::iter::from_fn(move || segments.next().map(|kind| (kind, segments.next())))
    }
}

/// Whether it means something in a URL, or is in ARM's list of characters for no name.
pub(super) fn is_special(character: char) -> bool {
    matches!(character, '<' | '>' | '%' | '&' | '\\' | '?' | '#') || character.is_control()
}

/// A segment of an id without escapes; what is no UTF-8 cannot be one.
pub fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

fn check_segment(segment: &str) -> Result<(), InvalidResourceId> {
    let decoded =
        percent_decode_str(segment).decode_utf8().map_err(|_| InvalidResourceId::Encoding(segment.to_owned()))?;
    if let Some(control) = decoded.chars().find(|character| character.is_control()) {
        return Err(InvalidResourceId::Character(control));
    }
    if segment.is_empty() || leads_elsewhere(&decoded) { Err(InvalidResourceId::EmptySegment) } else { Ok(()) }
}

/// Whether a name is, or holds between slashes of its own, `.` or `..`, also if somebody on the way decodes it again.
/// URLs resolve these, and lead to another resource then.
fn leads_elsewhere(name: &str) -> bool {
    let mut name = Cow::Borrowed(name);
    for _ in 0..MOST_DECODINGS {
        if name.split(['/', '\\']).any(|part| part == "." || part == "..") {
            return true;
        }
        name = Cow::Owned(decoded(&name).into_owned());
    }
    false
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
        is_same(&self.text, &other.text)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
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

    /// Whether `text` can be the name of a region, in either form. Which regions there are is up to Azure.
    ///
    /// # Errors
    /// Whole sentences.
    pub fn check(text: &str) -> Result<(), String> {
        let name = Self::new(text).normalized();
        if !name.is_empty() && name.len() <= 90 && name.chars().all(|character| character.is_ascii_alphanumeric()) {
            return Ok(());
        }
        Err(format!("{text:?} is not the name of an Azure region. Write it as `westeurope` or `West Europe`."))
    }

    /// The same region in the form that Azure and azurerm write: `westeurope`.
    #[must_use]
    pub fn as_azure_writes_it(&self) -> Self {
        Self(self.normalized())
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
        assert_eq!(refused("/subscriptions/%2e"), InvalidResourceId::EmptySegment);
        assert_eq!(refused("/subscriptions/s\n"), InvalidResourceId::Character('\n'));
    }

    #[test]
    fn an_escape_hides_no_way_elsewhere_and_no_control_character() {
        for name in ["..", "%2E%2e", ".%2e", "%252e%252e", "%25252e.", "a%2F..%2Fb", "..%5Cb", "a%252f%252e%252e"] {
            let text = format!("/subscriptions/s/resourceGroups/{name}");
            assert_eq!(ResourceId::parse(&text).unwrap_err(), InvalidResourceId::EmptySegment, "{name}");
        }
        let refused = |name: &str| ResourceId::parse(&format!("/subscriptions/{name}")).unwrap_err();
        assert_eq!(refused("a%00"), InvalidResourceId::Character('\0'));
        assert_eq!(refused("a%0d%0aHost: x"), InvalidResourceId::Character('\r'));
        assert_eq!(refused("%C3"), InvalidResourceId::Encoding("%C3".to_owned()));
        let long = format!("/subscriptions/%{}", "25".repeat(1 << 20));
        assert!(ResourceId::parse(&long).is_ok(), "neither a stack nor an hour is spent on it");
    }

    /// What the portal, a script, the service and an SDK write for one database.
    const DATABASE: [&str; 4] = [
        "/subscriptions/s/resourceGroups/rg-Ärger/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure\
         /protectionContainers/VMAppContainer;Compute;g;vm/protectedItems/SQLDataBase;mssqlserver;R%26D 100%",
        "/subscriptions/s/resourceGroups/rg-%C3%84rger/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure\
         /protectionContainers/VMAppContainer%3BCompute%3Bg%3Bvm/protectedItems/SQLDataBase%3Bmssqlserver%3BR%26D%20100%25",
        "/Subscriptions/S/resourcegroups/RG-äRGER/providers/microsoft.recoveryservices/vaults/V/backupfabrics/azure\
         /protectioncontainers/vmappcontainer;compute;G;VM/protecteditems/sqldatabase;MSSQLSERVER;r%26d%20100%",
        "/subscriptions/s/resourceGroups/rg-%c3%a4rger/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure\
         /protectionContainers/VMAppContainer%3bcompute;g;vm/protectedItems/SQLDataBase;mssqlserver;%52%26D%20100%25",
    ];

    #[test]
    fn ids_are_equal_in_any_casing_and_with_or_without_escapes_and_stay_as_written() {
        let ids = DATABASE.map(|text| ResourceId::parse(text).unwrap());
        for (id, text) in ids.iter().zip(DATABASE) {
            assert_eq!(id, &ids[0]);
            assert_eq!(id.canonical(), ids[0].canonical());
            assert_eq!((id.as_str(), id.to_string().as_str()), (text, text));
            assert!(is_same(text, DATABASE[0]));
        }
        assert_eq!(ids[0].resource_group(), Some("rg-Ärger"));
        assert_eq!(ids[1].resource_group(), Some("rg-%C3%84rger"));
        assert_eq!(ids[1].decoded_name(), "SQLDataBase;mssqlserver;R&D 100%");
        assert_eq!(ids[1].decoded(), DATABASE[0].replace("%26", "&"));
    }

    #[test]
    fn what_is_sent_is_encoded_once() {
        let name = "/protectedItems/SQLDataBase;mssqlserver;R%26D%20100%25";
        for text in &DATABASE[..2] {
            assert!(path_of(text).ends_with(name), "{}", path_of(text));
            assert_eq!(path_of(&path_of(text)), path_of(text));
        }
        assert_eq!(path_of("/a/x?y#z\\"), "/a/x%3Fy%23z%5C");
        assert_eq!(segment_of_name("a/b?%41 ü"), "a%2Fb%3F%2541%20%C3%BC");
    }

    #[test]
    fn names_that_only_look_alike_are_not_the_same() {
        for (one, other) in [
            ("straße", "strasse"),
            ("\u{212a}", "k"),
            ("ı", "i"),
            ("ſ", "s"),
            ("a%2Fb", "a/b"),
            ("a%252Fb", "a%2Fb"),
            ("50%25", "50%2525"),
            ("a b", "a+b"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
        for (one, other) in [("ÄÖÜ", "äöü"), ("ΟΔΟΣ", "οδος"), ("ЖУК", "жук"), ("50%", "50%25"), ("a/%2f", "A/%2F")]
        {
            assert!(is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn an_id_of_a_type_is_asked_for_by_the_type() {
        assert!(ResourceId::parse_of_type(VAULT, "microsoft.dataprotection/BackupVaults").is_ok());
        let refused = |text: &str| ResourceId::parse_of_type(text, "Microsoft.Compute/disks").unwrap_err().to_string();
        assert_eq!(
            refused(VAULT),
            "it names a resource of type Microsoft.DataProtection/backupVaults, not Microsoft.Compute/disks"
        );
        assert_eq!(refused("x"), "a resource id begins with \"/\"");
    }

    #[test]
    fn what_lies_directly_in_a_group_is_taken_apart_and_nothing_else() {
        let parts = |text: &str| {
            let id = ResourceId::parse(text).unwrap();
            id.in_resource_group("Microsoft.DataProtection/backupVaults")
                .map(|parts| [parts.subscription, parts.resource_group, parts.name].join(" "))
        };
        assert_eq!(parts(VAULT).as_deref(), Some("s g v"));
        assert_eq!(parts(&VAULT.to_uppercase()).as_deref(), Some("S G V"));
        for other in [
            "/subscriptions/s/resourceGroups/g".to_owned(),
            VAULT.replace("backupVaults", "vaults"),
            format!("{VAULT}/backupJobs/j"),
            format!("{VAULT}/providers/Microsoft.DataProtection/backupVaults/w"),
            "/subscriptions/s/providers/Microsoft.DataProtection/backupVaults/v".to_owned(),
            VAULT.replace("resourceGroups", "groups"),
        ] {
            assert_eq!(parts(&other), None, "{other}");
        }
    }

    #[test]
    fn a_child_is_one_type_and_one_name_further_down() {
        let vault = ResourceId::parse(VAULT).unwrap();
        assert_eq!(vault.child("backupJobs", "a%2Fb").unwrap().as_str(), format!("{VAULT}/backupJobs/a%2Fb"));
        for name in ["", "..", "%2e%2e", "a/b", "a?b", "a#b"] {
            assert!(vault.child("backupJobs", name).is_err(), "{name}");
        }
    }

    #[test]
    fn semicolons_blanks_and_parentheses_may_stand_in_names() {
        assert!(ResourceId::parse("/subscriptions/s/resourceGroups/g (1)/providers/N/t/VM;compute;x").is_ok());
    }

    #[test]
    fn what_cannot_be_a_region_is_refused() {
        for region in ["westeurope", "West Europe", "eastus2euap", " westeurope "] {
            assert_eq!(Location::check(region), Ok(()), "{region}");
        }
        for other in ["", " ", "nowhere/../x", "(Europe) West Europe", "west-europe", "wésteurope"] {
            let text = Location::check(other).unwrap_err();
            assert!(text.starts_with(&format!("{other:?} is not the name of an Azure region.")), "{text}");
        }
        assert_eq!(Location::new("West Europe").as_azure_writes_it().as_str(), "westeurope");
    }

    #[test]
    fn locations_are_compared_without_case_and_blanks() {
        assert_eq!(Location::new("North Europe"), Location::new("northeurope"));
        assert_ne!(Location::new("North Europe"), Location::new("westeurope"));
    }
}
