# Restore all blobs of a storage account to a point in time (operational backup, in place). Everything that was written
# after this time is overwritten.
resource "azurebackup_blob_restore" "example" {
  backup_instance_id = var.operational_backup_instance_id
  point_in_time      = var.point_in_time
}
