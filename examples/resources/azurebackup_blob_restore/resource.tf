# All blobs of a storage account go back to what they were at one moment (operational backup, in place). Whatever was
# written after that moment is overwritten.
resource "azurebackup_blob_restore" "example" {
  backup_instance_id = var.operational_backup_instance_id
  point_in_time      = var.point_in_time
}
