# The recovery points of a file share in a Recovery Services vault, and those in which malware was found.
variable "protected_file_share_id" {
  type = string
}

data "azurebackup_recovery_points" "share" {
  protected_item_id = var.protected_file_share_id

  # The last 30 days take one request.
  start_time = timeadd(plantimestamp(), "-696h")
}

output "unhealthy" {
  value = [
    for point in data.azurebackup_recovery_points.share.recovery_points :
    point.time if point.threat_status == "UnHealthy"
  ]
}
