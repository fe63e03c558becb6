"""Ways of looking, one file each; auditor.check finds them by themselves."""
