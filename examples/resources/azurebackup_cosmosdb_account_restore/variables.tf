# The variables of these examples. The IDs come from `azurerm`.
variable "cosmosdb_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_cosmosdb_account."
  type        = string
}

variable "target_cosmosdb_account_id" {
  description = "The ID of the azurerm_cosmosdb_account that receives the data."
  type        = string
}

variable "vault_principal_id" {
  description = "The principal ID of the vault's identity: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}
