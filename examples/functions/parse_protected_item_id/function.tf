# Get the names that the Azure CLI needs. The ID is the `id` of azurerm_backup_protected_file_share, or comes from
# azurebackup_protected_items.
variable "protected_file_share_id" {
  type = string
}

locals {
  item = provider::azurebackup::parse_protected_item_id(var.protected_file_share_id)
}

output "show_the_item" {
  value = join(" ", [
    "az backup item show",
    "--subscription ${local.item.subscription_id}",
    "--resource-group '${local.item.resource_group_name}'",
    "--vault-name ${local.item.vault_name}",
    "--container-name '${local.item.container_name}'",
    "--name '${local.item.name}'",
  ])
}
