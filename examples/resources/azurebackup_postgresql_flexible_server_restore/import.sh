# Import a restore by the ARM ID of its job.
# For a job that restores from the secondary region of the vault, add the region to the ID: '…/backupJobs/…?secondary_region=northeurope'.
terraform import azurebackup_postgresql_flexible_server_restore.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupJobs/11111111-1111-1111-1111-111111111111
