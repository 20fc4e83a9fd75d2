# The variables of these examples. The IDs come from `azurerm`.
variable "postgresql_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_postgresql_flexible_server."
  type        = string
}

variable "container_url" {
  description = "The URL of the blob container that receives the files: the url of an azurerm_storage_container."
  type        = string
}

variable "container_id" {
  description = "The ARM ID of the same container: the id of an azurerm_storage_container that was created with storage_account_id."
  type        = string
}

variable "vault_principal_id" {
  description = "The principal ID of the vault's identity: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}

variable "month_end" {
  description = "Use the newest recovery point at or before this time (RFC 3339)."
  type        = string
}

variable "vault_region" {
  description = "The region of the vault."
  type        = string
}

variable "secondary_region" {
  description = "The region that the vault is replicated to."
  type        = string
}
