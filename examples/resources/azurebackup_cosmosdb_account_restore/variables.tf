# The variables of these examples. Ids are those that azurerm gives.
variable "cosmosdb_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_cosmosdb_account."
  type        = string
}

variable "target_cosmosdb_account_id" {
  description = "Id of the azurerm_cosmosdb_account that receives the data."
  type        = string
}

variable "vault_principal_id" {
  description = "Identity of the vault: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}
