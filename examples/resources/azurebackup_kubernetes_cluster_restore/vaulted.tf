# From the vault into another cluster. The data is staged in a resource group and a storage account, which nobody cleans up
# afterwards: a resource group of their own is easily deleted.
resource "azurebackup_kubernetes_cluster_restore" "vaulted" {
  backup_instance_id         = var.cluster_backup_instance_id
  target_cluster_id          = var.target_cluster_id
  staging_resource_group_id  = var.staging_resource_group_id
  staging_storage_account_id = var.staging_storage_account_id

  recovery_point = {
    latest     = true
    data_store = "VaultStore"
    max_age    = "48h"
  }

  excluded_namespaces = ["kube-system"]
  label_selectors     = ["environment=production"]

  # A resource that exists in the target cluster is changed to what the backup holds.
  conflict_policy = "Patch"

  # Azure may finish with warnings about single resources. Without this such a restore is an error.
  accept_warnings = true
}
