# Restore two containers of an operational backup. From the second one, restore only blobs that start with `2026/`.
resource "azurebackup_blob_restore" "containers" {
  backup_instance_id = var.operational_backup_instance_id
  point_in_time      = "latest"

  containers = [
    { name = "orders" },
    { name = "invoices", prefixes = ["2026/"] },
  ]

  # Change this value to restore again. In a pipeline, use `pipeline_run = var.run_id`.
  triggers = {
    incident = "INC-4711"
  }
}
