# Restore from the vault to another cluster. The data is first copied to a resource group and a storage account, and is not
# deleted there automatically. Use a separate resource group for it, so that you can delete it easily.
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

  # Change existing resources in the target cluster to the values in the backup.
  conflict_policy = "Patch"

  # A restore can complete with warnings about some resources. Without this argument, the apply then fails.
  accept_warnings = true
}
