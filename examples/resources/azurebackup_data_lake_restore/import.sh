# A restore that was started elsewhere is imported by the ARM id of its job.
# For one that restores from the vault's secondary region, add that: '…/backupJobs/…?secondary_region=northeurope'.
terraform import azurebackup_data_lake_restore.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupJobs/11111111-1111-1111-1111-111111111111
