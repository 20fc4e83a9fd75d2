# Restore two namespaces from the newest snapshots to the same cluster, one of them with another name. Existing
# resources are not changed.
resource "azurebackup_kubernetes_cluster_restore" "example" {
  backup_instance_id = var.cluster_backup_instance_id

  recovery_point = {
    latest = true
  }

  included_namespaces             = ["orders", "invoices"]
  include_cluster_scope_resources = false

  namespace_mappings = {
    orders = "orders-restored"
  }
}

output "restored_cluster_point" {
  value = azurebackup_kubernetes_cluster_restore.example.recovery_point_time
}
