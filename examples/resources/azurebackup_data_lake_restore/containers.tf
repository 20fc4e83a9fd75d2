# One container under a new name, and of another one only what lies below some folders.
resource "azurebackup_data_lake_restore" "containers" {
  backup_instance_id        = var.data_lake_backup_instance_id
  target_storage_account_id = var.target_data_lake_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  containers = [
    { name = "curated", rename_to = "curated-restored" },
    { name = "raw", prefixes = ["sales/2026/", "stock/2026/"] },
  ]

  # Azure may finish with warnings, for example about blobs that it skipped. Without this such a restore is an error.
  accept_warnings = true
}
