# Two containers of an operational backup; of the second one only what lies below 2026/.
resource "azurebackup_blob_restore" "containers" {
  backup_instance_id = var.operational_backup_instance_id
  point_in_time      = "latest"

  containers = [
    { name = "orders" },
    { name = "invoices", prefixes = ["2026/"] },
  ]

  # Another value here asks for another restore, say `pipeline_run = var.run_id`.
  triggers = {
    incident = "INC-4711"
  }
}
