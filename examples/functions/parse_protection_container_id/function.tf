# The storage accounts of a vault with file shares in it. The name of their containers is
# StorageContainer;Storage;GROUP;ACCOUNT.
variable "recovery_services_vault_id" {
  type = string
}

data "azurebackup_protected_items" "shares" {
  vault_id      = var.recovery_services_vault_id
  workload_type = "AzureFileShare"
}

locals {
  containers = toset(data.azurebackup_protected_items.shares.protected_items[*].container_id)
  names      = [for id in local.containers : provider::azurebackup::parse_protection_container_id(id).name]
}

output "storage_accounts" {
  value = [for name in local.names : split(";", name)[3]]
}
