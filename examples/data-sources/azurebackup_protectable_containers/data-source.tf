variable "recovery_services_vault_id" {
  type = string
}

# The virtual machines that can be registered with the vault.
data "azurebackup_protectable_containers" "example" {
  vault_id = var.recovery_services_vault_id
}

output "virtual_machine_ids" {
  value = data.azurebackup_protectable_containers.example.protectable_containers[*].source_resource_id
}
