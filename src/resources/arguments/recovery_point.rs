//! The argument `recovery_point`: which point is restored, and from which copy of it.

use time::OffsetDateTime;

use crate::model;
use crate::resources::arguments::point_in_time::{self, is_instant};
use crate::resources::canonical;
use crate::resources::restore::{Decides, ReportedArgument, UndecidedLimit, wrong};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::point::{PointChoice, PointCriterion};
use crate::restore::record::instant;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::timeouts::{parse_duration, positive_duration};
use crate::tfplugin::validators::{length_between, one_of, text_checked_by};
use crate::tfplugin::value::Value;

/// Name of the argument, for schemas and errors.
pub const RECOVERY_POINT: &str = "recovery_point";

/// Whether a point whose backup was only partial will do if nothing is said.
const ALLOW_PARTIAL: bool = false;

/// Whether a point will do in which malware was found, if nothing is said.
const ALLOW_UNHEALTHY: bool = false;

/// What a service says of its points, and so what can be asked of one.
#[derive(Clone, Copy, Debug)]
pub enum PointSupport<'a> {
    /// Backup vaults: in which of these stores, in Azure's words, a copy lies; the first is the default. Backups may be
    /// partial.
    BackupVault(&'a [&'a str]),
    /// Recovery Services vaults: whether malware was found.
    RecoveryServices,
}

model! {
    /// How a point is chosen.
    pub struct RecoveryPoint {
        /// By name or ARM id.
        pub id: Attr<String>,
        /// The newest.
        pub latest: Attr<bool>,
        /// The newest not after this instant.
        pub at_or_before: Attr<String>,
        /// Where its copy lies, in Azure's word.
        pub data_store: Attr<String>,
        /// Refuse older ones.
        pub max_age: Attr<String>,
        /// Take partial ones.
        pub allow_partial: Attr<bool>,
        /// Take those in which malware was found.
        pub allow_unhealthy: Attr<bool>,
    }
}

impl RecoveryPoint {
    /// Checks that need no Azure; unknown values are skipped. An ARM id is given to `check_id`, which knows what ids of
    /// the service's points look like.
    pub fn check(&self, check_id: impl FnOnce(&str) -> Option<Diagnostic>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let chosen =
            [!self.id.is_null(), !matches!(self.latest, Attr::Null | Attr::Known(false)), !self.at_or_before.is_null()];
        let unknown = self.id.is_unknown() || self.latest.is_unknown() || self.at_or_before.is_unknown();
        let count = chosen.iter().filter(|chosen| **chosen).count();
        if count > 1 && !unknown || count == 0 {
            diagnostics.push(choose_one());
        }
        let id = self.id.as_str();
        if id.is_some_and(|id| id.trim() != id) {
            let text = "`id` has a blank or a line break at its beginning or end. Remove it.";
            diagnostics.push(wrong(RECOVERY_POINT, "Not a recovery point", text));
        } else {
            diagnostics.extend(id.filter(|id| id.contains('/')).and_then(check_id));
        }
        diagnostics
    }

    /// How old the point may be, while it is not known whether it is said.
    pub fn undecided_limit(&self) -> Option<UndecidedLimit> {
        self.max_age.is_unknown().then(|| UndecidedLimit {
            decides: Decides::HowOld,
            argument: ArgumentPath::from(RECOVERY_POINT).member("max_age"),
            without: "a point of any age would be restored",
        })
    }

    /// Which point it chooses.
    ///
    /// # Errors
    /// A diagnostic on `recovery_point`, also if it chooses none; [`RecoveryPoint::check`] has reported it before.
    pub fn choice(&self) -> Result<PointChoice, Diagnostics> {
        let which = match (self.id.as_str(), self.at_or_before.as_str()) {
            (Some(id), _) => PointCriterion::Id(name(id).to_owned()),
            (None, Some(bound)) => PointCriterion::AtOrBefore(point_in_time::read(RECOVERY_POINT, bound)?),
            (None, None) if self.latest.known() == Some(&true) => PointCriterion::Latest,
            (None, None) => return Err(choose_one().into()),
        };
        let max_age =
            self.max_age.as_str().map(parse_duration).transpose().map_err(|error| {
                Diagnostics::from(wrong(RECOVERY_POINT, "`max_age` is no duration", error.to_string()))
            })?;
        Ok(PointChoice { which, max_age })
    }

    /// Whether a point whose backup was only partial will do.
    pub fn allows_partial(&self) -> bool {
        self.allow_partial.known().copied().unwrap_or(ALLOW_PARTIAL)
    }

    /// Whether a point will do in which malware was found.
    pub fn allows_unhealthy(&self) -> bool {
        self.allow_unhealthy.known().copied().unwrap_or(ALLOW_UNHEALTHY)
    }
}

