# The backups as files in a directory of a virtual machine, up to a point in time.
resource "azurebackup_vm_sql_database_restore" "files" {
  protected_item_id = var.protected_sql_database_id
  point_in_time     = "latest"

  target_files = {
    container_id = var.target_sql_container_id
    directory    = "F:\\restored"
  }

  # A point from the archive tier, or a large database, takes long.
  timeouts {
    create = "48h"
  }
}
