# The variables of these examples. Ids are those that azurerm gives.
variable "operational_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_blob_storage with an operational policy."
  type        = string
}

variable "vaulted_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_blob_storage with a vaulted policy."
  type        = string
}

variable "target_storage_account_id" {
  description = "Id of the azurerm_storage_account that receives a vaulted backup."
  type        = string
}

variable "point_in_time" {
  description = "The moment to go back to, as RFC 3339."
  type        = string
}
