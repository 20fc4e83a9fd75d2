# The variables of these examples.
variable "protected_virtual_machine_id" {
  description = "Id of an azurerm_backup_protected_vm, or of a protected item of the vault."
  type        = string
}

variable "restore_staging_account_id" {
  description = "Id of an azurerm_storage_account in the region of the vault."
  type        = string
}

variable "restored_resource_group_id" {
  description = "Id of the azurerm_resource_group that receives what is restored."
  type        = string
}

variable "subnet_id" {
  description = "Id of the azurerm_subnet of the new virtual machine."
  type        = string
}

variable "copied_virtual_machine_id" {
  description = "Id of an azurerm_backup_protected_vm in a geo-redundant vault with cross-region restore."
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
