# Two namespaces of a cluster, from the newest snapshots, go back into the cluster itself, one of them under another name.
# What exists there stays as it is.
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
