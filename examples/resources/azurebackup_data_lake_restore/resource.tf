# All that was backed up of a data lake, into another storage account that is empty.
resource "azurebackup_data_lake_restore" "example" {
  backup_instance_id        = var.data_lake_backup_instance_id
  target_storage_account_id = var.target_data_lake_id

  recovery_point = {
    latest = true
  }
}
