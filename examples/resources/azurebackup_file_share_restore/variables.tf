# The variables of these examples.
variable "protected_file_share_id" {
  description = "Id of an azurerm_backup_protected_file_share, or of a protected item of the vault."
  type        = string
}

variable "target_file_share_account_id" {
  description = "Id of the azurerm_storage_account that holds the target share."
  type        = string
}

variable "target_file_share_name" {
  description = "Name of the azurerm_storage_share that receives the files."
  type        = string
}

variable "recovery_services_vault_id" {
  description = "Id of the azurerm_recovery_services_vault."
  type        = string
}

variable "file_share_account_id" {
  description = "Id of the azurerm_storage_account that holds the protected share. It may be gone."
  type        = string
}

variable "file_share_name" {
  description = "Name of the protected share."
  type        = string
}

variable "spare_file_share_name" {
  description = "Name of another azurerm_storage_share of the target account."
  type        = string
}

variable "copied_file_share_id" {
  description = "Id of an azurerm_backup_protected_file_share in a geo-redundant vault with cross-region restore."
  type        = string
}

variable "secondary_region" {
  description = "The Azure region that the region of the vault is paired with, such as northeurope."
  type        = string
}

variable "secondary_region_account_id" {
  description = "Id of an azurerm_storage_account in the secondary region."
  type        = string
}

variable "before_the_incident" {
  description = "A time such as 2026-11-19T08:00:00Z."
  type        = string
}
