# The newest backup of an SAP HANA database, to another database of a system.
resource "azurebackup_vm_hana_database_restore" "example" {
  protected_item_id = var.protected_hana_database_id

  recovery_point = {
    latest = true
  }

  target_database = {
    container_id = var.target_hana_container_id
    instance     = "HXE"
    name         = "RESTORED"
  }
}
