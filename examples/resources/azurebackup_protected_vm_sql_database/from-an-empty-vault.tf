# Everything from a new vault to a protected database. The vault has no backups to keep: a destroy removes all of it.
resource "azurebackup_recovery_services_vault" "example" {
  name                = "example-vault"
  resource_group_name = var.resource_group_name
  location            = var.vault_region
  soft_delete_enabled = false
}

resource "azurebackup_vm_workload_container" "example" {
  vault_id           = azurebackup_recovery_services_vault.example.id
  virtual_machine_id = var.sql_virtual_machine_id
}

# A new vault has policies for databases. This one takes full backups and log backups.
data "azurebackup_backup_policy" "example" {
  vault_id = azurebackup_recovery_services_vault.example.id
  name     = "HourlyLogBackup"
}

resource "azurebackup_protected_vm_sql_database" "example" {
  for_each = toset([var.sql_database_name])

  container_id              = azurebackup_vm_workload_container.example.id
  instance                  = "MSSQLSERVER"
  database                  = each.key
  policy_id                 = data.azurebackup_backup_policy.example.id
  delete_backups_on_destroy = true
}
