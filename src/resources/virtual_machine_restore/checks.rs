//! Checks of the arguments of a restore of a virtual machine that need no Azure.

use super::request::{Mode, mode};
use super::{Arguments, CONFIDENTIAL, DISK_LUNS, DataDiskEncryption, OS_DISK_ONLY, TARGET_GROUP, TARGET_MACHINE, ZONE};
use crate::azure::recovery_services::ProtectedItemId;
use crate::azure::resource_id::segment_of_name;
use crate::resources::arguments::regions::SECONDARY_REGION;
use crate::resources::recovery_services::{PROTECTED_ITEM, identity};
use crate::resources::restore::{Decides, UndecidedLimit, wrong};
use crate::restore::error::UserMessage;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

/// Checks of several arguments against each other; unknown values are skipped.
pub(super) fn together(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(disks_without_group(arguments));
    diagnostics.extend(two_choices(arguments));
    diagnostics.extend(zone_of_replaced_disks(arguments));
    diagnostics.extend(confidential(arguments));
    diagnostics.extend(replacement_across_regions(arguments));
    diagnostics.extend(identity::check(&arguments.identity));
    diagnostics
}

/// Whether disks are replaced, as far as it is known.
fn replaces(arguments: &Arguments) -> bool {
    arguments.target_virtual_machine.is_null() && arguments.target_resource_group_id.is_null()
}

fn wants_os_disk_only(arguments: &Arguments) -> bool {
    arguments.os_disk_only.known() == Some(&true)
}

fn disks_without_group(arguments: &Arguments) -> Option<Diagnostic> {
    if !arguments.target_resource_group_id.is_null() || arguments.target_virtual_machine.is_unknown() {
        return None;
    }
    let argument = if wants_os_disk_only(arguments) {
        OS_DISK_ONLY
    } else if !arguments.disk_luns.is_null() {
        DISK_LUNS
    } else {
        return None;
    };
    let otherwise = if arguments.target_virtual_machine.is_null() {
        "Without it, all disks of the existing virtual machine would be replaced."
    } else {
        "A new virtual machine has all disks of the recovery point."
    };
    let text = format!("`{argument}` belongs to a restore of disks: set `{TARGET_GROUP}`. {otherwise}");
    Some(wrong(argument, "Disks are chosen for no resource group", text))
}

fn two_choices(arguments: &Arguments) -> Option<Diagnostic> {
    let both = wants_os_disk_only(arguments) && !arguments.disk_luns.is_null();
    let text =
        format!("`{DISK_LUNS}` names data disks, and `{OS_DISK_ONLY} = true` restores none. Remove one of them.");
    both.then(|| wrong(DISK_LUNS, "Which disks?", text))
}

fn zone_of_replaced_disks(arguments: &Arguments) -> Option<Diagnostic> {
    let text = format!(
        "Disks that are replaced stay in their zone. Remove `{ZONE}`, or set `{TARGET_MACHINE}` or `{TARGET_GROUP}`."
    );
    (replaces(arguments) && !arguments.zone.is_null()).then(|| wrong(ZONE, "A zone for replaced disks", text))
}

/// Why the secondary region cannot restore this (docs/reference/azure-recovery-services.md#secondary-region).
pub(super) const NO_REPLACEMENT_ELSEWHERE: &str = "The disks of the existing virtual machine lie in the region of the \
                                                   vault, so the secondary region cannot replace them. Set \
                                                   `target_virtual_machine` or `target_resource_group_id`, or remove \
                                                   `secondary_region`.";

fn replacement_across_regions(arguments: &Arguments) -> Option<Diagnostic> {
    let wants_it = replaces(arguments) && arguments.secondary_region.known() == Some(&true);
    wants_it.then(|| wrong(SECONDARY_REGION, "A target is missing", NO_REPLACEMENT_ELSEWHERE))
}

fn confidential(arguments: &Arguments) -> Option<Diagnostic> {
    let machine = arguments.confidential_virtual_machine.known()?;
    let sets = &machine.data_disk_encryption_sets;
    if machine.os_disk_encryption_set_id.is_null()
        && machine.data_disk_encryption_set_id.is_null()
        && machine.data_disk_encryption_identity_id.is_null()
        && sets.is_null()
    {
        return Some(wrong(CONFIDENTIAL, "Nothing is encrypted", "Set one of its members, or remove it."));
    }
    if !sets.is_null() && !machine.data_disk_encryption_set_id.is_null() {
        let text = "Set `data_disk_encryption_set_id` for all data disks or `data_disk_encryption_sets` for single \
                    ones: Azure ignores the former beside the latter.";
        return Some(wrong(CONFIDENTIAL, "Two encryptions of data disks", text));
    }
    let luns: Vec<Option<i64>> = sets.known()?.iter().map(lun).collect();
    let twice = |index: &usize| {
        let lun = luns.get(*index).copied().flatten();
        lun.is_some() && luns.iter().take(*index).any(|other| *other == lun)
    };
    let index = (0..luns.len()).find(twice)?;
    let at = Path::attribute(CONFIDENTIAL).child("data_disk_encryption_sets").index(index).child("lun");
    Some(Diagnostic::error("A disk is named twice", "Each data disk has one disk encryption set.").at(at))
}

