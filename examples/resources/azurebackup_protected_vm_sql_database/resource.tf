resource "azurebackup_vm_workload_container" "example" {
  vault_id           = var.recovery_services_vault_id
  virtual_machine_id = var.sql_virtual_machine_id
}

data "azurebackup_backup_policy" "example" {
  vault_id = var.recovery_services_vault_id
  name     = "HourlyLogBackup"
}

# Protect a database. Its backups are kept if this resource is destroyed.
resource "azurebackup_protected_vm_sql_database" "example" {
  container_id = azurebackup_vm_workload_container.example.id
  instance     = "MSSQLSERVER"
  database     = var.sql_database_name
  policy_id    = data.azurebackup_backup_policy.example.id
}
