# The variables of these examples. The IDs come from `azurerm`.
variable "sql_server_id" {
  description = "The ID of the azurerm_mssql_server that the databases are on, or were on."
  type        = string
}

variable "target_sql_server_id" {
  description = "The ID of the azurerm_mssql_server to restore to."
  type        = string
}

variable "sql_database_id" {
  description = "The ID of an azurerm_mssql_database."
  type        = string
}

variable "before_the_incident" {
  description = "A time before the incident (RFC 3339)."
  type        = string
}

variable "long_term_retention_backup_id" {
  description = "The ID of a long-term backup: an id of azurebackup_long_term_retention_backups."
  type        = string
}

variable "elastic_pool_id" {
  description = "The ID of an azurerm_mssql_elasticpool of the target server."
  type        = string
}
