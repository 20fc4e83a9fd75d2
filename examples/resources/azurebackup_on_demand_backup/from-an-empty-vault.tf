# Everything from a new vault to a restored database, in one apply. The vault has no backups to keep: a destroy removes
# all of it but the restored database.
resource "azurebackup_recovery_services_vault" "example" {
  name                = "example-vault"
  resource_group_name = var.resource_group_name
  location            = var.vault_region
  soft_delete_enabled = false
}

# A new vault has policies for databases. This one takes full backups and log backups.
data "azurebackup_backup_policy" "example" {
  vault_id = azurebackup_recovery_services_vault.example.id
  name     = "HourlyLogBackup"
}

resource "azurebackup_vm_workload_container" "example" {
  vault_id           = azurebackup_recovery_services_vault.example.id
  virtual_machine_id = var.sql_virtual_machine_id
}

resource "azurebackup_protected_vm_sql_database" "example" {
  container_id              = azurebackup_vm_workload_container.example.id
  instance                  = "MSSQLSERVER"
  database                  = var.sql_database_name
  policy_id                 = data.azurebackup_backup_policy.example.id
  delete_backups_on_destroy = true
}

resource "azurebackup_on_demand_backup" "example" {
  protected_item_id = azurebackup_protected_vm_sql_database.example.id
  backup_type       = "Full"
}

resource "azurebackup_vm_sql_database_restore" "example" {
  protected_item_id = azurebackup_protected_vm_sql_database.example.id

  recovery_point = {
    id = azurebackup_on_demand_backup.example.recovery_point_id
  }

  target_database = {
    container_id = azurebackup_vm_workload_container.example.id
    instance     = "MSSQLSERVER"
    name         = "${var.sql_database_name}_restored"
  }
}
