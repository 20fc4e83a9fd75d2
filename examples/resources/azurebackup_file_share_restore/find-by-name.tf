# A file share is lost, and all that is known are its storage account and its name. Restore the whole share to another
# storage account, and one file of it to a folder of another share.
data "azurebackup_protected_items" "share" {
  vault_id           = var.recovery_services_vault_id
  workload_type      = "AzureFileShare"
  source_resource_id = var.file_share_account_id
  friendly_name      = var.file_share_name
}

locals {
  # null if the vault does not protect such a share: then the plan says that `protected_item_id` is missing.
  protected_item_id = one(data.azurebackup_protected_items.share.protected_items[*].id)
}

# What there is to choose from in the month before the incident, and whether malware was found in it.
data "azurebackup_recovery_points" "share" {
  protected_item_id = local.protected_item_id
  start_time        = timeadd(var.before_the_incident, "-696h")
  end_time          = var.before_the_incident
}

output "recovery_points" {
  value = [
    for point in data.azurebackup_recovery_points.share.recovery_points :
    "${point.time}: ${coalesce(point.not_restorable_reason, "can be restored")}"
  ]
}

resource "azurebackup_file_share_restore" "whole" {
  protected_item_id = local.protected_item_id
  copy_option       = "Overwrite"

  # The newest recovery point from before the incident.
  recovery_point = {
    at_or_before = var.before_the_incident
  }

  target = {
    storage_account_id = var.target_file_share_account_id
    file_share_name    = var.target_file_share_name
  }
}

resource "azurebackup_file_share_restore" "contract" {
  protected_item_id = local.protected_item_id
  copy_option       = "Overwrite"

  recovery_point = {
    at_or_before = var.before_the_incident
  }

  files = [
    { path = "contracts/2026.docx", type = "File", target_folder = "from-backup" },
  ]

  target = {
    storage_account_id = var.target_file_share_account_id
    file_share_name    = var.spare_file_share_name
  }
}
