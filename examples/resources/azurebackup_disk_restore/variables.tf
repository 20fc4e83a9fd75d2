# The variables of these examples. The IDs come from `azurerm`.
variable "disk_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_disk."
  type        = string
}

variable "target_resource_group_id" {
  description = "The ID of the azurerm_resource_group that the new disk belongs to."
  type        = string
}

variable "incident" {
  description = "The name of the incident: only letters, digits and hyphens."
  type        = string
  default     = "inc-4711"
}

variable "point_in_time" {
  description = "Use the newest recovery point at or before this time (RFC 3339)."
  type        = string
}

variable "vault_principal_id" {
  description = "The principal ID of the vault's identity: identity[0].principal_id of the azurerm_data_protection_backup_vault."
  type        = string
}
