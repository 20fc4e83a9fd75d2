# The newest full or differential backup of a database, to another database on another virtual machine.
resource "azurebackup_vm_sql_database_restore" "example" {
  protected_item_id = var.protected_sql_database_id

  recovery_point = {
    latest = true
  }

  target_database = {
    container_id = var.target_sql_container_id
    instance     = "MSSQLSERVER"
    name         = "orders_restored"
  }
}

# The paths of the restored data and log files.
output "files" {
  value = azurebackup_vm_sql_database_restore.example.restored_files
}
