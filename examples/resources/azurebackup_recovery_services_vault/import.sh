# A vault that exists is imported by its ARM id.
terraform import azurebackup_recovery_services_vault.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example
