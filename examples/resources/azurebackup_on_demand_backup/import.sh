# A backup that was started elsewhere is imported by the ARM id of its job.
terraform import azurebackup_on_demand_backup.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupJobs/11111111-1111-1111-1111-111111111111
