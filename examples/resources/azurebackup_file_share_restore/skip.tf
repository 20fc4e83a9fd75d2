# Only what is missing in the share: files that are there stay as they are.
resource "azurebackup_file_share_restore" "missing" {
  protected_item_id = var.protected_file_share_id
  copy_option       = "Skip"

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  # A large share takes days.
  timeouts {
    create = "96h"
  }
}
