variable "resource_group_name" {
  type = string
}

variable "vault_region" {
  type = string
}

variable "recovery_services_vault_id" {
  type = string
}

variable "sql_virtual_machine_id" {
  type = string
}

variable "sql_database_name" {
  type = string
}
