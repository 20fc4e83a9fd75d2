# To a point in time, over the original database. What was written to it since then is lost.
resource "azurebackup_vm_hana_database_restore" "rewind" {
  protected_item_id = var.protected_hana_database_id
  point_in_time     = "latest"
}
