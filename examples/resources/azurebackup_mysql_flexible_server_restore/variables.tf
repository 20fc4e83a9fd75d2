# The variables of these examples. Ids are those that azurerm gives.
variable "mysql_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_mysql_flexible_server."
  type        = string
}

variable "container_url" {
  description = "URL of the blob container that receives the files: url of an azurerm_storage_container."
  type        = string
}

variable "container_id" {
  description = "ARM id of the same container: id of an azurerm_storage_container that was made with storage_account_id."
  type        = string
}

variable "point_in_time" {
  description = "The newest instant that the point may be of, as RFC 3339."
  type        = string
}

variable "vault_principal_id" {
  description = "Identity of the vault: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}
