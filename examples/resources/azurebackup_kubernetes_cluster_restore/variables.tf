# The variables of these examples. Ids are those that azurerm gives.
variable "cluster_backup_instance_id" {
  description = "Id of an azurerm_data_protection_backup_instance_kubernetes_cluster."
  type        = string
}

variable "target_cluster_id" {
  description = "Id of the azurerm_kubernetes_cluster that receives the resources."
  type        = string
}

variable "staging_resource_group_id" {
  description = "Id of the azurerm_resource_group in which a backup from the vault is staged."
  type        = string
}

variable "staging_storage_account_id" {
  description = "Id of the azurerm_storage_account in which a backup from the vault is staged."
  type        = string
}

variable "vault_region" {
  description = "Region of the vault."
  type        = string
}

variable "secondary_region" {
  description = "Region that the vault is replicated to."
  type        = string
}
