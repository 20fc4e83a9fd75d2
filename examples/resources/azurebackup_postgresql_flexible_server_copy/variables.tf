# The variables of these examples. The IDs come from `azurerm`.
variable "postgresql_flexible_server_id" {
  description = "The ID of an azurerm_postgresql_flexible_server."
  type        = string
}

variable "restored_resource_group_id" {
  description = "The ID of the azurerm_resource_group for the new server."
  type        = string
}

variable "before_the_incident" {
  description = "A time before the incident (RFC 3339)."
  type        = string
}

variable "secondary_region" {
  description = "The region that the backups of the server are replicated to."
  type        = string
}

variable "deleted_server_id" {
  description = "The ID of the deleted server: `resourceId` of the event."
  type        = string
}

variable "server_deleted_at" {
  description = "When it was deleted (RFC 3339): `submissionTimestamp` of the event."
  type        = string
}
