# The backups as files in a directory of a virtual machine.
resource "azurebackup_vm_hana_database_restore" "files" {
  protected_item_id = var.protected_hana_database_id

  recovery_point = {
    latest = true
  }

  target_files = {
    container_id = var.target_hana_container_id
    directory    = "/hana/restored"
  }
}
