# A snapshot of a file share. Shares and virtual machines have no `backup_type`.
resource "azurebackup_on_demand_backup" "share" {
  protected_item_id = var.protected_file_share_id
}
