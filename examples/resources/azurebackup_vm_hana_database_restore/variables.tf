# The variables of these examples.
variable "protected_hana_database_id" {
  description = "Id of the protected item: an SAP HANA database in an Azure VM."
  type        = string
}

variable "target_hana_container_id" {
  description = "Id of the container of the target virtual machine in the same vault."
  type        = string
}
