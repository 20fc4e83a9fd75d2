# Restore everything in the backup of a data lake to another, empty storage account.
resource "azurebackup_data_lake_restore" "example" {
  backup_instance_id        = var.data_lake_backup_instance_id
  target_storage_account_id = var.target_data_lake_id

  recovery_point = {
    latest = true
  }
}
