# A log backup, and the database as it was at its end, beside the original.
resource "azurebackup_on_demand_backup" "log" {
  protected_item_id = var.protected_sql_database_id
  backup_type       = "Log"
}

resource "azurebackup_vm_sql_database_restore" "copy" {
  protected_item_id = azurebackup_on_demand_backup.log.protected_item_id
  point_in_time     = azurebackup_on_demand_backup.log.recovery_point_time

  target_database = {
    container_id = var.target_sql_container_id
    instance     = "MSSQLSERVER"
    name         = "orders_copy"
  }
}
