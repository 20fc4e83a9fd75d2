# The newest backup of a file share, into another share.
resource "azurebackup_file_share_restore" "example" {
  protected_item_id = var.protected_file_share_id
  copy_option       = "Overwrite"

  recovery_point = {
    latest = true
  }

  target = {
    storage_account_id = var.target_file_share_account_id
    file_share_name    = var.target_file_share_name
    folder             = "restored"
  }
}
