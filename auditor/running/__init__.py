"""An audit carried out: the dataset opened, the checks chosen, processes and folders set up."""
