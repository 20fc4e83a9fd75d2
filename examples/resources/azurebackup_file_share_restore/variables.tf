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
