# Restore the newest recovery point of a MySQL flexible server, as files in a blob container. Azure does not restore a
# server. Start a `mysqld` of a compatible version with the files as its data directory.
resource "azurebackup_mysql_flexible_server_restore" "example" {
  backup_instance_id = var.mysql_backup_instance_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  target = {
    container_url = var.container_url
    file_prefix   = "invoices"
  }
}

output "restored_files" {
  value = azurebackup_mysql_flexible_server_restore.example.details
}
