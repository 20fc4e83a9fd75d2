# The variables of these examples. The IDs come from `azurerm`.
variable "operational_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_blob_storage with an operational policy."
  type        = string
}

variable "vaulted_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_blob_storage with a vaulted policy."
  type        = string
}

variable "target_storage_account_id" {
  description = "The ID of the azurerm_storage_account that receives a vaulted backup."
  type        = string
}

variable "point_in_time" {
  description = "The time to restore to (RFC 3339)."
  type        = string
}
