# To the newest time that log backups cover, over the original database. What was written to it since then is lost.
resource "azurebackup_vm_sql_database_restore" "rewind" {
  protected_item_id = var.protected_sql_database_id
  point_in_time     = "latest"

  # Change this to restore again.
  triggers = {
    incident = "2026-11-28"
  }
}
