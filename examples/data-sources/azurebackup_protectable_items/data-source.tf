variable "recovery_services_vault_id" {
  type = string
}

# The SQL databases in the registered virtual machines.
data "azurebackup_protectable_items" "example" {
  vault_id              = var.recovery_services_vault_id
  protectable_item_type = "SQLDataBase"
}

output "unprotected" {
  value = [
    for item in data.azurebackup_protectable_items.example.protectable_items : "${item.parent_name}/${item.friendly_name}"
    if item.protection_state == "NotProtected"
  ]
}
