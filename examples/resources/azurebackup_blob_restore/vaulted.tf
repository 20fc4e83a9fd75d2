# Restore containers of a vaulted backup to another storage account, one of them with a new name. The newest recovery
# point must be at most two days old.
resource "azurebackup_blob_restore" "vaulted" {
  backup_instance_id        = var.vaulted_backup_instance_id
  target_storage_account_id = var.target_storage_account_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  containers = [
    { name = "contracts", rename_to = "contracts-restored" },
    { name = "scans", prefixes = ["2026/"] },
  ]

  # A restore can complete with warnings, for example about skipped blobs. Without this argument, the apply then fails.
  accept_warnings = true
}

output "restored_point" {
  value = azurebackup_blob_restore.vaulted.recovery_point_time
}
