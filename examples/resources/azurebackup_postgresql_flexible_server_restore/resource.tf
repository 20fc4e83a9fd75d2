# Restore the newest recovery point of a PostgreSQL flexible server, as files in a blob container. Azure does not
# restore a server. Use `pg_restore` to load the files into one.
resource "azurebackup_postgresql_flexible_server_restore" "example" {
  backup_instance_id = var.postgresql_backup_instance_id

  recovery_point = {
    latest = true
  }

  target = {
    container_url = var.container_url
    file_prefix   = "orders"
  }
}

output "restored_files" {
  value = azurebackup_postgresql_flexible_server_restore.example.details
}
