# The variables of these examples.
variable "protected_sql_database_id" {
  description = "Id of the protected item: a SQL Server database in an Azure VM."
  type        = string
}

variable "target_sql_container_id" {
  description = "Id of the container of the target virtual machine in the same vault."
  type        = string
}
