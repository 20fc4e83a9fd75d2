# One file and one directory as they were, back to where they were. Files that are there are replaced.
resource "azurebackup_file_share_restore" "files" {
  protected_item_id = var.protected_file_share_id
  copy_option       = "Overwrite"

  recovery_point = {
    latest = true
  }

  files = [
    { path = "contracts/2026.docx", type = "File" },
    { path = "invoices", type = "Directory" },
  ]
}
