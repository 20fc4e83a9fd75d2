variable "recovery_services_vault_name" {
  type = string
}

variable "resource_group_name" {
  type = string
}

# A vault that another configuration manages.
data "azurebackup_recovery_services_vault" "example" {
  name                = var.recovery_services_vault_name
  resource_group_name = var.resource_group_name
}

output "vault_id" {
  value = data.azurebackup_recovery_services_vault.example.id
}
