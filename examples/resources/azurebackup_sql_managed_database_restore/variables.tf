# The variables of these examples. The IDs come from `azurerm`.
variable "managed_instance_id" {
  description = "The ID of the azurerm_mssql_managed_instance that the databases are on, or were on."
  type        = string
}

variable "target_managed_instance_id" {
  description = "The ID of the azurerm_mssql_managed_instance to restore to."
  type        = string
}

variable "managed_database_id" {
  description = "The ID of an azurerm_mssql_managed_database."
  type        = string
}

variable "before_the_incident" {
  description = "A time before the incident (RFC 3339)."
  type        = string
}

variable "managed_long_term_retention_backup_id" {
  description = "The ID of a long-term backup: an id of azurebackup_managed_instance_long_term_retention_backups."
  type        = string
}
