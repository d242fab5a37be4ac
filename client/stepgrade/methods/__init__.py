"""The methods of the client, a file for each kind of task."""