fn lun(disk: &Attr<DataDiskEncryption>) -> Option<i64> {
    disk.known()?.lun.known().copied()
}

/// What a plan says of a restore that replaces disks. Made of the mode that is sent.
pub(super) fn overwrites(arguments: &Arguments) -> Option<UserMessage> {
    let Ok(Mode::Replace) = mode(arguments) else { return None };
    let machine = machine_name(arguments);
    let message = UserMessage::new(format!("Restoring overwrites the disks of {machine}"))
        .say(format!(
            "Neither `{TARGET_MACHINE}` nor `{TARGET_GROUP}` is set, so all disks of {machine} that are in the \
             recovery point are replaced. What was written to them since the backup is lost."
        ))
        .say(
            "Azure backs the virtual machine up first. If this backup fails, nothing is replaced, and the apply fails.",
        );
    Some(message.on(PROTECTED_ITEM))
}

/// Names the machine in messages, by the id of its item: `VM;iaasvmcontainerv2;group;machine`.
fn machine_name(arguments: &Arguments) -> String {
    let item = arguments.protected_item_id.as_str().and_then(|id| ProtectedItemId::parse(id).ok());
    let name = item.map(|item| item.resource_id().decoded_name().into_owned());
    match name.as_deref().map(|name| name.split(';').collect::<Vec<_>>()).as_deref() {
        Some([_, _, group, machine]) => format!("virtual machine {machine:?} in resource group {group:?}"),
        Some(_) => format!("the virtual machine behind `{PROTECTED_ITEM}`"),
        None => "a virtual machine that is known after apply".to_owned(),
    }
}

/// What decides the mode and how much is restored, while it is not known whether it is set.
pub(super) fn undecided_limit(arguments: &Arguments) -> Option<UndecidedLimit> {
    let limit = |decides, argument: &str, without| Some(UndecidedLimit { decides, argument: argument.into(), without });
    const REPLACED: &str = "the disks of the existing virtual machine would be replaced";
    if arguments.target_virtual_machine.is_unknown() {
        let without = match arguments.target_resource_group_id.is_null() {
            true => REPLACED,
            false => "the disks would be restored into `target_resource_group_id`",
        };
        return limit(Decides::Where, TARGET_MACHINE, without);
    }
    // A machine decides the mode, whatever becomes of the group.
    if arguments.target_virtual_machine.is_null() && arguments.target_resource_group_id.is_unknown() {
        return limit(Decides::Where, TARGET_GROUP, REPLACED);
    }
    const ALL: &str = "all disks would be restored";
    if arguments.disk_luns.is_unknown() {
        return limit(Decides::HowMuch, DISK_LUNS, ALL);
    }
    arguments.os_disk_only.is_unknown().then(|| limit(Decides::Whether, OS_DISK_ONLY, ALL))?
}

