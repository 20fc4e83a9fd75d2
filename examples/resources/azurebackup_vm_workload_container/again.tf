# Change the value to register the virtual machine again, for example after its extension was removed.
resource "azurebackup_vm_workload_container" "example" {
  vault_id           = var.recovery_services_vault_id
  virtual_machine_id = var.sql_virtual_machine_id

  triggers = {
    repaired = "2026-11-20"
  }
}
