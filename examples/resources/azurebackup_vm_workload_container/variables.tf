variable "recovery_services_vault_id" {
  type = string
}

variable "sql_virtual_machine_id" {
  type = string
}