/// The point that a job reports. `latest` chose it, whichever it is; a bound chose it unless it was taken later.
pub fn reported(id: &str, time: Option<OffsetDateTime>) -> ReportedArgument {
    let taken = time.map(|time| format!(", taken at {}", instant(time))).unwrap_or_default();
    let shown = format!("the point {id:?}{taken}");
    ReportedArgument::new(ArgumentPath::from(RECOVERY_POINT).member("id"), id).shown_as(shown).or_if(move |point| {
        let bound = point.get("at_or_before");
        let in_bound = || match (bound.as_str().map(parse_instant), time) {
            (Some(Ok(bound)), Some(time)) => time <= bound,
            (Some(_), _) => true,
            (None, _) => bound.is_unknown(),
        };
        point.get("id").is_null() && (point.get("latest").as_bool() == Some(true) || in_bound())
    })
}

/// The place where the copy lay that a job reports to have read, in Azure's word.
pub fn reported_store(store: &str) -> ReportedArgument {
    ReportedArgument::new(ArgumentPath::from(RECOVERY_POINT).member("data_store"), store)
}

fn choose_one() -> Diagnostic {
    let text = "`recovery_point` takes exactly one of `id`, `latest = true` and `at_or_before`.";
    wrong(RECOVERY_POINT, "Choose one recovery point", text)
}

/// The argument, neither required nor described yet.
pub fn attribute(support: PointSupport<'_>) -> Attribute {
    let mut attributes = vec![
        Attribute::string("id")
            .optional()
            .requires_replace()
            .canonical(canonical_name)
            .validate(length_between(1..=2048))
            .description("The name of the recovery point, or its ARM ID."),
        Attribute::bool("latest")
            .optional()
            .absent_means(false)
            .requires_replace()
            .description("`true`: use the newest recovery point that can be restored."),
        Attribute::string("at_or_before")
            .optional()
            .requires_replace()
            .canonical(canonical::instant)
            .validate(text_checked_by(is_bound))
            .description("Use the newest recovery point that was created at or before this time (RFC 3339)."),
    ];
    if let PointSupport::BackupVault(stores) = support {
        attributes.extend(data_store(stores));
    }
    attributes
        .push(Attribute::string("max_age").optional().updates_in_place().validate(positive_duration()).description(
        "The maximum age of the recovery point at the time of the restore, such as `26h`. If it is older, the apply \
             fails. The plan must know whether it is set.",
    ));
    attributes.push(match support {
        PointSupport::BackupVault(_) => allowance("allow_partial", ALLOW_PARTIAL).description(
            "Whether a recovery point with only a part of the data (`Partial`) can be used. Default `false`.",
        ),
        PointSupport::RecoveryServices => allowance("allow_unhealthy", ALLOW_UNHEALTHY).description(
            "Whether a recovery point can be used in which Microsoft's scan found malware (`threatStatus` is \
             `UnHealthy`). Default `false`: it is skipped, and an error if `id` names it.",
        ),
    });
    Attribute::object(RECOVERY_POINT, attributes).requires_replace()
}

/// Lets points be chosen that are passed over if nothing is said.
fn allowance(name: &str, default: bool) -> Attribute {
    Attribute::bool(name).optional().absent_means(default).requires_replace()
}

/// None where the service does not know stores.
fn data_store(stores: &[&str]) -> Option<Attribute> {
    let (default, others) = stores.split_first()?;
    let text = if others.is_empty() {
        format!("The store to restore from. The only possible value is `{default}`.")
    } else {
        let others: Vec<String> = others.iter().map(|store| format!("`{store}`")).collect();
        format!("The store to restore from: `{default}` (default) or {}.", others.join(" or "))
    };
    let attribute = Attribute::string("data_store").optional().absent_means(*default).requires_replace();
    Some(attribute.validate(one_of(stores)).description(text))
}

/// An instant. People write the word that `latest` is for.
fn is_bound(text: &str) -> Result<(), String> {
    if text.trim().eq_ignore_ascii_case("latest") {
        return Err(format!(
            "{text:?} is not a time. For the newest point, use `latest = true` instead of `at_or_before`."
        ));
    }
    is_instant(text)
}

/// The name of a point that was given by name or by ARM id.
fn name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

