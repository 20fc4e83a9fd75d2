# The variables of these examples. The IDs come from `azurerm`.
variable "cluster_backup_instance_id" {
  description = "The ID of an azurerm_data_protection_backup_instance_kubernetes_cluster."
  type        = string
}

variable "target_cluster_id" {
  description = "The ID of the azurerm_kubernetes_cluster that receives the resources."
  type        = string
}

variable "staging_resource_group_id" {
  description = "The ID of the azurerm_resource_group for staging data of a restore from the vault."
  type        = string
}

variable "staging_storage_account_id" {
  description = "The ID of the azurerm_storage_account for staging data of a restore from the vault."
  type        = string
}

variable "vault_region" {
  description = "The region of the vault."
  type        = string
}

variable "secondary_region" {
  description = "The region that the vault is replicated to."
  type        = string
}
