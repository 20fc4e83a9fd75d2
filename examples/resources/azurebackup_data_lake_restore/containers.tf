# Restore one container with a new name. From another container, restore only some folders.
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

  # A restore can complete with warnings, for example about skipped blobs. Without this argument, the apply then fails.
  accept_warnings = true
}