/// What can be one segment of an ARM id. Azure knows further rules.
pub(super) fn is_machine_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("The name is empty.".to_owned())
    } else if text.contains('/') {
        Err("The name has a slash. Write the name of the virtual machine, not its ID.".to_owned())
    } else if segment_of_name(text) != text || text == "." || text == ".." {
        Err(format!("{text:?} cannot be the name of a virtual machine."))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Value;

    const ITEM: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;shop/protectedItems/VM%3Biaasvmcontainerv2;rg;shop";
    const GROUP: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        together(&arguments(members)).iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    fn group() -> (&'static str, Value) {
        (TARGET_GROUP, GROUP.into())
    }

    fn machine() -> (&'static str, Value) {
        (TARGET_MACHINE, Value::object([("name", "new"), ("resource_group_id", GROUP), ("subnet_id", "/s")]))
    }

    fn luns(luns: &[i64]) -> (&'static str, Value) {
        (DISK_LUNS, Value::List(luns.iter().map(|lun| Value::from(*lun)).collect()))
    }

    #[test]
    fn disks_are_chosen_for_a_group_and_for_nothing_else() {
        let lost = ["Disks are chosen for no resource group"];
        assert_eq!(summaries(&[luns(&[0])]), lost);
        assert_eq!(summaries(&[luns(&[0]), machine()]), lost);
        assert_eq!(summaries(&[(OS_DISK_ONLY, true.into())]), lost);
        assert_eq!(summaries(&[(DISK_LUNS, Value::unknown())]), lost);
        assert_eq!(summaries(&[luns(&[0]), group()]), [""; 0]);
        assert_eq!(summaries(&[luns(&[0]), (TARGET_GROUP, Value::unknown())]), [""; 0]);
        assert_eq!(summaries(&[luns(&[0]), (TARGET_MACHINE, Value::unknown())]), [""; 0]);
        assert_eq!(summaries(&[(OS_DISK_ONLY, false.into())]), [""; 0]);
    }

    #[test]
    fn data_disks_and_no_data_disk_are_not_both_wanted() {
        assert_eq!(summaries(&[luns(&[0]), (OS_DISK_ONLY, true.into()), group()]), ["Which disks?"]);
        assert_eq!(summaries(&[luns(&[0]), (OS_DISK_ONLY, false.into()), group()]), [""; 0]);
    }

    #[test]
    fn replaced_disks_have_no_other_zone() {
        let zone = (ZONE, Value::from("2"));
        assert_eq!(summaries(std::slice::from_ref(&zone)), ["A zone for replaced disks"]);
        assert_eq!(summaries(&[zone.clone(), group()]), [""; 0]);
        assert_eq!(summaries(&[zone.clone(), machine()]), [""; 0]);
        assert_eq!(summaries(&[zone, (TARGET_GROUP, Value::unknown())]), [""; 0]);
    }

    #[test]
    fn a_confidential_machine_has_one_encryption_of_each_disk() {
        let with = |members: &[(&str, Value)]| summaries(&[(CONFIDENTIAL, Value::object(members.iter().cloned()))]);
        let disk = |lun: i64| Value::object([("lun", Value::from(lun)), ("disk_encryption_set_id", "/d".into())]);
        let sets =
            |luns: &[i64]| ("data_disk_encryption_sets", Value::List(luns.iter().map(|lun| disk(*lun)).collect()));
        assert_eq!(with(&[("os_disk_encryption_set_id", Value::Null)]), ["Nothing is encrypted"]);
        assert_eq!(with(&[("os_disk_encryption_set_id", "/d".into())]), [""; 0]);
        let all = ("data_disk_encryption_set_id", Value::from("/d"));
        assert_eq!(with(&[all, sets(&[0])]), ["Two encryptions of data disks"]);
        assert_eq!(with(&[sets(&[0, 1, 0])]), ["A disk is named twice"]);
        assert_eq!(with(&[sets(&[0, 1])]), [""; 0]);
    }

    #[test]
    fn a_plan_names_the_machine_whose_disks_are_replaced_and_no_other() {
        let said = |members: &[(&str, Value)]| overwrites(&arguments(members)).map(|message| message.summary);
        let item = (PROTECTED_ITEM, Value::from(ITEM));
        let replaced = "Restoring overwrites the disks of virtual machine \"shop\" in resource group \"rg\"";
        assert_eq!(said(std::slice::from_ref(&item)).as_deref(), Some(replaced));
        let unknown = said(&[(PROTECTED_ITEM, Value::unknown())]).unwrap();
        assert!(unknown.contains("known after apply"), "{unknown}");
        let odd = said(&[(PROTECTED_ITEM, ITEM.replace("rg;", "").into())]).unwrap();
        assert!(odd.contains("behind `protected_item_id`"), "{odd}");
        for other in [group(), machine(), (TARGET_GROUP, Value::unknown()), (TARGET_MACHINE, Value::unknown())] {
            assert_eq!(said(&[item.clone(), other]), None);
        }
    }

    #[test]
    fn a_plan_knows_the_mode_and_how_much_is_restored() {
        let undecided = |members: &[(&str, Value)]| {
            undecided_limit(&arguments(members)).map(|limit| (limit.argument.to_string(), limit.without))
        };
        let unknown = |name: &'static str| (name, Value::unknown());
        let replaced = "the disks of the existing virtual machine would be replaced";
        assert_eq!(undecided(&[]), None);
        assert_eq!(undecided(&[unknown(TARGET_MACHINE)]), Some((TARGET_MACHINE.to_owned(), replaced)));
        assert_eq!(undecided(&[unknown(TARGET_GROUP)]), Some((TARGET_GROUP.to_owned(), replaced)));
        let other = undecided(&[unknown(TARGET_MACHINE), group()]).unwrap();
        assert!(other.1.contains("restored into"), "{other:?}");
        assert_eq!(undecided(&[unknown(TARGET_GROUP), machine()]), None, "the machine decides");
        let all = "all disks would be restored";
        assert_eq!(undecided(&[group(), unknown(DISK_LUNS)]), Some((DISK_LUNS.to_owned(), all)));
        assert_eq!(undecided(&[group(), unknown(OS_DISK_ONLY)]), Some((OS_DISK_ONLY.to_owned(), all)));
        assert_eq!(undecided(&[group(), (DISK_LUNS, Value::List(vec![Value::unknown()]))]), None);
    }

    #[test]
    fn the_name_of_a_machine_is_one_segment() {
        for good in ["vm-1", "Web_2"] {
            assert_eq!(is_machine_name(good), Ok(()), "{good}");
        }
        for bad in ["", "/subscriptions/s", "a/b", "a b", "..", "a?b"] {
            assert!(is_machine_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn disks_are_not_replaced_out_of_the_secondary_region() {
        let elsewhere = || (SECONDARY_REGION, Value::from(true));
        assert_eq!(summaries(&[elsewhere()]), ["A target is missing"]);
        for target in [group(), machine()] {
            assert_eq!(summaries(&[elsewhere(), target]), [""; 0]);
        }
        assert_eq!(summaries(&[(SECONDARY_REGION, false.into())]), [""; 0]);
    }
}
