variable "resource_group_name" {
  type = string
}

variable "vault_region" {
  type = string
}

variable "sql_virtual_machine_id" {
  type = string
}

variable "sql_database_name" {
  type = string
}

variable "protected_sql_database_id" {
  type = string
}

variable "target_sql_container_id" {
  type = string
}

variable "protected_file_share_id" {
  type = string
}

variable "disk_backup_instance_id" {
  type = string
}
