variable "recovery_services_vault_id" {
  type = string
}

variable "file_share_account_id" {
  type = string
}

variable "file_share_name" {
  type = string
}

# Find a file share by its storage account and its name.
data "azurebackup_protected_items" "example" {
  vault_id           = var.recovery_services_vault_id
  workload_type      = "AzureFileShare"
  source_resource_id = var.file_share_account_id
  friendly_name      = var.file_share_name
}

# For `protected_item_id` of a restore.
output "protected_item_id" {
  value = one(data.azurebackup_protected_items.example.protected_items[*].id)
}
