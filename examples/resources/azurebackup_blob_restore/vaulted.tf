# Containers of a vaulted backup go into another storage account, one of them under a new name. The newest usable point
# must be at most two days old.
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

  # Azure may finish with warnings, for example about blobs that it skipped. Without this such a restore is an error.
  accept_warnings = true
}

output "restored_point" {
  value = azurebackup_blob_restore.vaulted.recovery_point_time
}
