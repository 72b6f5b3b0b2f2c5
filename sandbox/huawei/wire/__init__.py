"""What passes between a client and the services, recorded, and broken where a script says so."""
