# The variables of these examples. Ids are those that azurerm gives.
variable "disk_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_disk."
  type        = string
}

variable "target_resource_group_id" {
  description = "Id of the azurerm_resource_group that the new disk belongs to."
  type        = string
}

variable "incident" {
  description = "Name of the incident, in letters, digits and hyphens."
  type        = string
  default     = "inc-4711"
}

variable "point_in_time" {
  description = "The newest instant that the point may be of, as RFC 3339."
  type        = string
}

variable "vault_principal_id" {
  description = "Identity of the vault: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}