fn canonical_name(id: &Value) -> Value {
    canonical::id(&id.as_str().map(name).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue as _;
    use crate::tfplugin::schema::Schema;
    use crate::tfplugin::value::Path;

    fn deciding(members: &[(&str, Value)]) -> Value {
        attribute(PointSupport::BackupVault(&["VaultStore", "ArchiveStore", "OperationalStore"]))
            .deciding_form(&Value::object(members.iter().cloned()))
            .unwrap()
    }

    #[test]
    fn what_is_said_by_default_may_be_left_out() {
        let id = ("id", Value::from("eb00"));
        let all = [
            id.clone(),
            ("latest", false.into()),
            ("data_store", "VaultStore".into()),
            ("allow_partial", false.into()),
            ("max_age", "26h".into()),
        ];
        assert_eq!(deciding(&all), deciding(std::slice::from_ref(&id)));
        assert_eq!(deciding(&[("id", "/backupVaults/v/recoveryPoints/EB00/".into())]), deciding(&[id]));
    }

    #[test]
    fn another_id_is_another_point_and_a_name_is_the_end_of_its_arm_id() {
        let id = |id: &str| deciding(&[("id", id.into())]);
        assert_ne!(id("eb00"), id("eb01"));
        assert_ne!(id("eb00"), deciding(&[]));
    }

    #[test]
    fn a_partial_backup_will_do_only_where_that_is_said() {
        for (value, allowed) in [(Value::Null, false), (false.into(), false), (true.into(), true)] {
            let point = Value::object([("allow_partial", value)]);
            assert_eq!(RecoveryPoint::from_value(&point, &Path::root()).unwrap().allows_partial(), allowed);
        }
    }

    #[test]
    fn the_newest_point_is_chosen_by_its_own_member() {
        assert_eq!(is_bound("2026-11-19T08:00:00Z"), Ok(()));
        assert_eq!(
            is_bound("latest").unwrap_err(),
            "\"latest\" is not a time. For the newest point, use `latest = true` instead of `at_or_before`."
        );
        assert!(is_bound("2026-11-19").unwrap_err().contains("is a day without a time"));
    }

    #[test]
    fn an_id_with_a_blank_is_refused_and_one_with_a_slash_is_an_arm_id() {
        let point = |id: &str| RecoveryPoint {
            id: id.into(),
            latest: Attr::Null,
            at_or_before: Attr::Null,
            data_store: Attr::Null,
            max_age: Attr::Null,
            allow_partial: Attr::Null,
            allow_unhealthy: Attr::Null,
        };
        let told = |id: &str| point(id).check(|id| Some(wrong(RECOVERY_POINT, "asked", id))).iter().next().cloned();
        assert_eq!(told("eb00"), None);
        for id in ["eb00 ", "eb00\n", " /x"] {
            assert_eq!(
                told(id).unwrap().detail,
                "`id` has a blank or a line break at its beginning or end. Remove it.",
                "{id:?}"
            );
        }
        for id in ["/subscriptions/s", "https://management.azure.com/x", "subscriptions/s"] {
            assert_eq!(told(id).unwrap().detail, id);
        }
    }

    #[test]
    fn a_point_is_chosen_in_one_way_as_far_as_is_known() {
        let (id, bound) = (|| Value::from("eb00"), || Value::from("2026-11-19T08:00:00Z"));
        let (null, unknown) = (|| Value::Null, Value::unknown);
        for (id, latest, bound, fits) in [
            (id(), null(), null(), true),
            (null(), true.into(), null(), true),
            (null(), null(), bound(), true),
            (id(), false.into(), null(), true),
            (null(), null(), null(), false),
            (null(), false.into(), null(), false),
            (id(), true.into(), null(), false),
            (id(), null(), bound(), false),
            (null(), true.into(), bound(), false),
            (unknown(), true.into(), null(), true),
            (id(), unknown(), null(), true),
            (id(), null(), unknown(), true),
            (null(), unknown(), null(), true),
        ] {
            let point = Value::object([("id", id), ("latest", latest), ("at_or_before", bound)]);
            let told = RecoveryPoint::from_value(&point, &Path::root()).unwrap().check(|_| None);
            assert_eq!(told.is_empty(), fits, "{point:?}");
        }
    }

    #[test]
    fn a_reported_point_fits_what_could_have_chosen_it() {
        let schema = Schema::new("x", vec![attribute(PointSupport::BackupVault(&["VaultStore"])).required()]);
        let taken = time::macros::datetime!(2026-11-19 08:00 UTC);
        let refused = |members: &[(&str, Value)]| {
            let configured = Value::object([(RECOVERY_POINT, Value::object(members.iter().cloned()))]);
            reported("EB00", Some(taken)).contradiction(&schema, &configured).map(|said| said.paragraphs[0].clone())
        };
        for fits in [
            ("id", Value::from("eb00")),
            ("id", "/backupVaults/v/recoveryPoints/EB00".into()),
            ("latest", true.into()),
            ("at_or_before", "2026-11-19T09:00:00+01:00".into()),
            ("at_or_before", Value::unknown()),
        ] {
            assert_eq!(refused(&[fits]), None);
        }
        assert!(refused(&[("id", "eb01".into())]).is_some());
        assert!(refused(&[("id", "eb01".into()), ("latest", true.into())]).is_some());
        assert!(refused(&[("latest", false.into())]).is_some());
        let job = "The job: the point \"EB00\", taken at 2026-11-19T08:00:00Z";
        assert_eq!(
            refused(&[("at_or_before", "2026-11-19T07:59:59Z".into())]).unwrap(),
            format!("{job}\nThe configuration: {{ at_or_before = \"2026-11-19T07:59:59Z\" }}")
        );
    }

    #[test]
    fn each_store_beside_the_default_is_another_restore() {
        let in_store = |store: &str| deciding(&[("latest", true.into()), ("data_store", store.into())]);
        assert_ne!(in_store("ArchiveStore"), in_store("OperationalStore"));
        assert_ne!(in_store("ArchiveStore"), deciding(&[("latest", true.into())]));
    }
}
