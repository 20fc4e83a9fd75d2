# Register a virtual machine with SQL Server, and look for its databases.
resource "azurebackup_vm_workload_container" "example" {
  vault_id           = var.recovery_services_vault_id
  virtual_machine_id = var.sql_virtual_machine_id
}

# The databases that can be protected now.
data "azurebackup_protectable_items" "example" {
  vault_id              = var.recovery_services_vault_id
  container_id          = azurebackup_vm_workload_container.example.id
  protectable_item_type = "SQLDataBase"
}

output "databases" {
  value = data.azurebackup_protectable_items.example.protectable_items[*].friendly_name
}
