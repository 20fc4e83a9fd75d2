# A new virtual machine beside the one that was backed up.
resource "azurebackup_virtual_machine_restore" "new" {
  protected_item_id          = var.protected_virtual_machine_id
  staging_storage_account_id = var.restore_staging_account_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  target_virtual_machine = {
    name              = "shop-restored"
    resource_group_id = var.restored_resource_group_id
    subnet_id         = var.subnet_id
  }

  # A large virtual machine takes long.
  timeouts {
    create = "48h"
  }
}
