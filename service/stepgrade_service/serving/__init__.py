"""The server: what stands between the connections and the application."""
