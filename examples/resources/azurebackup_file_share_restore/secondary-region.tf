# Restore from the copy of the vault in its secondary region, to a share in that region. Nothing is read in the region of the
# vault, so this works while that region is down.
resource "azurebackup_file_share_restore" "elsewhere" {
  protected_item_id = var.copied_file_share_id
  secondary_region  = true
  restore_location  = var.secondary_region
  copy_option       = "Overwrite"

  recovery_point = {
    latest = true
  }

  target = {
    storage_account_id = var.secondary_region_account_id
    file_share_name    = var.target_file_share_name
  }
}
